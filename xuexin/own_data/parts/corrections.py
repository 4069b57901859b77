"""Correction requests that this account handed in, and their proofs."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from accounts.models import User
from corrections.models import CorrectionRequest
from enrollment.selectors import FIELD_LABELS
from imaging.selectors import reason_labels
from xuexin.own_data.items import Item, by_whom
from xuexin.own_data.proofs import proof_bytes, suffix_of

__all__ = ["correction_items"]


def correction_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """What was asked, what was answered, and every step; staff appear as the office."""
    requests = CorrectionRequest.objects.filter(submitter=user).select_related("record")
    for request in requests.order_by("pk"):
        folder = f"学籍 {request.record.student_no}"
        yield Item(
            path=f"{folder}/勘误 {request.pk}.json",
            label="勘误单和办理过程",
            data=_request(request, user),
        )
        proofs = request.evidence.filter(file__purged_at=None).select_related("file")
        for row in proofs.order_by("pk"):
            yield Item(
                path=f"{folder}/证明材料 {row.pk}{suffix_of(row.file)}",
                label=f"勘误 {request.pk} 的证明材料",
                read=partial(proof_bytes, row.file),
            )


def _request(request: CorrectionRequest, user: User) -> dict[str, Any]:
    return {
        "kind": request.get_kind_display(),
        "state": request.get_state_display(),
        "reasons": list(reason_labels(request.reasons)),
        "note": request.note or "",
        "submitted_at": request.submitted_at,
        "answer": request.answer or "",
        "closed_at": request.closed_at,
        "closed_by": by_whom(request.closed_by, user),
        "fields": [
            {
                "field": FIELD_LABELS.get(row.field, row.field),
                "original": row.original,
                "proposed": row.proposed,
                "is_applied": row.is_applied,
            }
            for row in request.fields.order_by("pk")
        ],
        "evidence": [
            {
                "no": row.pk,
                "name": row.file.original_name or "",
                "added_at": row.added_at,
                "retain_until": row.file.retain_until,
                "erased_at": row.file.purged_at,
                "sha256": row.file.sha256,
            }
            for row in request.evidence.select_related("file").order_by("pk")
        ],
        "steps": [
            {
                "action": row.get_action_display(),
                "note": row.note or "",
                "acted_at": row.acted_at,
                "acted_by": by_whom(row.acted_by, user),
            }
            for row in request.steps.order_by("acted_at", "pk")
        ],
    }
