"""Graduation audits of the account's records: lists, results, objections, sanctions, certificates."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from accounts.models import User
from corrections.models import AuditedStudent, AuditObjection, Certificate, Sanction
from corrections.selectors.graduation import checklist_of
from corrections.selectors.graduation_scope import objections_of, own_audited
from enrollment.selectors import records_of
from xuexin.own_data.items import Item, by_whom

__all__ = ["graduation_items"]


def graduation_items(user: User, now: datetime) -> Iterator[Item]:
    """What is decided stands whole; staff appear as the office."""
    for student in own_audited(user).order_by("pk"):
        yield Item(
            path=f"学籍 {student.record.student_no}/毕业资格审核 {student.audit_id}.json",
            label="毕业资格审核的清单、结果和证书",
            data=_audit(student, user, now),
        )
    for record in records_of(user):
        sanctions = list(Sanction.objects.filter(record=record).order_by("pk"))
        if sanctions:
            yield Item(
                path=f"学籍 {record.student_no}/处分.json",
                label="登记的处分",
                data=[_sanction(each) for each in sanctions],
            )
    told = AuditObjection.objects.filter(objector=user, student=None).select_related("audit")
    rows = [_objection(each) for each in told.order_by("pk")]
    if rows:
        yield Item(path="公示异议.json", label="对毕业公示提的异议", data=rows)


def _audit(student: AuditedStudent, user: User, now: datetime) -> dict[str, Any]:
    return {
        "audit": str(student.audit),
        "result": student.get_decided_display(),
        "note": (student.decided_note or "") if student.decided else "",
        "decided_at": student.decided_at,
        "confirmed_at": student.confirmed_at,
        "items": [
            {
                "item": line.item.title,
                "state": line.state.label,
                "note": line.note,
                "source": line.item.get_source_display(),
            }
            for line in checklist_of(student, now=now).lines
        ],
        "objections": [_objection(each) for each in objections_of([student])],
        "certificates": [
            {
                "number": each.number,
                "state": each.get_state_display(),
                "taker": each.taker_name or "",
                "proxy_reason": each.proxy_reason or "",
                "handed_at": each.handed_at,
                "handed_by": by_whom(each.handed_by, user),
            }
            for each in Certificate.objects.filter(student=student).order_by("pk")
        ],
    }


def _objection(objection: AuditObjection) -> dict[str, Any]:
    return {
        "audit": str(objection.audit),
        "item": objection.item.title if objection.item else "",
        "reason": objection.reason,
        "name": objection.objector_name or "",
        "contact": objection.contact or "",
        "state": objection.get_state_display(),
        "received_at": objection.received_at,
        "answer": objection.answer or "",
        "answered_at": objection.answered_at,
    }


def _sanction(sanction: Sanction) -> dict[str, Any]:
    return {
        "kind": sanction.get_kind_display(),
        "document_no": sanction.document_no,
        "imposed_date": sanction.imposed_date,
        "lifted_date": sanction.lifted_date,
        "reason": sanction.reason or "",
        "is_voided": sanction.voided_at is not None,
    }
