"""Messages to the account: notices as they read, mails and SMS by their kind and moment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from common import outbox
from common.models import Channel, OutboxMessage
from xuexin.own_data.items import Item

__all__ = ["message_items"]


def message_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """What the portal told the person; texts of mails and SMS are not kept once they are sent."""
    rows = OutboxMessage.objects.filter(user=user).order_by("pk")
    yield Item(path="消息.json", label="发给你的消息", data=[_message(row) for row in rows])


def _message(row: OutboxMessage) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "channel": row.get_channel_display(),
        "created_at": row.created_at,
        "sent_at": row.sent_at,
        "read_at": row.read_at,
    }
    if row.channel == Channel.NOTICE:
        shown["title"], shown["text"] = outbox.rendered(row)
    else:
        shown["template"] = row.template
    return shown
