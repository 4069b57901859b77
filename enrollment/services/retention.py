"""How long the proofs of claims are kept: the clock starts when the claim is closed (C-168)."""

from datetime import datetime, timedelta

from django.conf import settings

from common.models import StoredFile
from enrollment.models import ClaimEvidence, RecordClaim

__all__ = ["start_claim_clocks"]

_CHUNK = 500


def start_claim_clocks(*, now: datetime, claim: RecordClaim | None = None) -> int:
    """Write down until when the proofs of closed claims are kept; returns how many. Safe to repeat.

    Of one claim, or of all that have no date yet: those that were closed by an older version too.
    """
    waiting = ClaimEvidence.objects.filter(
        claim__closed_at__isnull=False, file__retain_until=None, file__purged_at=None
    )
    if claim is not None:
        waiting = waiting.filter(claim=claim)
    kept_for = timedelta(days=settings.RETAIN_DAYS["evidence"])
    started = 0
    for proof in waiting.select_related("claim").order_by("pk")[:_CHUNK]:
        started += StoredFile.objects.filter(pk=proof.file_id, retain_until=None).update(
            retain_until=(proof.claim.closed_at or now) + kept_for
        )
    return started
