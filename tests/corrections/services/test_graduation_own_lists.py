"""Lists and the own record: nobody applies or takes back what concerns them; each student's ledger says so."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.states import Role
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent
from corrections.models import (
    GraduationAudit,
    ItemMark,
    ResultImport,
    Sanction,
    SanctionImport,
)
from corrections.selectors.graduation_traces import without_sanction_events
from corrections.services import graduation as service
from corrections.states.graduation import ItemState
from enrollment.models import StudentRecord
from enrollment.states import ImportState, RowOutcome, UndoState
from tests.factories import enrolment, people
from tests.factories.graduation import (
    make_audit,
    make_audited,
    make_crowd,
    make_sanction,
    make_sanction_handler,
)

pytestmark = pytest.mark.django_db

MANY = 2_000
IS_POSTGRES = connection.vendor == "postgresql"


def csv(*rows: str) -> io.BytesIO:
    return io.BytesIO("\n".join(rows).encode())


@pytest.fixture
def wang(db: None) -> User:
    """Another of the office, whose own record Alice's is in these tests."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def audit(record: StudentRecord) -> GraduationAudit:
    """A round with Alice and another student, without results."""
    made = make_audit()
    make_audited(record, made, marks={})
    make_audited(enrolment.make_record(student_no="2022040128"), made, marks={})
    return made


def own(user: User, record: StudentRecord) -> None:
    enrolment.bind(record, people.make_identity(user, name=record.name, number=record.id_number))


def upload(audit: GraduationAudit, actor: User, now: datetime) -> ResultImport:
    return service.upload_results(
        file=csv("学号,学分", "2022040127,达到", "2022040128,没达到"),
        file_name="结果.csv",
        audit=audit,
        actor=actor,
        now=now,
    )


def test_own_result_stays_as_it_is_whoever_uploaded_the_list(
    record: StudentRecord, audit: GraduationAudit, li: User, wang: User, now: datetime
) -> None:
    own(wang, record)
    made = upload(audit, li, now)

    service.apply_results(result_import=made, actor=wang, now=now)

    rows = list(made.rows.order_by("row_no").values_list("outcome", "finding"))
    assert rows == [
        (RowOutcome.SKIP, "这是你自己的学籍，请另一位老师导入。"),
        (RowOutcome.CREATE, ""),
    ]
    assert ItemMark.objects.get().student.record.student_no == "2022040128"


def test_list_with_the_own_result_is_taken_back_by_another(
    record: StudentRecord, audit: GraduationAudit, li: User, wang: User, now: datetime
) -> None:
    own(wang, record)
    made = upload(audit, li, now)
    service.apply_results(result_import=made, actor=li, now=now)

    with pytest.raises(NotAllowedError) as refused:
        service.undo_results(result_import=made, actor=wang, now=now)

    made.refresh_from_db()
    assert str(refused.value) == "名单里有你自己的学籍，请另一位老师撤销。"
    assert (made.state, made.undo_state) == (ImportState.APPLIED, UndoState.NONE)
    assert service.undo_results(result_import=made, actor=li, now=now) == (2, 0)


def test_each_student_reads_of_import_and_undo(
    record: StudentRecord, audit: GraduationAudit, li: User, now: datetime
) -> None:
    made = upload(audit, li, now)
    service.apply_results(result_import=made, actor=li, now=now)
    other = audit.students.get(record__student_no="2022040128")
    service.set_mark(
        student=other,
        item=audit.items.get(),
        state=ItemState.MET,
        note="",
        reason="核对过",
        actor=li,
        now=now,
    )

    service.undo_results(result_import=made, actor=li, now=now)

    def said(of: StudentRecord) -> list[tuple[str, dict[str, str]]]:
        events = AuditEvent.objects.filter(subject_id=str(of.pk)).order_by("pk")
        return list(events.values_list("action", "details"))

    assert said(record) == [
        ("auditresult.mark_imported", {"item": "学分"}),
        ("auditresult.mark_undone", {"item": "学分"}),
    ]
    assert [action for action, _ in said(other.record)] == [
        "auditresult.mark_imported",
        "auditresult.mark_set",
    ]


HEAD = "学号,处分,文号,处分日期,解除日期"


def upload_sanctions(record: StudentRecord, actor: User, now: datetime) -> SanctionImport:
    """A new one and one that was lifted, both of the record."""
    make_sanction(record, document_no="一号")
    return service.upload_sanctions(
        file=csv(
            HEAD, "2022040127,记过,一号,2025-03-01,2026-03-01", "2022040127,警告,二号,2025-9-1,"
        ),
        file_name="处分.csv",
        school=record.school,
        actor=actor,
        now=now,
    )


