"""Opening a proof: its owner as often as needed, anybody else with a purpose and a trace."""

from datetime import datetime
from io import BytesIO

from django.db import transaction

from accounts.models import User
from accounts.policies import is_office
from common import files
from common.errors import NotAllowedError
from common.evidence import CleanEvidence
from common.models import StoredFile
from corrections.models import CorrectionRequest, Evidence
from enrollment.models import StudentRecord
from enrollment.selectors import is_bound_to

EVIDENCE_LIMIT = 10


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
