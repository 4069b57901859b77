"""Graduation audits: a round with items, students with marks, decisions, sanctions, certificates."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db.models.base import ModelState

from accounts.models import User
from accounts.states import Role
from corrections.models import (
    AuditedStudent,
    AuditItem,
    Certificate,
    GraduationAudit,
    ItemMark,
    Sanction,
    SanctionHandler,
)
from corrections.selectors.graduation import checklist_of
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    CertificateState,
    ItemSource,
    ItemState,
    ResultState,
    SanctionKind,
    TakerKind,
)
from enrollment.models import Graduation, StudentRecord
from enrollment.services.graduation import certificate_index
from enrollment.states import GraduationOutcome
from tests.conftest import NOW
from tests.factories import people
from tests.factories.enrolment import make_school

BEGAN = NOW - timedelta(days=7)
UNTIL = NOW + timedelta(days=3)
NOTICE_OPENS = NOW - timedelta(hours=1)
NOTICE_CLOSES = NOW + timedelta(days=5)
_serial = count(1)


def make_audit(
    state: AuditState = AuditState.CHECKING,
    *,
    items: Iterable[tuple[str, ItemSource]] = (("学分", ItemSource.IMPORT),),
    **fields: Any,
) -> GraduationAudit:
    """A round of 远山大学 for 2026 in the given state, with required items that lead to 结业."""
    values: dict[str, Any] = {
        "school": make_school(),
        "graduating_class": 2026,
        "round_no": 1,
        "title": "2026 届毕业资格审核",
        "confirm_until": UNTIL,
        "created_at": BEGAN,
        "created_by": "测试",
    }
    if state != AuditState.DRAFT:
        values |= {"opened_at": BEGAN, "opened_by": "测试"}
    if state in {AuditState.NOTICE, AuditState.CLOSED}:
        values |= {
            "notice_opens_at": NOTICE_OPENS,
            "notice_closes_at": NOTICE_CLOSES,
            "published_at": BEGAN,
            "published_by": "测试",
        }
    if state == AuditState.CLOSED:
        values |= {"closed_at": NOW, "closed_by": "测试"}
    made = GraduationAudit.objects.create(state=state, **{**values, **fields})
    for position, (title, source) in enumerate(items, start=1):
        AuditItem.objects.create(
            audit=made,
            title=title,
            source=source,
            ask_whom="学院教学秘书",
            position=position,
        )
    return made


def make_audited(
    record: StudentRecord,
    audit: GraduationAudit,
    state: ResultState = ResultState.PENDING,
    outcome: AuditOutcome = AuditOutcome.GRADUATE,
    *,
    marks: Mapping[str, ItemState] | None = None,
    now: datetime = NOW,
    **fields: Any,
) -> AuditedStudent:
    """The record on the list; marks are by the title of their item, all met unless given."""
    values: dict[str, Any] = {
        "college": record.college,
        "state": state,
        "added_at": BEGAN,
        "added_by": "测试",
    }
    if state in {ResultState.PROPOSED, ResultState.DECIDED}:
        values |= {"proposed": outcome, "proposed_at": BEGAN, "proposed_by": "学院"}
    if state == ResultState.DECIDED:
        values |= {
            "decided": outcome,
            "decided_at": BEGAN,
            "decided_by": "教务处",
            "decided_digest": "-",
        }
    made = AuditedStudent.objects.create(audit=audit, record=record, **{**values, **fields})
    imported = audit.items.filter(source=ItemSource.IMPORT)
    for item in imported:
        mark = ItemState.MET if marks is None else marks.get(item.title)
        if mark is not None:
            make_mark(made, item, mark)
    if state == ResultState.DECIDED:
        made.decided_digest = checklist_of(made, now=now).digest
        made.save(update_fields=["decided_digest"])
    return made


def make_crowd(
    audit: GraduationAudit, amount: int, *, like: StudentRecord, is_registered: bool = False
) -> None:
    """So many students of the college of `like` on the list, everything met; written set-based."""
    records = StudentRecord.objects.bulk_create(_twin(like, number) for number in range(amount))
    students = AuditedStudent.objects.bulk_create(
        AuditedStudent(
            audit=audit, record=each, college=each.college, added_at=BEGAN, added_by="测试"
        )
        for each in records
    )
    items = list(audit.items.filter(source=ItemSource.IMPORT))
    ItemMark.objects.bulk_create(
        ItemMark(student=each, item=item, state=ItemState.MET, set_at=BEGAN, set_by="测试")
        for each in students
        for item in items
    )
    if is_registered:
        Graduation.objects.bulk_create(
            Graduation(
                record=each,
                outcome=GraduationOutcome.GRADUATED,
                conferred_date=date(2026, 6, 10),
                certificate_no=f"999991202605{number:06d}",
                certificate_index=certificate_index(f"999991202605{number:06d}"),
                registered_at=BEGAN,
                registered_by="测试",
            )
            for number, each in enumerate(records)
        )


def _twin(like: StudentRecord, number: int) -> StudentRecord:
    """Another record like that one: its number is its own."""
    made = copy(like)
    made.pk = None
    made._state = ModelState()
    made.student_no, made.candidate_no = f"20228{number:05d}", f"2288{number:010d}"
    return made


def make_mark(
    student: AuditedStudent, item: AuditItem, state: ItemState, note: str = ""
) -> ItemMark:
    """How the student stands with the item."""
    return ItemMark.objects.create(
        student=student, item=item, state=state, note=note or None, set_at=BEGAN, set_by="测试"
    )


def make_sanction_handler(email: str = "han@example.test", user: User | None = None) -> User:
    """One of the office who is named for sanctions."""
    user = user or people.make_staff(Role.REGISTRAR, email)
    SanctionHandler.objects.create(user=user, name="韩老师", named_at=BEGAN, named_by="测试")
    return user


def make_sanction(record: StudentRecord, **fields: Any) -> Sanction:
    """A sanction in force since March of last year."""
    values: dict[str, Any] = {
        "kind": SanctionKind.DEMERIT,
        "document_no": f"远大教〔2025〕{next(_serial)} 号",
        "imposed_date": date(2025, 3, 1),
        "reason": "考试作弊",
        "entered_at": BEGAN,
        "entered_by": "测试",
    }
    if fields.get("lifted_date"):
        values |= {"lifted_at": BEGAN, "lifted_by": "测试"}
    return Sanction.objects.create(record=record, **{**values, **fields})


def make_certificate(
    student: AuditedStudent,
    state: CertificateState = CertificateState.PRINTED,
    *,
    number: str | None = None,
    **fields: Any,
) -> Certificate:
    """A printed certificate of the student in the given state."""
    number = number or f"999991202605{next(_serial):06d}"
    values: dict[str, Any] = {"printed_at": BEGAN, "printed_by": "测试"}
    if state == CertificateState.AT_COLLEGE:
        values |= {"fetched_at": BEGAN, "fetched_by": "测试", "fetcher_name": "周老师"}
    if state == CertificateState.HANDED:
        values |= {
            "handed_at": BEGAN,
            "handed_by": "测试",
            "taker": TakerKind.SELF,
            "taker_name": student.record.name,
        }
    if state == CertificateState.VOID:
        values |= {"voided_at": BEGAN, "voided_by": "测试", "void_reason": "印坏"}
    return Certificate.objects.create(
        student=student,
        school=student.record.school,
        number=number,
        number_index=certificate_index(number),
        state=state,
        **{**values, **fields},
    )
