"""Which cases wait for the province, and how each reads as it goes out."""

from functools import partial

from django.db.models import Exists, OuterRef, QuerySet

from common import files
from corrections.documents.province import PackedChange, PackedPaper, PackedRow
from corrections.models import CorrectionRequest, PackedCase
from corrections.states import RequestAction, RequestState
from enrollment.models import School
from enrollment.selectors import FIELD_LABELS

__all__ = ["moved_on", "packable_cases", "packed_row"]

_WAITING = {"answered_at": None, "left_at": None}


def packable_cases(school: School) -> QuerySet[CorrectionRequest]:
    """Cases of the school that wait for the province and are in no open pack, the oldest first."""
    packed = PackedCase.objects.filter(request=OuterRef("pk"), **_WAITING)
    return (
        CorrectionRequest.objects.filter(
            ~Exists(packed), record__school=school, state=RequestState.AWAITING_PROVINCE
        )
        .select_related("record__school")
        .prefetch_related("fields", "evidence__file", "steps")
        .order_by("submitted_at", "pk")
    )


def moved_on() -> QuerySet[PackedCase]:
    """Cases in an open pack that do not wait for the province any more: withdrawn, resumed, decided."""
    return PackedCase.objects.filter(**_WAITING).exclude(
        request__state=RequestState.AWAITING_PROVINCE
    )


def packed_row(request: CorrectionRequest) -> PackedRow:
    """The case with whole numbers, its key fields alone, and the proofs that are still there.

    What the student wrote, in public or not, stays in the house.
    """
    record = request.record
    reported = [step for step in request.steps.all() if step.action == RequestAction.TO_PROVINCE]
    opinion = max(reported, key=lambda step: step.pk).note if reported else ""
    return PackedRow(
        case_no=str(request.pk),
        school_code=record.school.code,
        student_no=record.student_no,
        name=record.name,
        id_number=record.id_number or "",
        opinion=opinion or "",
        changes=tuple(
            PackedChange(
                label=FIELD_LABELS.get(row.field, row.field),
                original=row.original,
                proposed=row.proposed,
            )
            for row in sorted(request.fields.all(), key=lambda row: row.pk)
            if row.is_key
        ),
        papers=tuple(
            PackedPaper(
                number=row.pk,
                size=row.file.size,
                content_type=row.file.content_type,
                read=partial(files.read, row.file),
                is_whole=partial(files.is_whole, row.file),
            )
            for row in sorted(request.evidence.all(), key=lambda row: row.pk)
            if row.file.purged_at is None
        ),
    )
