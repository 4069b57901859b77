"""Opening a proof: its owner as often as needed, anybody else with a purpose and a trace."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.db import transaction

from accounts.models import User
from accounts.policies import is_office
from common import files
from common.errors import InvalidInputError, NotAllowedError
from common.evidence import CleanEvidence
from common.models import StoredFile
from corrections.models import CorrectionRequest, Evidence
from corrections.states import EvidenceFormat
from enrollment.models import StudentRecord
from enrollment.selectors import is_bound_to

EVIDENCE_LIMIT = 10
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """One proof that is handed in later, of which kind, and where on the form it was chosen."""

    proof: CleanEvidence
    title: str = ""
    field: str = "evidence"


def check_proof(
    proof: CleanEvidence, *, request: CorrectionRequest, title: str, field: str
) -> None:
    """InvalidInputError when the rules of the case ask for another size or format of this kind."""
    for rule in request.rules.proofs.filter(title=title) if request.rules else []:
        if len(proof.data) > rule.megabytes * _MEGABYTE:
            raise InvalidInputError(f"“{title}”最大 {rule.megabytes} MB", field=field)
        is_pdf = proof.content_type == "application/pdf"
        if rule.form != EvidenceFormat.EITHER and is_pdf != (rule.form == EvidenceFormat.PDF):
            message = f"“{title}”要交{EvidenceFormat(rule.form).label}"
            raise InvalidInputError(message, field=field)


@transaction.atomic
def keep_evidence(
    evidence: CleanEvidence,
    *,
    request: CorrectionRequest,
    title: str = "",
    actor: User,
    now: datetime,
) -> Evidence:
    """Keep a cleaned proof with the case; the caller has asked whether the actor may add one."""
    if request.evidence.count() >= EVIDENCE_LIMIT:
        raise NotAllowedError(f"一张勘误单最多附 {EVIDENCE_LIMIT} 份证明材料")
    file = files.store_sealed(
        BytesIO(evidence.data),
        kind="evidence",
        content_type=evidence.content_type,
        original_name=evidence.name,
        now=now,
        actor=actor,
    )
    return Evidence.objects.create(
        request=request, file=file, title=title, added_at=now, added_by=actor.actor_label
    )


@transaction.atomic
def open_evidence(
    *, file: StoredFile, record: StudentRecord, viewer: User, purpose: str, now: datetime
) -> bytes:
    """The bytes of a proof on the record; the view is logged unless a student looks at the own.

    The caller has found the file through a selector scoped to the viewer. Somebody of the office, who
    is let in as such, leaves a trace on the own record too: a former holder may have handed it in.
    """
    if is_office(viewer) or not is_bound_to(viewer, record):
        files.log_view(file, viewer=viewer, purpose=purpose, now=now, subject_id=str(record.pk))
    with files.open_sealed(file) as content:
        return content.read()
