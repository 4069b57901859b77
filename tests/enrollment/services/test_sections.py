"""Further sections: from the optional columns of a roster, shown only where they are."""

from datetime import date, datetime

import pytest

from accounts.models import User
from common.models import AuditEvent
from enrollment.importers.sections import section_row
from enrollment.models import (
    AdmissionInfo,
    Aid,
    Graduation,
    RosterImport,
    StatusChange,
    StudentRecord,
)
from enrollment.selectors import sections_of, upgrade_state_of
from enrollment.services.sections import set_upgrade_state, write_sections
from enrollment.states import UpgradeState
from tests.enrollment.rosters import HEADERS, REGISTRAR, applied, csv_of, person
from tests.factories.enrolment import make_school
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

EXTRA = {
    "录取批次": "本科一批",
    "生源地": "云南省",
    "录取日期": "20220801",
    "资助项目": "国家励志奖学金",
    "资助学年": "2024-2025学年",
    "资助金额": "5000 元",
    "前置学历核查": "未核查",
    "证书编号": "999991202605000009",
    "毕结业日期": "20260210",
    "毕(结)业结论": "毕业",
}


def roster_of(*rows: dict[str, str]) -> RosterImport:
    """A roster with the optional columns, applied."""
    return applied(csv_of(*rows, headers=[*HEADERS, *EXTRA]), school=make_school())


def test_cells_are_read_and_what_cannot_be_read_is_left_out() -> None:
    row = section_row({**EXTRA, "资助金额": "五千", "毕(结)业结论": "优秀"})

    assert row.admission["admitted_date"] == date(2022, 8, 1)
    assert row.aid == ("国家励志奖学金", "2024-2025", "")
    assert row.upgrade == (UpgradeState.PENDING, "", None)
    assert row.graduation is None


def test_without_sections_nothing_is_asked(
    record: StudentRecord, django_assert_num_queries
) -> None:
    with django_assert_num_queries(0):
        assert sections_of(record) == []
        assert upgrade_state_of(record) is None


def test_roster_fills_sections_and_running_it_again_changes_nothing(now: datetime) -> None:
    roster = roster_of({**person(1), **EXTRA}, person(2))

    record = StudentRecord.objects.get(student_no=person(1)["学号"])
    other = StudentRecord.objects.get(student_no=person(2)["学号"])
    titles = [section.title for section in sections_of(record)]
    assert titles == ["学历", "前置学历核查", "录取信息", "资助信息"]
    assert sections_of(other) == []
    assert record.enrollment_status == "GRADUATED"
    assert upgrade_state_of(record) == UpgradeState.PENDING

    write_sections(roster=roster, actor=REGISTRAR, now=now)

    assert (AdmissionInfo.objects.count(), Aid.objects.count()) == (1, 1)
    assert Graduation.objects.count() == 1
    assert not AuditEvent.objects.filter(action="graduation.refused").exists()


def test_certificate_that_contradicts_is_left_out_and_said(now: datetime) -> None:
    roster_of({**person(1), **EXTRA})
    roster_of({**person(1), **EXTRA, "证书编号": "999991202605000010"})

    assert Graduation.objects.get().certificate_no == "999991202605000009"
    assert "批文" in AuditEvent.objects.get(action="graduation.refused").reason


def test_roster_keeps_the_status_that_it_changes() -> None:
    roster_of(person(1), person(2))
    roster_of({**person(1), "学籍状态": "休学"}, person(2))

    change = StatusChange.objects.get()
    assert (change.former_status, change.status, change.source) == (
        "REGISTERED",
        "SUSPENDED",
        "ROSTER",
    )
    assert change.record.student_no == person(1)["学号"]


def test_upgrade_state_is_set_by_staff(
    alice: User, record: StudentRecord, now: datetime, client_of
) -> None:
    set_upgrade_state(
        record=record, state=UpgradeState.FAILED, note="缺毕业证", actor=make_user(), now=now
    )

    record.refresh_from_db()
    page = client_of(alice).get("/record/").content.decode()

    assert upgrade_state_of(record) == UpgradeState.FAILED
    assert "核查未通过" in page
    assert "缺毕业证" in page
