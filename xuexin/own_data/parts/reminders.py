"""On which days the account was reminded, and whether it wants to be."""

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from imaging.models import Reminder, ReminderOptOut
from xuexin.own_data.items import Item

__all__ = ["reminder_items"]


def reminder_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """Every reminder by its day and campaign; who clicked appears as the kind alone."""
    choice = ReminderOptOut.objects.filter(user=user).first()
    rows = Reminder.objects.filter(user=user).select_related("run__campaign").order_by("pk")
    sent = [
        {
            "date": row.remind_date,
            "campaign": row.run.campaign.title,
            "kind": row.get_kind_display(),
        }
        for row in rows
    ]
    if not sent and choice is None:
        return
    yield Item(
        path="提醒.json",
        label="核对提醒：哪天提醒过你，要不要提醒",
        data={"opted_out_at": choice.chosen_at if choice else None, "reminders": sent},
    )
