"""Registering a certificate: the status follows, what it names is locked, the former row is kept."""

from datetime import date, datetime

import pytest

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, OutboxMessage
from enrollment.importers.certificates import certificate_warnings
from enrollment.models import Graduation, StatusChange, StudentRecord
from enrollment.selectors import graduation_of, records_of
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.services.record import amend_record
from enrollment.states import EnrollmentStatus, GraduationOutcome
from tests.factories.enrolment import make_record
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NUMBER = "999991202605000001"
DAY = date(2026, 6, 10)


def register(
    record: StudentRecord,
    now: datetime,
    outcome: GraduationOutcome = GraduationOutcome.GRADUATED,
    number: str = NUMBER,
    approval: str = "",
) -> Graduation:
    new = NewGraduation(
        outcome=outcome, conferred_date=DAY, certificate_no=number, approval=approval
    )
    return register_graduation(record=record, new=new, actor=make_user(), now=now)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (NUMBER, []),
        ("99999120260500001", []),  # 17 digits, as in 2001 and 2002
        ("１０１９０ 1 2026 05 000001", ["前 5 位"]),
        ("999993202605000001", ["第 6 位"]),
        ("999991202505000001", ["毕业年份"]),
        ("999991202606000001", ["层次"]),
        ("999991202609000001", ["层次代码"]),
        ("99999120260500", ["18 位"]),
        ("BY-2026-001", ["18 位"]),
        ("999996999999000001", []),  # self-study is arranged in another way
    ],
)
def test_structure_of_the_number_is_a_warning(number: str, said: list[str]) -> None:
    found = certificate_warnings(number, school_code="99999", conferred_date=DAY, level="本科")

    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


def test_status_follows_and_the_student_is_told(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    made = register(record, now, number=" 99999 1 2026 05 000001 ")

    record.refresh_from_db()
    assert record.enrollment_status == EnrollmentStatus.GRADUATED
    assert made.certificate_no == NUMBER
    assert graduation_of(record) == made
    change = StatusChange.objects.get()
    assert (change.source, change.effective_from) == ("GRADUATION", DAY)
    assert OutboxMessage.objects.filter(user=alice, template="record_graduated").count() == 1
    event = AuditEvent.objects.get(action="graduation.registered")
    assert NUMBER not in str(event.details)
    assert list(records_of(alice)) == [record]  # free for life


def test_odd_number_is_registered_all_the_same(record: StudentRecord, now: datetime) -> None:
    assert register(record, now, number="自考2026-1").certificate_no == "自考20261"


@pytest.mark.parametrize("field", ["name", "major_name", "enrollment_status"])
def test_what_the_certificate_names_is_locked(
    field: str, record: StudentRecord, now: datetime
) -> None:
    register(record, now)
    record.refresh_from_db()
    changes = {field: "退学" if field == "enrollment_status" else "另一个"}
    actor = make_user("clerk@example.test")

    with pytest.raises(NotAllowedError, match="批文"):
        amend_record(record=record, changes=changes, reason="改", actor=actor, now=now)

    (made,) = amend_record(
        record=record,
        changes=changes,
        reason="省里批了",
        approval="云教函〔2026〕7 号",
        actor=actor,
        now=now,
    )
    assert made.case_ref == "云教函〔2026〕7 号"


def test_place_inside_the_school_is_not_locked(record: StudentRecord, now: datetime) -> None:
    register(record, now)
    record.refresh_from_db()

    amend_record(
        record=record, changes={"department": "中文系"}, reason="补", actor=make_user(), now=now
    )


def test_completed_becomes_graduated_later_and_nothing_else_does(
    record: StudentRecord, now: datetime
) -> None:
    first = register(record, now, GraduationOutcome.COMPLETED)
    record.refresh_from_db()
    second = register(record, now, number="999991202605000002")

    first.refresh_from_db()
    record.refresh_from_db()
    assert first.superseded_at == now
    assert graduation_of(record) == second
    assert record.enrollment_status == EnrollmentStatus.GRADUATED
    with pytest.raises(NotAllowedError, match="批文"):
        register(record, now, GraduationOutcome.COMPLETED, "999991202605000003")
    register(record, now, number="999991202605000003", approval="云教函〔2026〕8 号")
    assert Graduation.objects.filter(record=record).count() == 3


def test_number_belongs_to_one_record(record: StudentRecord, now: datetime) -> None:
    register(record, now)

    with pytest.raises(InvalidInputError, match="已经登记"):
        register(make_record(), now)


@pytest.mark.parametrize(("day", "number"), [(date(2026, 6, 13), NUMBER), (DAY, " - ")])
def test_date_to_come_and_missing_number_are_refused(
    day: date, number: str, record: StudentRecord, now: datetime
) -> None:
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED, conferred_date=day, certificate_no=number
    )

    with pytest.raises(InvalidInputError):
        register_graduation(record=record, new=new, actor=make_user(), now=now)


@pytest.mark.page
def test_graduate_reads_it_on_the_record_page(
    alice: User, record: StudentRecord, now: datetime, client_of, client
) -> None:
    register(record, now)

    page = client_of(alice).get("/record/").content.decode()

    assert "2026年06月10日" in page
    assert "证书编号" in page
    assert NUMBER in page.replace(" ", "")
