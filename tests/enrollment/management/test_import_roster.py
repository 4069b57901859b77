"""The command: what it prints, how it exits, what it writes."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from enrollment.models import RosterImport, School, StudentRecord
from tests.enrollment.importers.files import xlsx_bytes
from tests.enrollment.rosters import HEADERS, NOW, applied, csv_of, person, table
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

KEYS = [
    "file",
    "rows",
    "created",
    "updated",
    "unchanged",
    "skipped",
    "errors",
    "warnings",
    "applied",
]


@pytest.fixture
def school() -> School:
    return make_school()


def _run(path: Path, *options: str) -> tuple[int, str]:
    """Exit status and standard output."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_roster", str(path), *options, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def _json(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    status, printed = _run(path, *options, "--json")
    assert len(printed.splitlines()) == 1
    return status, json.loads(printed)


def _file(folder: Path, data: bytes, name: str = "名册.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_dry_run_reports_and_writes_nothing(school: School, tmp_path: Path) -> None:
    path = _file(tmp_path, xlsx_bytes(table(person(1), person(2))), "名册.xlsx")

    status, printed = _json(path, "--school", school.code)

    assert status == 0
    assert list(printed) == KEYS
    assert printed == {
        "file": "名册.xlsx",
        "rows": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "errors": [],
        "warnings": [],
        "applied": False,
    }
    assert not RosterImport.objects.exists()
    assert not StudentRecord.objects.exists()


def test_apply_then_apply_again(school: School, tmp_path: Path) -> None:
    path = _file(tmp_path, csv_of(person(1), person(2)))

    first = _json(path, "--school", school.code, "--apply")
    second = _json(path, "--school", school.code, "--apply")

    assert (first[0], first[1]["created"], first[1]["applied"]) == (0, 2, True)
    assert (second[0], second[1]["created"], second[1]["updated"]) == (0, 0, 0)
    assert (second[1]["unchanged"], second[1]["applied"]) == (2, True)


@pytest.mark.parametrize("options", [(), ("--apply",)])
def test_errors_stop_the_file(school: School, tmp_path: Path, options: tuple[str, ...]) -> None:
    path = _file(tmp_path, csv_of(person(1), person(2, 姓名="")))

    status, printed = _json(path, "--school", school.code, *options)

    assert status == 1
    assert (printed["created"], printed["skipped"], printed["applied"]) == (1, 0, False)
    (error,) = printed["errors"]
    assert list(error) == ["row", "column", "code", "message"]
    assert (error["row"], error["column"], error["code"]) == (3, "姓名", "missing_name")
    assert not StudentRecord.objects.exists()


def test_skip_bad_lists_errors_and_goes_on(school: School, tmp_path: Path) -> None:
    path = _file(tmp_path, csv_of(person(1), person(2, 姓名="")))

    status, printed = _json(path, "--school", school.code, "--apply", "--skip-bad")

    assert status == 0
    assert (printed["created"], printed["skipped"], printed["applied"]) == (1, 1, True)
    assert [error["row"] for error in printed["errors"]] == [3]
    assert StudentRecord.objects.count() == 1


def test_dry_run_and_apply_say_the_same(school: School, tmp_path: Path) -> None:
    rows = [person(1), person(1, 民族="回族"), person(2), person(2), person(3, 出生日期="18991231")]
    path = _file(tmp_path, csv_of(*rows, headers=[*HEADERS, "备用"]))

    dry = _json(path, "--school", school.code, "--skip-bad")[1]
    real = _json(path, "--school", school.code, "--skip-bad", "--apply")[1]

    kept = {name: real.pop(name) for name in ("roster", "missing", "near")}
    assert kept == {"roster": RosterImport.objects.get().pk, "missing": 0, "near": []}
    assert real == dry | {"applied": True}
    assert (dry["created"], dry["skipped"], len(dry["errors"])) == (2, 3, 2)
    assert [row["row"] for row in dry["warnings"]] == sorted(row["row"] for row in dry["warnings"])


def test_file_without_school_column_needs_the_option(school: School, tmp_path: Path) -> None:
    status, printed = _json(_file(tmp_path, csv_of(person(1))))

    assert status == 1
    assert printed["errors"][0]["code"] == "missing_school"


@pytest.mark.parametrize("options", [(), ("--apply",)])
@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"a,b\n1,2\n"])
def test_unreadable_file_exits_with_2(
    school: School, tmp_path: Path, data: bytes, options: tuple[str, ...]
) -> None:
    status, printed = _json(_file(tmp_path, data), "--school", school.code, *options)

    assert status == 2
    assert list(printed) == KEYS
    assert [error["code"] for error in printed["errors"]] == ["unreadable_file"]


def test_absent_file_and_unknown_school_exit_with_2(school: School, tmp_path: Path) -> None:
    assert _json(tmp_path / "nothing.csv")[0] == 2
    assert _json(_file(tmp_path, csv_of(person(1))), "--school", "00000")[0] == 2


