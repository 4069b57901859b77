"""Every look at a case is written down, each time: there is no second look that does not count."""

from datetime import datetime

from django.db import transaction

from common import audit
from common.actors import Actor
from imaging.models import IdentityReview

__all__ = ["note_list_seen", "note_review_seen"]


@transaction.atomic
def note_review_seen(*, review: IdentityReview, viewer: Actor, now: datetime) -> None:
    """Somebody opened the page of a case; the student finds a line in the ledger."""
    audit.record("review.viewed", actor=viewer, now=now, obj=review, subject=review.record)


@transaction.atomic
def note_list_seen(*, count: int, viewer: Actor, now: datetime) -> None:
    """Somebody opened a list of cases, with so many on it."""
    audit.record("review.listed", actor=viewer, now=now, details={"count": count})
