"""Correction requests that this account handed in, and their proofs."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from accounts.models import User
from corrections.models import CorrectionRequest, CounterVisit
from corrections.selectors import proofs_given_by
from enrollment.models import Binding
from enrollment.selectors import FIELD_LABELS
from imaging.selectors import reason_labels
from xuexin.own_data.items import Item, by_whom
from xuexin.own_data.proofs import proof_bytes, suffix_of

__all__ = ["correction_items"]


def correction_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """What was asked, what was answered, and every step; staff appear as the office."""
    requests = CorrectionRequest.objects.filter(submitter=user).select_related(
        "record", "rules__school"
    )
    for request in requests.order_by("pk"):
        folder = f"学籍 {request.record.student_no}"
        yield Item(
            path=f"{folder}/勘误 {request.pk}.json",
            label="勘误单和办理过程",
            data=_request(request, user),
        )
        proofs = proofs_given_by(user, request).filter(file__purged_at=None).select_related("file")
        for row in proofs.order_by("pk"):
            yield Item(
                path=f"{folder}/证明材料 {row.pk}{suffix_of(row.file)}",
                label=f"勘误 {request.pk} 的证明材料",
                read=partial(proof_bytes, row.file),
            )

    yield from _counter_visits(user)


def _counter_visits(user: User) -> Iterator[Item]:
    """What was confirmed at the counter for the own records, since they are the own ones."""
    for binding in Binding.objects.filter(identity__user=user).select_related("record"):
        visits = CounterVisit.objects.filter(
            record=binding.record, confirmed_at__gte=binding.bound_at
        )
        rows = [
            {
                "no": visit.number,
                "document": visit.get_document_display(),
                "content": json.loads(visit.content),
                "digest": visit.digest,
                "confirmed_at": visit.confirmed_at,
            }
            for visit in visits.order_by("pk")
        ]
        if rows:
            path = f"学籍 {binding.record.student_no}/柜台核对.json"
            yield Item(path=path, label="柜台核对的回执", data=rows)


def _request(request: CorrectionRequest, user: User) -> dict[str, Any]:
    return {
        "kind": request.get_kind_display(),
        "state": request.get_state_display(),
        "reasons": list(reason_labels(request.reasons)),
        "note": request.note or "",
        "private_note": request.private_note or "",
        "rules": str(request.rules or ""),
        "submitted_at": request.submitted_at,
        "answer": request.answer or "",
        "approval": request.approval,
        "decided_at": request.decided_at,
        "disagreement": request.disagreement or "",
        "disagreed_at": request.disagreed_at,
        "closed_at": request.closed_at,
        "closed_by": by_whom(request.closed_by, user),
        "fields": [
            {
                "field": FIELD_LABELS.get(row.field, row.field),
                "original": row.original,
                "proposed": row.proposed,
                "is_applied": row.is_applied,
                "refusal": row.refusal or "",
            }
            for row in request.fields.order_by("pk")
        ],
        "evidence": _proofs(request, user),
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


def _proofs(request: CorrectionRequest, user: User) -> list[dict[str, Any]]:
    return [
        {
            "no": row.pk,
            "title": row.title,
            "name": row.file.original_name or "",
            "added_at": row.added_at,
            "retain_until": row.file.retain_until,
            "erased_at": row.file.purged_at,
            "sha256": row.file.sha256,
        }
        for row in proofs_given_by(user, request).select_related("file").order_by("pk")
    ]
