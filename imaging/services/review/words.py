"""What the student is told: one dignified sentence and one next step, never a result or a suspicion."""

from datetime import datetime
from typing import Any

from common import outbox
from common.models import Channel
from common.outbox import Message
from enrollment.selectors import owner_of
from imaging.models import IdentityReview
from imaging.states import MEMBERSHIP_EFFECTS, MembershipEffect

__all__ = ["tell_ended", "tell_opened"]


def tell_opened(review: IdentityReview, *, now: datetime) -> None:
    """Where to go, with what, until when."""
    _tell(review, "identity_review_opened", {"due_at": review.due_at.isoformat()}, now=now)


def tell_ended(review: IdentityReview, *, is_released: bool, now: datetime) -> None:
    """That it is over; a case that did not pass is spoken of in person."""
    _tell(review, "identity_review_ended", {"is_released": is_released}, now=now)


def _tell(review: IdentityReview, template: str, params: dict[str, Any], *, now: datetime) -> None:
    record = review.record
    owner = owner_of(record)
    effect = MEMBERSHIP_EFFECTS[record.status_at(now)]
    if owner is None or record.duplicate_of_id or effect is MembershipEffect.SILENT:
        return
    params = {
        "school": record.school.name,
        "college": record.college.name if record.college else "",
        **params,
    }
    outbox.queue_many(
        [
            Message(
                key=f"{template}:{review.pk}:{channel}",
                channel=channel,
                template=template,
                user_id=owner.pk,
                params=params,
            )
            for channel in (Channel.NOTICE, Channel.EMAIL if owner.email else Channel.SMS)
        ],
        now=now,
    )
