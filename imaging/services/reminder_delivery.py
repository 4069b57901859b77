"""The last look at a reminder before it leaves: whoever has acted meanwhile gets none."""

from datetime import datetime
from typing import Any

from common.models import OutboxMessage
from common.wording import local
from imaging.models import CampaignMember, Reminder
from imaging.selectors.reminders import awaited, can_act, days_until, wants_none

__all__ = ["last_look"]


def last_look(message: OutboxMessage, *, now: datetime) -> dict[str, Any] | None:
    """What the reminder says as of now; None when it is not to be sent any more.

    Not to whom the record is no longer bound, and not after a choice to get none.
    """
    reminder = Reminder.objects.filter(pk=message.params.get("reminder", 0)).first()
    if reminder is None or wants_none(reminder.user_id):
        return None
    own = CampaignMember.objects.filter(
        can_act(now),
        pk=reminder.member_id,
        record__binding__identity__user=reminder.user_id,
    )
    member = awaited(own, now=now).select_related("campaign").first()
    if member is None:
        return None
    return {
        "campaign": member.campaign.title,
        "until_at": member.closes_at.isoformat(),
        "days": days_until(member.closes_at, local(now).date()),
        "counts_silence": member.campaign.counts_silence,
    }
