"""A roster over a record with a registered certificate: what that names stays, and is spoken of."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import School, StudentRecord
from enrollment.selectors.roster_preview import preview_rows
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.services.roster import apply_roster, check_can_undo, start_undo, undo_roster
from enrollment.states import EnrollmentStatus, GraduationOutcome
from tests.enrollment.rosters import NOW, REGISTRAR, applied, counts, csv_of, person, staged
from tests.factories.enrolment import make_school
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

CERTIFICATE = "999991202605{:06d}"


@pytest.fixture
def school() -> School:
    return make_school()


def graduate(serial: int) -> StudentRecord:
    record = StudentRecord.objects.get(student_no=f"2022{serial:06d}")
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=date(2026, 3, 1),
        certificate_no=CERTIFICATE.format(serial),
    )
    register_graduation(record=record, new=new, actor=make_user(), now=NOW)
    record.refresh_from_db()
    return record


GRADUATED = {"学籍状态": "不在籍（毕业）"}


def test_locked_fields_stay_and_the_rest_is_written(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    record = graduate(1)
    row = person(1, 姓名="沈若水", 专业代码="050201", 专业名称="英语", 民族="回族")

    roster = staged(csv_of(row), school=school)

    assert counts(roster) == (0, 1, 0, 0)
    finding = roster.findings.get()
    assert (finding.code, finding.severity, finding.row_no) == ("certified_locked", "WARNING", 2)
    assert "姓名、专业代码、专业名称、学籍状态锁定了" in finding.message
    assert roster.warning_count == 1
    shown = preview_rows(roster)[0]
    assert [(change.name, change.new) for change in shown.changes] == [("ethnicity", "回族")]
    assert any("学历已经登记" in remark for remark in shown.remarks)

    apply_roster(roster=roster, actor=REGISTRAR, now=NOW)

    former = (record.name, record.major_id, record.key_digest, record.identity_digest)
    record.refresh_from_db()
    assert record.ethnicity == "回族"
    assert record.enrollment_status == EnrollmentStatus.GRADUATED
    assert record.name == former[0] == "沈若溪"
    assert (record.major_id, record.identity_digest) == (former[1], former[3])


def test_row_that_differs_only_in_locked_fields_is_no_update(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    graduate(1)

    roster = staged(csv_of(person(1, 入学日期="20230901", **GRADUATED)), school=school)

    assert counts(roster) == (0, 0, 1, 0)
    assert "入学日期锁定了" in roster.findings.get().message
    record = StudentRecord.objects.get()
    assert record.entry_grade == 2022


def test_row_that_agrees_is_silent(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    graduate(1)

    roster = staged(csv_of(person(1, **GRADUATED)), school=school)

    assert not roster.findings.exists()


def test_another_spelling_of_the_number_is_kept_out_in_silence(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    number = graduate(1).id_number

    roster = staged(
        csv_of(person(1, 证件号码=f"{number[:6]} {number[6:]}", **GRADUATED)), school=school
    )

    assert counts(roster) == (0, 0, 1, 0)
    assert not roster.findings.filter(code="certified_locked").exists()
    assert StudentRecord.objects.get().id_number == number


def test_certificate_registered_after_the_check_still_locks(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    roster = staged(csv_of(person(1, 姓名="沈若水", 民族="回族")), school=school)
    graduate(1)

    apply_roster(roster=roster, actor=REGISTRAR, now=NOW)

    record = StudentRecord.objects.get()
    assert (record.name, record.ethnicity) == ("沈若溪", "回族")


def test_undo_leaves_a_record_that_was_certified_since(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    roster = applied(csv_of(person(1, 姓名="沈若水", **GRADUATED)), school=school)
    record = StudentRecord.objects.get()
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=date(2026, 3, 1),
        certificate_no=CERTIFICATE.format(1),
    )
    later = NOW.replace(hour=3)
    register_graduation(record=record, new=new, actor=make_user(), now=later)
    second = make_user("second@example.test")
    check_can_undo(roster, actor=second)

    start_undo(roster=roster, reason="导错了", keeps_later_work=True, actor=second, now=later)
    undo_roster(roster=roster, actor=second, now=later)

    assert StudentRecord.objects.get().name == "沈若水"


def test_certificates_are_looked_up_once_for_many_rows(school: School) -> None:
    people = [person(serial) for serial in range(1, 21)]
    applied(csv_of(*people), school=school)
    with CaptureQueriesContext(connection) as without:
        staged(csv_of(*people), school=school)
    for serial in range(1, 21):
        graduate(serial)

    with CaptureQueriesContext(connection) as with_certificates:
        staged(csv_of(*people, person(99)), school=school)

    table = "enrollment_graduation"
    asked = [query for query in with_certificates if f'FROM "{table}"' in query["sql"]]
    assert len(asked) == 1
    assert not [query for query in without if f'FROM "{table}"' in query["sql"]]
