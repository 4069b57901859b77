"""Checking a roster: what is staged, refused, counted, kept sealed."""

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from common.errors import InvalidInputError, StaleStateError
from common.models import AuditEvent
from enrollment.models import ClassGroup, College, School, StudentRecord
from enrollment.selectors.roster_preview import preview_rows
from enrollment.services.roster import discard_roster, stage_roster, start_roster
from enrollment.states import ImportState, RowOutcome
from tests.enrollment.rosters import (
    HEADERS,
    NOW,
    REGISTRAR,
    applied,
    counts,
    csv_of,
    person,
    staged,
    upload,
)
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def school() -> School:
    return make_school()


def test_stage_writes_no_record_and_makes_no_class(school: School) -> None:
    roster = staged(csv_of(person(1), person(2)), school=school)

    assert roster.state == ImportState.STAGED
    assert (roster.row_count, counts(roster)) == (2, (2, 0, 0, 0))
    assert not StudentRecord.objects.exists()
    assert not ClassGroup.objects.exists()
    assert not College.objects.exists()


def test_stage_judges_rows_against_the_records(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)

    roster = staged(csv_of(person(1), person(2, 民族="回族"), person(3)), school=school)

    assert counts(roster) == (1, 1, 1, 0)
    outcomes = list(roster.rows.order_by("row_no").values_list("row_no", "outcome"))
    assert outcomes == [(2, "UNCHANGED"), (3, "UPDATE"), (4, "CREATE")]


def test_errors_refuse_the_whole_file_and_say_what_would_have_been(school: School) -> None:
    roster = staged(csv_of(person(1), person(2, 姓名="")), school=school)

    assert roster.state == ImportState.REFUSED
    assert (counts(roster), roster.error_count) == ((1, 0, 0, 0), 1)
    assert roster.findings.get().row_no == 3
    with pytest.raises(StaleStateError):
        start_roster(roster=roster, actor=REGISTRAR, now=NOW)


def test_skip_bad_counts_bad_rows_as_skipped(school: School) -> None:
    roster = staged(csv_of(person(1), person(2, 姓名="")), school=school, skip_bad=True)

    assert roster.state == ImportState.STAGED
    assert (counts(roster), roster.error_count) == ((1, 0, 0, 1), 1)


def test_contradicting_rows_are_refused_also_the_first(school: School) -> None:
    roster = staged(csv_of(person(1), person(2), person(1, 民族="回族")), school=school)

    assert roster.state == ImportState.REFUSED
    assert counts(roster) == (1, 0, 0, 0)
    errors = roster.rows.filter(outcome=RowOutcome.ERROR).order_by("row_no")
    assert list(errors.values_list("row_no", flat=True)) == [2, 4]


def test_identical_repeat_is_skipped_with_a_warning(school: School) -> None:
    roster = staged(csv_of(person(1), person(1)), school=school)

    assert roster.state == ImportState.STAGED
    assert (counts(roster), roster.warning_count) == ((1, 0, 0, 1), 1)


def test_unreadable_file_is_refused_with_its_reason(school: School) -> None:
    roster = staged(b"%PDF-1.7 not a table", "名册.xlsx", school=school)

    assert roster.state == ImportState.REFUSED
    assert "另存为 .xlsx" in roster.failure
    assert not roster.rows.exists()


def test_nothing_of_the_file_lies_open(school: School) -> None:
    row = person(1, 备用="内部批注")
    roster = staged(csv_of(row, headers=[*HEADERS, "备用"]), school=school)

    number = row["证件号码"]
    assert roster.file is not None
    with default_storage.open(roster.file.key) as stored:
        assert number.encode() not in stored.read()
    with connection.cursor() as cursor:
        cursor.execute('SELECT "values", raw FROM enrollment_rosterrow')
        cells = b"".join(map(bytes, cursor.fetchone()))
    assert number.encode() not in cells
    assert "内部批注".encode() not in cells


def test_unknown_columns_are_kept_aside(school: School) -> None:
    data = csv_of(person(1, 备用="内部批注"), person(2), headers=[*HEADERS, "备用"])

    roster = staged(data, school=school)

    assert roster.unknown_columns == ["备用"]
    assert [row.raw for row in roster.rows.order_by("row_no")] == [{"备用": "内部批注"}, None]


def test_rows_with_findings_keep_their_cells_as_delivered(school: School) -> None:
    roster = staged(csv_of(person(1, 出生日期="18991301")), school=school)

    assert roster.rows.get().raw["出生日期"] == "18991301"


def test_findings_never_hold_a_whole_number(school: School) -> None:
    number = person(1)["证件号码"]
    roster = staged(csv_of(person(1), person(2, 证件号码=number)), school=school)

    messages = "".join(roster.findings.values_list("message", flat=True))
    assert "**" in messages
    assert number not in messages


def test_stage_twice_is_refused(school: School) -> None:
    roster = upload(csv_of(person(1)), school=school)
    other = type(roster).objects.get(pk=roster.pk)
    staged_once = staged(csv_of(person(2)), school=school)
    assert staged_once.state == ImportState.STAGED

    stage_roster(roster=roster, now=NOW)
    with pytest.raises(StaleStateError):
        stage_roster(roster=other, now=NOW)


def test_preview_shows_changed_fields_and_masks_the_number(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    changed = person(1, 民族="回族", 证件号码=person(7)["证件号码"], 班级="汉语言文学 2202 班")
    roster = staged(csv_of(changed), school=school)

    (row,) = preview_rows(roster)

    shown = {change.label: (change.old, change.new) for change in row.changes}
    assert shown["民族"] == ("汉族", "回族")
    assert shown["班级"] == ("汉语言文学 2201 班", "汉语言文学 2202 班")
    assert set(shown) == {"民族", "班级", "证件号码"}
    assert all(person(7)["证件号码"] not in text for text in shown["证件号码"])
    assert (row.row_no, row.outcome) == (2, RowOutcome.UPDATE)


def test_preview_is_the_same_after_applying(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    data = csv_of(person(1, 民族="回族", 学院="外语学院"))

    before = preview_rows(staged(data, school=school))
    after = preview_rows(applied(data, school=school))

    assert [row.changes for row in after] == [row.changes for row in before]


def test_discard_puts_an_import_aside(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)

    discard_roster(roster=roster, actor=REGISTRAR, now=NOW)

    assert type(roster).objects.get(pk=roster.pk).state == ImportState.DISCARDED
    with pytest.raises(StaleStateError):
        start_roster(roster=roster, actor=REGISTRAR, now=NOW)


def test_upload_without_a_name_is_refused(school: School) -> None:
    with pytest.raises(InvalidInputError):
        upload(b"", " ", school=school)


def test_upload_and_check_are_audited(school: School) -> None:
    staged(csv_of(person(1)), school=school)

    actions = AuditEvent.objects.order_by("pk").values_list("action", "actor_label")
    assert list(actions) == [("roster.uploaded", "李老师"), ("roster.staged", "李老师")]
