"""Whom a correction asks to check again, and whether that has been done."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from corrections.models import CorrectionRequest
from corrections.states import RequestState
from imaging.models import CampaignMember, VerificationConclusion
from imaging.selectors import registered_in
from imaging.states import Conclusion

__all__ = ["member_to_ask", "rechecks", "rechecks_done"]

_APPLIED = (RequestState.APPLIED, RequestState.RECHECK)


def member_to_ask(request: CorrectionRequest, *, now: datetime) -> CampaignMember | None:
    """The member whose round is opened again; None when a later round asks already or it is too late.

    Of a case without a conclusion: the newest membership of a running campaign in which the student
    has concluded on this kind.
    """
    conclusion = request.conclusion
    if conclusion is None:
        given = (
            VerificationConclusion.objects.filter(
                kind=request.kind,
                round__is_current=True,
                round__member__record=request.record_id,
                round__member__sheet_freeze_at__gt=now,
            )
            .exclude(state=Conclusion.PENDING)
            .select_related("round__member__campaign", "round__member__record")
            .order_by("-round__member_id")
            .defer("proposed", "note")
        )
        conclusion = given.first()
    if conclusion is None or not conclusion.round.is_current:
        return None
    member = conclusion.round.member
    if member.removed_at is not None or registered_in(member) is not None:
        return None
    return member


def _still_asked(now: datetime) -> Exists:
    """A conclusion of the kind that the student may and should give again, or that is not locked yet.

    A photo may have been replaced while the sweep has not opened its round: what was concluded on the
    former one does not hold any more.
    """
    current = VerificationConclusion.objects.filter(
        round__member__record=OuterRef("record"),
        round__member__removed_at=None,
        round__member__sheet_freeze_at__gt=now,
        round__is_current=True,
        kind=OuterRef("kind"),
    )
    waiting = Q(state=Conclusion.PENDING) | Q(locks_at__gt=now)
    outdated = VerificationConclusion.objects.invalid().filter(pk=OuterRef("pk"))
    return Exists(current.filter(waiting | Exists(outdated)))


def rechecks(*, now: datetime) -> QuerySet[CorrectionRequest]:
    """Cases that are put right and wait for the second check."""
    return CorrectionRequest.objects.filter(_still_asked(now), state__in=_APPLIED)


def rechecks_done(*, now: datetime) -> QuerySet[CorrectionRequest]:
    """Cases that are put right and whose second check is given and locked, or cannot come any more."""
    return CorrectionRequest.objects.filter(~_still_asked(now), state__in=_APPLIED)
