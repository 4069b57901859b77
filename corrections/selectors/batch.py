"""What stands in a batch of decisions."""

from collections.abc import Sequence

from django.db.models import Max, QuerySet

from corrections.models import BatchedCase, CaseBatch, CorrectionRequest
from corrections.selectors.values import masked_value, written_value
from corrections.states import RequestState
from enrollment.selectors import FIELD_LABELS

__all__ = ["batchable_requests", "changes_text", "last_step", "lines_of"]


def last_step(request: CorrectionRequest) -> int:
    """The newest step of the case; 0 where nobody has acted."""
    found: int | None = request.steps.aggregate(newest=Max("pk"))["newest"]
    return found or 0


def batchable_requests(pks: Sequence[int]) -> QuerySet[CorrectionRequest]:
    """The named cases that the office sees, the oldest first."""
    sent_in = CorrectionRequest.objects.filter(pk__in=pks).exclude(state=RequestState.DRAFT)
    return (
        sent_in.select_related("record__college", "record__school", "rules")
        .prefetch_related("fields")
        .order_by("submitted_at", "pk")
    )


def lines_of(batch: CaseBatch) -> QuerySet[BatchedCase]:
    """The lines with what a table shows of their cases."""
    return (
        batch.lines.select_related(
            "request__record__college", "request__record__school", "request__rules", "step"
        )
        .prefetch_related("request__fields")
        .defer("request__private_note", "request__note")
        .order_by("pk")
    )


def changes_text(request: CorrectionRequest) -> str:
    """Original and right values in one cell, document numbers masked; a photo case says so."""
    changes = [
        f"{FIELD_LABELS.get(row.field, row.field)}：{_shown(row.field, row.original)}"
        f" → {_shown(row.field, row.proposed)}"
        for row in sorted(request.fields.all(), key=lambda row: row.pk)
    ]
    return "；".join(changes) or str(request.get_kind_display())


def _shown(field: str, value: str) -> str:
    return masked_value(field, written_value(field, value)) or "（空）"
