"""Telling students about their session: one notice and one mail or SMS each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from common import outbox
from common.models import Channel
from common.outbox import Message
from imaging.models import CampaignMember

__all__ = ["tell_members"]


def tell_members(
    members: QuerySet[CampaignMember],
    *,
    template: str,
    key: str,
    params: Mapping[str, Any],
    now: datetime,
) -> int:
    """Queue the message for every member with an account, in the caller's transaction; returns how many.

    `key` makes it idempotent: the same thing is told to a member once. Whose family is to be left in
    peace is not among the members that selectors give.
    """
    people = members.filter(record__binding__isnull=False).values_list(
        "pk",
        "record__binding__identity__user_id",
        "record__binding__identity__user__email",
    )
    messages = [
        Message(
            key=f"{key}:{member_id}:{channel}",
            channel=channel,
            template=template,
            user_id=user_id,
            params=params,
        )
        for member_id, user_id, email in people.order_by("pk")
        for channel in (Channel.NOTICE, Channel.EMAIL if email else Channel.SMS)
    ]
    outbox.queue_many(messages, now=now, is_awaited=False)
    return len(messages) // 2