def test_own_sanction_stays_as_it_is_and_is_not_taken_back(
    record: StudentRecord, wang: User, now: datetime
) -> None:
    han = make_sanction_handler()
    make_sanction_handler(user=wang)
    own(wang, record)
    made = upload_sanctions(record, han, now)

    service.apply_sanctions(sanction_import=made, actor=wang, now=now)

    said = "这是你自己的学籍，请另一位经办人导入。"
    assert list(made.rows.values_list("outcome", "finding")) == [(RowOutcome.ERROR, said)] * 2
    assert Sanction.objects.get().lifted_date is None


def test_list_with_the_own_sanction_is_taken_back_by_another(
    record: StudentRecord, wang: User, now: datetime
) -> None:
    han = make_sanction_handler()
    make_sanction_handler(user=wang)
    own(wang, record)
    made = upload_sanctions(record, han, now)
    service.apply_sanctions(sanction_import=made, actor=han, now=now)

    with pytest.raises(NotAllowedError) as refused:
        service.undo_sanctions(sanction_import=made, actor=wang, now=now)

    assert str(refused.value) == "名单里有你自己的学籍，请另一位经办人撤销。"
    assert Sanction.objects.get(document_no="一号").lifted_date == date(2026, 3, 1)
    assert service.undo_sanctions(sanction_import=made, actor=han, now=now) == (2, 0)


def test_each_sanction_leaves_its_traces_for_student_and_handlers_alone(
    record: StudentRecord, li: User, now: datetime
) -> None:
    han = make_sanction_handler()
    made = upload_sanctions(record, han, now)
    service.apply_sanctions(sanction_import=made, actor=han, now=now)

    service.undo_sanctions(sanction_import=made, actor=han, now=now)

    events = AuditEvent.objects.filter(subject_id=str(record.pk)).order_by("pk")
    assert list(events.values_list("action", "details")) == [
        ("sanction.entered", {}),
        ("sanction.lifted", {}),
        ("sanction.voided", {}),
        ("sanction.lift_undone", {}),
    ]
    assert not without_sanction_events(events, viewer=li).exists()


def test_sanction_of_tomorrow_is_refused_when_it_is_written(
    record: StudentRecord, now: datetime
) -> None:
    han = make_sanction_handler()
    made = service.upload_sanctions(
        file=csv(HEAD, "2022040127,记过,一号,2099-03-01,"),
        file_name="处分.csv",
        school=record.school,
        actor=han,
        now=now,
    )

    service.apply_sanctions(sanction_import=made, actor=han, now=now)

    assert list(made.rows.values_list("finding", flat=True)) == ["处分日期不能晚于今天。"]
    assert not Sanction.objects.exists()


def test_list_meets_a_sanction_that_somebody_entered_meanwhile(
    record: StudentRecord, now: datetime
) -> None:
    han = make_sanction_handler()
    made = upload_sanctions(record, han, now)
    make_sanction(record, document_no="二号", imposed_date=date(2025, 9, 1))

    service.apply_sanctions(sanction_import=made, actor=han, now=now)

    finding = made.rows.get(document_no="二号").finding
    assert finding == "同一文号已登记，种类或日期不一样。请核对决定书，再手工办理。"
    with pytest.raises(StaleStateError):
        service.apply_sanctions(sanction_import=made, actor=han, now=now)


# Statements of apply and undo of results, then of sanctions.
FEW = [12, 12, 14, 11]
ALL = [18, 15, 20, 11] if IS_POSTGRES else [60, 48, 72, 33]


@pytest.mark.parametrize(("amount", "statements"), [(1, FEW), (MANY, ALL)])
def test_statements_follow_the_chunks(
    amount: int, statements: list[int], record: StudentRecord, li: User, now: datetime
) -> None:
    audit = make_audit()
    make_crowd(audit, amount, like=record)
    han = make_sanction_handler()
    numbers = [f"20228{number:05d}" for number in range(amount)]
    results = service.upload_results(
        file=csv("学号,学分", *(f"{number},没达到" for number in numbers)),
        file_name="结果.csv",
        audit=audit,
        actor=li,
        now=now,
    )
    sanctions = service.upload_sanctions(
        file=csv(HEAD, *(f"{number},警告,一号,2025-9-1," for number in numbers)),
        file_name="处分.csv",
        school=record.school,
        actor=han,
        now=now,
    )
    acts: list[tuple[Callable[..., object], dict[str, Any]]] = [
        (service.apply_results, {"result_import": results, "actor": li}),
        (service.undo_results, {"result_import": results, "actor": li}),
        (service.apply_sanctions, {"sanction_import": sanctions, "actor": han}),
        (service.undo_sanctions, {"sanction_import": sanctions, "actor": han}),
    ]
    asked = []
    for act, given in acts:
        with CaptureQueriesContext(connection) as queries:
            act(now=now, **given)
        asked.append(len(queries))

    assert asked == statements