def test_words_for_people(school: School, tmp_path: Path) -> None:
    path = _file(tmp_path, csv_of(person(1)))

    dry = _run(path, "--school", school.code)[1]
    real = _run(path, "--school", school.code, "--apply")[1]

    assert "新增 1，更新 0，无变化 0，跳过 0；错误 0 处，提醒 0 处。" in dry
    assert "什么也没有写入" in dry
    assert "已导入。" in real


def test_create_school_once(db: None) -> None:
    out = io.StringIO()
    call_command(
        "create_school", "99998", "远山大学云岭学院", "--demo", "--binding-fact=NONE", stdout=out
    )

    made = School.objects.get()
    assert (made.code, made.name, made.binding_fact, made.is_demo) == (
        "99998",
        "远山大学云岭学院",
        "NONE",
        True,
    )
    with pytest.raises(CommandError, match="已经有"):
        call_command("create_school", "99998", "别的名称", stdout=out)
    with pytest.raises(CommandError, match="数字"):
        call_command("create_school", "远山", "远山大学", stdout=out)


def test_complete_roster_marks_who_lacks(school: School, tmp_path: Path) -> None:
    _run(_file(tmp_path, csv_of(person(1), person(2))), "--school", school.code, "--apply")
    path = _file(tmp_path, csv_of(person(1)), "完整.csv")
    complete = ("--school", school.code, "--complete", "grade", "--grade", "2022")

    status, found = _json(path, *complete, "--apply")

    assert (status, found["missing"], found["applied"]) == (0, 1, True)
    missing = StudentRecord.objects.filter(missing_at__isnull=False)
    assert list(missing.values_list("student_no", flat=True)) == [person(2)["学号"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--complete", "grade", "--grade", "2022"), "--keep"),
        (("--complete", "grade", "--keep"), "哪个年级"),
        (("--complete", "class", "--class", "没有的班", "--keep"), "没有叫"),
        (("--grade", "2022", "--keep"), "不填年级"),
    ],
)
def test_claim_that_does_not_fit_is_refused(
    options: tuple[str, ...], said: str, school: School, tmp_path: Path
) -> None:
    path = _file(tmp_path, csv_of(person(1)))

    with pytest.raises(CommandError, match=said):
        call_command("import_roster", str(path), "--school", school.code, *options)
    assert not RosterImport.objects.exists()


def near_file(folder: Path) -> Path:
    """The person of row 1 again, under another student number."""
    return _file(folder, csv_of(person(1, 学号="2022990001")), "相近.csv")


def test_kept_roster_lists_near_matches_and_waits(school: School, tmp_path: Path) -> None:
    _run(_file(tmp_path, csv_of(person(1))), "--school", school.code, "--apply")

    status, printed = _run(near_file(tmp_path), "--school", school.code, "--keep")

    assert status == 0
    assert f"疑似同一人　第 2 行　已有学号 {person(1)['学号']}" in printed
    assert person(1)["证件号码"] not in printed
    assert f"编号 {RosterImport.objects.latest('pk').pk}" in printed
    assert StudentRecord.objects.count() == 1


@pytest.mark.parametrize(("more", "records"), [((), 2), (("--leave-undecided",), 1)])
def test_undecided_rows_are_made_or_left(
    more: tuple[str, ...], records: int, school: School, tmp_path: Path
) -> None:
    _run(_file(tmp_path, csv_of(person(1))), "--school", school.code, "--apply")

    status, found = _json(near_file(tmp_path), "--school", school.code, "--apply", *more)

    assert (status, len(found["near"])) == (0, 1)
    assert StudentRecord.objects.count() == records


def test_roster_of_the_desk_is_taken_back(school: School) -> None:
    roster = applied(csv_of(person(1)), school=school)
    out = io.StringIO()

    call_command("undo_roster", str(roster.pk), "--reason", "导错了", stdout=out)

    assert "已撤销 1 行" in out.getvalue()
    assert not StudentRecord.objects.exists()
    with pytest.raises(CommandError, match="只有已导入"):
        call_command("undo_roster", str(roster.pk), "--reason", "再一次")


def test_later_work_is_told_and_kept(school: School) -> None:
    roster = applied(csv_of(person(1), person(2)), school=school)
    applied(csv_of(person(1, 民族="回族")), school=school, now=NOW + timedelta(hours=1))
    out = io.StringIO()

    with pytest.raises(CommandError, match="没有撤销"):
        call_command("undo_roster", str(roster.pk), "--reason", "导错了", stdout=out)
    assert person(1)["学号"] in out.getvalue()
    call_command("undo_roster", str(roster.pk), "--reason", "导错了", "--keep-later-work")

    assert StudentRecord.objects.get().student_no == person(1)["学号"]


def test_two_people_also_from_the_command_line(school: School, tmp_path: Path) -> None:
    _run(_file(tmp_path, csv_of(person(1))), "--school", school.code, "--apply")

    with pytest.raises(CommandError, match="两人原则"):
        call_command("undo_roster", str(RosterImport.objects.get().pk), "--reason", "导错了")
    with pytest.raises(CommandError, match="没有编号"):
        call_command("undo_roster", "999999", "--reason", "导错了")
