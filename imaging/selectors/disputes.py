"""Conclusions that say 有误 and are final."""

from datetime import datetime

from django.db.models import QuerySet

from imaging.models import VerificationConclusion
from imaging.states import Conclusion


def locked_disputes(*, now: datetime) -> QuerySet[VerificationConclusion]:
    """Locked 有误 of current rounds that still speak of what is there; oldest lock first.

    Whoever makes cases of them leaves out those that have one.
    """
    return (
        VerificationConclusion.objects.valid()
        .filter(state=Conclusion.INCORRECT, round__is_current=True)
        .locked_at(now)
        .select_related("round__member__record__school", "round__member__campaign")
        .order_by("locks_at", "pk")
    )
