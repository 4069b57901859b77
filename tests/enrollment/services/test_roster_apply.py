"""Applying a roster: what stands in the records afterwards."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity import DocumentType, canonical_number
from accounts.models import document_index
from common.errors import StaleStateError
from common.models import AuditEvent
from enrollment.models import (
    Binding,
    ClassGroup,
    College,
    Major,
    RosterImport,
    School,
    StudentRecord,
    record_digests,
)
from enrollment.services.record import amend_record
from enrollment.services.roster import apply_roster, stage_roster, start_roster
from enrollment.services.roster.judging import CHUNK
from enrollment.states import EnrollmentStatus, ImportState
from tests.enrollment.importers.files import csv_bytes, dbf_bytes, xlsx_bytes
from tests.enrollment.rosters import (
    HEADERS,
    NOW,
    REGISTRAR,
    applied,
    counts,
    csv_of,
    person,
    staged,
    table,
    upload,
)
from tests.factories import enrolment, people
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

LATER = NOW + timedelta(days=1)
DBF_FIELDS = "KSH C(14); XH C(12); XM C(60); XB C(2); CSRQ D; SFZH C(18); ZYDM C(6); ZYMC C(40); BH C(40); FY C(40)"


@pytest.fixture
def school() -> School:
    return make_school()


def _dbf(folder: Path) -> bytes:
    row = person(1)
    cells = (
        *(row[name] for name in ("考生号", "学号", "姓名", "性别")),
        date.fromisoformat(row["出生日期"]),
        *(row[name] for name in ("证件号码", "专业代码", "专业名称", "班级", "学院")),
    )
    return dbf_bytes(folder, DBF_FIELDS, [cells], "cp936")


@pytest.mark.parametrize("kind", ["xlsx", "utf-8", "utf-8-sig", "utf-16", "gb18030", "dbf"])
def test_every_kind_of_file_gives_the_same_record(
    school: School, kind: str, tmp_path: Path
) -> None:
    if kind == "xlsx":
        data = xlsx_bytes(table(person(1)))
    elif kind == "dbf":
        data = _dbf(tmp_path)
    else:
        data = csv_bytes(table(person(1)), encoding=kind)
    extension = kind if kind in {"xlsx", "dbf"} else "csv"

    roster = applied(data, f"名册.{extension}", school=school)

    assert counts(roster) == (1, 0, 0, 0)
    record = StudentRecord.objects.get()
    assert (record.student_no, record.name, record.sex) == ("2022000001", "沈若溪", "男")
    assert record.birth_date == date(1880, 1, 1)
    assert record.id_number == person(1)["证件号码"]
    assert record.class_group is not None
    assert record.class_group.name == "汉语言文学 2201 班"
    assert record.college is not None
    assert record.college.name == "人文学院"
    assert record.major_name == "汉语言文学"


def test_all_fields_arrive_and_keys_follow(school: School) -> None:
    applied(csv_of(person(1)), school=school)

    record = StudentRecord.objects.select_related("school", "major", "class_group").get()
    assert (record.school, record.candidate_no) == (school, "22990101000001")
    assert (record.level, record.study_mode, record.ethnicity) == ("本科", "普通全日制", "汉族")
    assert record.duration_years == Decimal(4)
    assert (record.entry_date, record.entry_grade) == (date(2022, 9, 1), 2022)
    assert record.expected_graduation_date == date(2026, 6, 30)
    assert record.graduating_class == 2026
    assert record.enrollment_status == EnrollmentStatus.REGISTERED
    assert record.enrollment_status_text == "在籍（注册学籍）"
    assert record.counsellor_text == "陈老师"
    assert (record.created_at, record.updated_at) == (NOW, NOW)
    assert record_digests(record) == {
        "key_digest": record.key_digest,
        "identity_digest": record.identity_digest,
    }
    made = enrolment.make_record(
        id_number=record.id_number, class_group=record.class_group, student_no="X"
    )
    assert bytes(record.id_number_index) == made.id_number_index


def test_same_file_again_changes_nothing(school: School) -> None:
    data = csv_of(person(1), person(2, 学制="2.5"), person(3, 学籍状态="", 班级="", 出生日期=""))
    applied(data, school=school)
    before = list(StudentRecord.objects.order_by("pk").values())

    roster = applied(data, school=school, now=LATER)

    assert counts(roster) == (0, 0, 3, 0)
    assert list(StudentRecord.objects.order_by("pk").values()) == before


def test_other_brackets_widths_and_styles_are_no_change(school: School) -> None:
    applied(csv_of(person(1, 班级="汉语言文学（师范）1 班")), school=school)
    before = StudentRecord.objects.values().get()
    other = person(
        1,
        班级="汉语言文学(师范) 1班",
        学籍状态="在籍(注册学籍)",
        学制="4 年",
        入学日期="2022年09月01日",
        预计毕业日期="2026/6/30",
        层次="本　科",
    )

    roster = applied(csv_of(other), school=school, now=LATER)

    assert counts(roster) == (0, 0, 1, 0)
    assert StudentRecord.objects.values().get() == before
    assert ClassGroup.objects.count() == 1


def test_name_is_taken_as_it_was_delivered_last(school: School) -> None:
    applied(csv_of(person(1, 姓名="古丽•艾比")), school=school)

    applied(csv_of(person(1, 姓名="古丽·艾比")), school=school, now=LATER)

    assert StudentRecord.objects.get().name == "古丽·艾比"


def test_class_change_keeps_the_record(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    before = StudentRecord.objects.get()

    roster = applied(csv_of(person(1, 班级="汉语言文学 2202 班")), school=school, now=LATER)

    record = StudentRecord.objects.get()
    assert counts(roster) == (0, 1, 0, 0)
    assert record.pk == before.pk
    assert record.class_group is not None
    assert record.class_group.name == "汉语言文学 2202 班"
    assert (record.created_at, record.updated_at) == (NOW, LATER)
    row = roster.rows.get()
    assert (row.record, row.former) == (record, {"class_name": "汉语言文学 2201 班"})


def test_class_is_school_college_grade_and_name(school: School) -> None:
    other = make_school("99998", "远山大学云岭学院")
    same = "信息 1 班"
    rows = [
        person(1, 班级=same),
        person(2, 班级=same, 学院="理学院"),
        person(3, 班级=same, 入学日期="20230901"),
        person(4, 班级=same, 院校代码=other.code),
        person(5, 班级=same),
    ]

    applied(csv_of(*rows, headers=[*HEADERS, "院校代码"]), school=school)

    assert ClassGroup.objects.count() == 4
    assert College.objects.count() == 3
    assert StudentRecord.objects.filter(class_group__school=other).count() == 1


def test_two_schools_may_use_the_same_student_number(school: School) -> None:
    other = make_school("99998", "远山大学云岭学院")
    rows = [person(1, 院校代码=school.code), person(1, 院校代码=other.code)]

    roster = applied(csv_of(*rows, headers=[*HEADERS, "院校代码"]))

    assert counts(roster) == (2, 0, 0, 0)
    assert set(StudentRecord.objects.values_list("school__code", "student_no")) == {
        ("99999", "2022000001"),
        ("99998", "2022000001"),
    }


def test_absent_column_keeps_and_empty_cell_empties(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    few = ["学号", "姓名", "证件号码", "民族", "学籍状态"]

    applied(csv_of(person(1, 民族="", 学籍状态=""), headers=few), school=school, now=LATER)

    record = StudentRecord.objects.get()
    assert record.ethnicity == ""
    assert (record.level, record.major_name) == ("本科", "汉语言文学")
    assert record.class_group is not None
    assert record.id_type == "RESIDENT_ID"
    assert record.enrollment_status == EnrollmentStatus.REGISTERED


def test_kind_of_document_stays_when_the_file_does_not_tell_it(school: School) -> None:
    passport = person(1, 证件类型="护照", 证件号码="E12345678", 性别="", 出生日期="")
    applied(csv_of(passport), school=school)

    roster = applied(
        csv_of(passport, headers=["学号", "姓名", "证件号码"]), school=school, now=LATER
    )

    assert counts(roster) == (0, 0, 1, 0)


def test_stated_grade_survives_a_file_with_the_date_only(school: School) -> None:
    applied(csv_of(person(1, 年级="2023"), headers=[*HEADERS, "年级"]), school=school)

    roster = applied(csv_of(person(1)), school=school, now=LATER)

    assert counts(roster) == (0, 0, 1, 0)
    assert StudentRecord.objects.get().entry_grade == 2023


def test_grade_follows_the_date_that_it_came_from(school: School) -> None:
    applied(csv_of(person(1)), school=school)

    applied(csv_of(person(1, 入学日期="20230901")), school=school, now=LATER)

    assert StudentRecord.objects.get().entry_grade == 2023


def test_major_without_code_is_the_one_of_that_name(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    without_code = [name for name in HEADERS if name != "专业代码"]

    roster = applied(csv_of(person(1), person(2), headers=without_code), school=school, now=LATER)

    assert counts(roster) == (1, 0, 1, 0)
    assert Major.objects.count() == 1


def test_odd_characters_arrive_as_delivered(school: School) -> None:
    odd = 'a\\N\\x41\tb"c%s\r\n,\\.'
    applied(xlsx_bytes(table(person(1, 辅导员=odd, 民族="\\N"))), "a.xlsx", school=school)

    record = StudentRecord.objects.get()
    assert (record.counsellor_text.replace("_x000D_", "\r"), record.ethnicity) == (odd, "\\N")


def test_skip_bad_applies_the_good_rows(school: School) -> None:
    data = csv_of(person(1), person(2, 证件号码=""), person(3))

    roster = applied(data, school=school, skip_bad=True)

    assert counts(roster) == (2, 0, 0, 1)
    assert roster.state == ImportState.APPLIED
    assert StudentRecord.objects.count() == 2


def test_more_rows_than_a_chunk_all_arrive(school: School) -> None:
    rows = [person(serial) for serial in range(CHUNK + 3)]

    roster = applied(csv_of(*rows), school=school)

    assert counts(roster) == (CHUNK + 3, 0, 0, 0)
    assert roster.progress == CHUNK + 3
    assert StudentRecord.objects.count() == CHUNK + 3
    assert not roster.rows.filter(record=None).exists()


def test_record_changed_since_the_check_is_judged_again(school: School) -> None:
    applied(csv_of(person(1), person(2)), school=school)
    data = csv_of(person(1, 民族="回族"), person(2, 民族="回族"), person(3))
    roster = staged(data, school=school, now=LATER)
    record = StudentRecord.objects.get(student_no="2022000001")
    amend_record(
        record=record, changes={"ethnicity": "回族"}, reason="本人提出", actor=REGISTRAR, now=LATER
    )
    applied(csv_of(person(3)), school=school, now=LATER)

    apply_roster(roster=roster, actor=REGISTRAR, now=LATER + timedelta(hours=1))

    assert counts(roster) == (0, 1, 2, 0)
    assert StudentRecord.objects.filter(ethnicity="回族").count() == 2
    assert StudentRecord.objects.count() == 3


def test_rows_are_written_as_they_were_checked(school: School) -> None:
    few = ["学号", "姓名", "证件号码", "民族", "院校名称"]
    applied(csv_of(person(1), person(2)), school=school)
    roster = staged(
        csv_of(person(1, 民族="回族"), person(3), headers=few), school=school, now=LATER
    )
    row = roster.rows.get(row_no=2)
    assert (row.former, row.found_at, row.written_at) == ({"ethnicity": "汉族"}, NOW, None)

    with CaptureQueriesContext(connection) as asked:
        apply_roster(roster=roster, actor=REGISTRAR, now=LATER + timedelta(hours=1))

    assert counts(roster) == (1, 1, 0, 0)
    record = StudentRecord.objects.get(student_no="2022000001")
    assert (record.ethnicity, record.level, record.major_name) == ("回族", "本科", "汉语言文学")
    assert {**record_digests(record)} == {
        "key_digest": record.key_digest,
        "identity_digest": record.identity_digest,
    }
    made = StudentRecord.objects.get(student_no="2022000003")
    assert made.enrollment_status == EnrollmentStatus.REGISTERED
    # No record is read and judged a second time.
    assert not [query for query in asked if '"id_number" AS' in query["sql"]]


@pytest.mark.parametrize(
    "after",
    [
        {"民族": "回族", "层次": "本科"},
        {"姓名": "沈若汐"},
        {"证件号码": person(7)["证件号码"], "出生日期": person(7)["出生日期"]},
        {"专业代码": "080901", "专业名称": "计算机科学与技术"},
        {"学制": "5", "预计毕业日期": "20270630"},
        {"班级": "汉语言文学 2202 班", "学院": "文学院"},
    ],
)
def test_digests_and_index_are_those_of_the_record_after_every_kind_of_change(
    school: School, after: dict[str, str]
) -> None:
    """An update works them out only where it touches what they are made of."""
    fields = ["name", "id_number", "major_name", "duration_years", "class_name", "level"]
    School.objects.filter(pk=school.pk).update(key_fields=fields)
    applied(csv_of(person(1)), school=school)

    roster = applied(csv_of(person(1, **after)), school=school, now=LATER)

    assert counts(roster) == (0, 1, 0, 0)
    record = StudentRecord.objects.select_related("major", "class_group").get()
    assert record_digests(record) == {
        "key_digest": record.key_digest,
        "identity_digest": record.identity_digest,
    }
    canonical = canonical_number(record.id_number, DocumentType(record.id_type))
    assert bytes(record.id_number_index) == document_index(canonical)


def test_simple_changes_touch_nothing_else_of_their_records(school: School) -> None:
    """Each row changes its own fields; the sealed number is not even sealed anew."""
    School.objects.filter(pk=school.pk).update(key_fields=["name", "id_number"])
    applied(csv_of(*(person(serial) for serial in range(4))), school=school)
    before = _columns()
    numbers = _sealed_numbers()
    wanted: list[dict[str, str]] = [
        {"民族": "回族"},
        {"民族": "", "层次": "专科"},
        {"辅导员": "周老师", "考生号": "22990199000001"},
        {"姓名": "沈若汐"},
    ]

    roster = applied(
        csv_of(*(person(serial, **changes) for serial, changes in enumerate(wanted))),
        school=school,
        now=LATER,
    )

    assert counts(roster) == (0, 4, 0, 0)
    after = _columns()
    differences = [
        {name: new[name] for name in new if name != "updated_at" and new[name] != old[name]}
        for old, new in zip(before, after, strict=True)
    ]
    assert differences[:3] == [
        {"ethnicity": "回族"},
        {"ethnicity": "", "level": "专科"},
        {"counsellor_text": "周老师", "candidate_no": "22990199000001"},
    ]
    assert differences[3].keys() == {"name", "name_key", "key_digest", "identity_digest"}
    assert {record["updated_at"] for record in after} == {LATER}
    assert _sealed_numbers()[:3] == numbers[:3]
    rows = roster.rows.order_by("row_no")
    assert [row.former for row in rows] == [
        {"ethnicity": "汉族"},
        {"ethnicity": "汉族", "level": "本科"},
        {"counsellor_text": "陈老师", "candidate_no": "22990101000002"},
        {"name": "沈若溪"},
    ]
    assert {(row.is_applied, row.written_at) for row in rows} == {(True, LATER)}


def _columns() -> list[dict[str, Any]]:
    return [dict(row) for row in StudentRecord.objects.order_by("student_no").values()]


def _sealed_numbers() -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number FROM enrollment_studentrecord ORDER BY student_no")
        return [bytes(sealed) for (sealed,) in cursor.fetchall()]


def test_simple_field_that_is_a_key_here_makes_a_new_digest(school: School) -> None:
    School.objects.filter(pk=school.pk).update(key_fields=["name", "id_number", "ethnicity"])
    applied(csv_of(person(1)), school=school)

    roster = applied(csv_of(person(1, 民族="回族")), school=school, now=LATER)

    assert roster.rows.get().changes_key
    record = StudentRecord.objects.get()
    assert record.key_digest == record_digests(record)["key_digest"]


def test_simple_change_of_a_record_that_moved_on_is_judged_again(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    roster = staged(csv_of(person(1, 民族="回族")), school=school)
    amend_record(
        record=StudentRecord.objects.get(),
        changes={"level": "专科"},
        reason="录取名册写错",
        actor=REGISTRAR,
        now=LATER,
    )

    apply_roster(roster=roster, actor=REGISTRAR, now=LATER + timedelta(minutes=1))

    record = StudentRecord.objects.get()
    assert (record.ethnicity, record.level) == ("回族", "本科")
    assert roster.rows.get().former == {"ethnicity": "汉族", "level": "专科"}


def test_of_two_who_start_one_wins(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)
    other = RosterImport.objects.get(pk=roster.pk)

    start_roster(roster=roster, actor=REGISTRAR, now=NOW)

    with pytest.raises(StaleStateError):
        apply_roster(roster=other, actor=REGISTRAR, now=NOW)


def test_running_application_is_left_alone_until_it_falls_silent(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)
    start_roster(roster=roster, actor=REGISTRAR, now=NOW)
    RosterImport.objects.update(heartbeat_at=NOW)

    with pytest.raises(StaleStateError):
        apply_roster(roster=roster, actor=REGISTRAR, now=NOW + timedelta(minutes=4))
    apply_roster(roster=roster, actor=REGISTRAR, now=NOW + timedelta(minutes=6))

    assert roster.state == ImportState.APPLIED


def test_process_that_lost_its_lease_cannot_go_on(school: School) -> None:
    rows = [person(serial) for serial in range(CHUNK + 1)]
    roster = staged(csv_of(*rows), school=school)

    def taken_over(done: int) -> None:
        RosterImport.objects.update(heartbeat_at=LATER)

    with pytest.raises(StaleStateError):
        apply_roster(roster=roster, actor=REGISTRAR, now=NOW, on_progress=taken_over)

    assert StudentRecord.objects.count() == CHUNK


def test_new_record_of_a_proven_person_is_bound(school: School) -> None:
    applied(csv_of(person(1)), school=school)
    first = StudentRecord.objects.get()
    identity = people.make_identity(people.make_user(), name=first.name, number=first.id_number)
    enrolment.bind(first, identity)
    again = person(2, 证件号码=first.id_number, 性别="男", 出生日期="")

    applied(csv_of(again, person(3)), school=school, now=LATER)

    second = StudentRecord.objects.get(student_no="2022000002")
    assert Binding.objects.get(record=second).identity == identity
    assert Binding.objects.count() == 2


def test_one_event_tells_who_started_and_what_came_of_it(school: School) -> None:
    applied(csv_of(person(1)), school=school)

    event = AuditEvent.objects.get(action="roster.applied")
    assert event.actor_label == "李老师"
    assert (event.details["created_count"], event.details["rows"]) == (1, 1)
    assert RosterImport.objects.get().applied_by == "李老师"


def test_values_staged_by_an_earlier_version_are_read_by_name(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)
    row = roster.rows.get()
    fields = [*roster.value_fields[::-1], "dropped_since"]
    row.values = [*row.values[::-1], "x"]
    row.save()
    roster.value_fields = fields
    roster.save()

    apply_roster(roster=roster, actor=REGISTRAR, now=NOW)

    assert StudentRecord.objects.get().name == "沈若溪"


def test_check_that_was_interrupted_begins_again(school: School) -> None:
    roster = upload(csv_of(person(1), person(2)), school=school)
    roster.rows.create(row_no=2, outcome="CREATE", student_no="left over")

    stage_roster(roster=roster, actor=REGISTRAR, now=NOW)

    assert list(roster.rows.order_by("row_no").values_list("student_no", flat=True)) == [
        "2022000001",
        "2022000002",
    ]
