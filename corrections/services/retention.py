"""How long proofs are kept: the clock starts when the case is closed, and runs for no open one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from common.models import StoredFile
from common.retention import Rule, erase_file
from corrections.models import Evidence
from corrections.states import OPEN_REQUESTS
from enrollment.models import ClaimEvidence
from enrollment.services.retention import start_claim_clocks
from imaging.models import VerificationConclusion
from imaging.states import Conclusion

__all__ = ["EVIDENCE_RULE", "due_evidence", "start_evidence_clocks"]

_KIND = "evidence"
_LABEL = "证明材料"
_CHUNK = 500


def _kept_for() -> timedelta:
    return timedelta(days=settings.RETAIN_DAYS["evidence"])


def _basis() -> str:
    return f"证明材料：勘误或认领办结（没有建单的，反馈表定稿）满 {settings.RETAIN_DAYS['evidence']} 天"


def start_evidence_clocks(*, now: datetime) -> int:
    """Write down until when proofs are kept, now that their cases are over; returns how many."""
    started = start_claim_clocks(now=now)
    waiting = StoredFile.objects.filter(kind=_KIND, purged_at=None, retain_until=None)
    filed = Evidence.objects.filter(
        file__in=waiting, request__closed_at__isnull=False
    ).select_related("request")
    for row in filed.order_by("pk")[:_CHUNK]:
        ended = row.request.closed_at or now
        started += _start(row.file_id, ended + _kept_for())
    unfiled = VerificationConclusion.objects.filter(
        ~Exists(Evidence.objects.filter(file=OuterRef("evidence"))),
        evidence__in=waiting,
        correction_request=None,
        round__member__sheet_freeze_at__lte=now,
    ).select_related("round__member")
    for conclusion in unfiled.order_by("pk").defer("proposed", "note")[:_CHUNK]:
        started += _start(
            conclusion.evidence_id, conclusion.round.member.sheet_freeze_at + _kept_for()
        )
    return started


def _start(file_id: int | None, until: datetime) -> int:
    return StoredFile.objects.filter(pk=file_id or 0, retain_until=None).update(retain_until=until)


def due_evidence(*, now: datetime) -> QuerySet[StoredFile]:
    """Proofs whose time is over, without those that an open case or an unlocked 有误 still needs."""
    asked = Evidence.objects.filter(file=OuterRef("pk"), request__state__in=OPEN_REQUESTS)
    reported = VerificationConclusion.objects.filter(
        evidence=OuterRef("pk"),
        state=Conclusion.INCORRECT,
        round__is_current=True,
        round__member__removed_at=None,
        round__member__sheet_freeze_at__gt=now,
        correction_request=None,
    )
    return StoredFile.objects.filter(
        ~Exists(asked), ~Exists(reported), kind=_KIND, purged_at=None, retain_until__lte=now
    ).order_by("retain_until", "pk")


def _erase(now: datetime, limit: int) -> int:
    start_evidence_clocks(now=now)
    done = 0
    for file in due_evidence(now=now)[:limit]:
        subject_id, owner_id = _whose(file)
        done += erase_file(
            file,
            kind=_LABEL,
            basis=_basis(),
            due_at=file.retain_until or now,
            now=now,
            subject_id=subject_id,
            owner_id=owner_id,
        )
    return done


def _count(now: datetime) -> int:
    """How many would go, as the erasing itself would find them; writes nothing."""
    with transaction.atomic():
        start_evidence_clocks(now=now)
        found = due_evidence(now=now).count()
        transaction.set_rollback(True)
    return found


def _whose(file: StoredFile) -> tuple[int | None, int | None]:
    """The record and the account that a proof is about."""
    claimed = ClaimEvidence.objects.filter(file=file).select_related("claim__identity").first()
    if claimed is not None:
        return claimed.claim.record_id, claimed.claim.identity.user_id
    filed = Evidence.objects.filter(file=file).select_related("request").first()
    if filed is not None:
        return filed.request.record_id, filed.request.submitter_id
    reported = VerificationConclusion.objects.filter(evidence=file).select_related("round__member")
    found = reported.defer("proposed", "note").first()
    return (found.round.member.record_id if found else None), None


EVIDENCE_RULE = Rule(
    name="evidence",
    label=_LABEL,
    count=_count,
    erase=_erase,
)
