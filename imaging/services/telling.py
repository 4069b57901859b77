"""Telling a student what was handed in, by the student or by staff in the student's place."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from common import outbox
from common.models import Channel
from common.outbox import Message
from enrollment.selectors import owner_of
from imaging.models import CampaignMember, VerificationConclusion
from imaging.policies import is_told

__all__ = ["acknowledge", "tell_entered"]


def acknowledge(
    member: CampaignMember, rows: Sequence[VerificationConclusion], *, actor: User, now: datetime
) -> None:
    """One notice for what was handed in together; the receipt comes when it locks."""
    first = rows[0]
    outbox.queue(
        Message(
            key=f"verification-submitted:{first.pk}:{now.timestamp():.6f}",
            channel=Channel.NOTICE,
            template="verification_submitted",
            user_id=actor.pk,
            params={
                "campaign": member.campaign.title,
                "results": [f"{row.get_kind_display()}{row.get_state_display()}" for row in rows],
                "locks_at": first.locks_at.isoformat() if first.locks_at else "",
            },
        ),
        now=now,
    )


def tell_entered(
    member: CampaignMember, rows: Sequence[VerificationConclusion], *, now: datetime
) -> None:
    """A notice, and mail or SMS, to whom the record is bound; whoever has no account is not told here."""
    owner = owner_of(member.record)
    if owner is None or not is_told(member.record, now=now):
        return
    first = rows[0]
    params = {
        "campaign": member.campaign.title,
        "results": [f"{row.get_kind_display()}{row.get_state_display()}" for row in rows],
        "way": first.get_proxy_way_display(),
        "reached_at": first.reached_at.isoformat() if first.reached_at else "",
        "locks_at": first.locks_at.isoformat() if first.locks_at else "",
        "is_final": first.is_locked_at(now),
    }
    outbox.queue_many(
        [
            Message(
                key=f"verification-entered:{first.pk}:{now.timestamp():.6f}:{channel}",
                channel=channel,
                template="verification_entered",
                user_id=owner.pk,
                params=params,
            )
            for channel in (Channel.NOTICE, Channel.EMAIL if owner.email else Channel.SMS)
        ],
        now=now,
    )
