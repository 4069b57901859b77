"""Telling students that they have more time: only those who still owe a conclusion."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from common import outbox
from common.models import Channel
from common.outbox import Message
from imaging.models import CampaignMember, VerificationConclusion
from imaging.policies import is_told
from imaging.states import Conclusion

__all__ = ["deadlines_awaited", "tell_more_time"]


def deadlines_awaited(members: QuerySet[CampaignMember]) -> dict[int, datetime]:
    """Member → own deadline, of those who owe a conclusion and have an account to be told by."""
    owed = VerificationConclusion.objects.filter(
        round__member=OuterRef("pk"), round__is_current=True, state=Conclusion.PENDING
    )
    waiting = members.filter(Exists(owed), removed_at=None, record__binding__isnull=False)
    return dict(waiting.values_list("pk", "closes_at"))


def tell_more_time(before: Mapping[int, datetime], *, now: datetime) -> int:
    """Write to those of `before` whose deadline is later now and still to come; returns to how many.

    Nobody is told that a deadline came forward by one message among many: pages show it at once.
    Runs in the caller's transaction.
    """
    members = CampaignMember.objects.filter(pk__in=list(before), closes_at__gt=now).select_related(
        "campaign", "record__binding__identity__user"
    )
    told = [
        member
        for member in members
        if member.closes_at > before[member.pk] and is_told(member.record, now=now)
    ]
    outbox.queue_many([each for member in told for each in _messages(member)], now=now)
    return len(told)


def _messages(member: CampaignMember) -> Iterator[Message]:
    user = member.record.binding.identity.user
    for channel in (Channel.NOTICE, *([Channel.EMAIL] if user.email else [])):
        yield Message(
            key=f"deadline-moved:{member.pk}:{member.closes_at.timestamp():.0f}:{channel}",
            channel=channel,
            template="deadline_moved",
            user_id=user.pk,
            params={
                "campaign": member.campaign.title,
                "until_at": member.closes_at.isoformat(),
            },
        )
