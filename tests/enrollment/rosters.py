"""Roster files for the tests of importing: rows of people who cannot exist, as real bytes."""

import io
from datetime import UTC, date, datetime, timedelta

from common.actors import System
from enrollment.models import RosterImport, School
from enrollment.services.roster import PART, Claim, apply_roster, stage_roster, upload_roster
from enrollment.states import ImportState
from tests.enrollment.importers.files import csv_bytes
from tests.factories.people import make_number

REGISTRAR = System("李老师")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

HEADERS = [
    "考生号",
    "学号",
    "姓名",
    "性别",
    "出生日期",
    "证件类型",
    "证件号码",
    "民族",
    "专业代码",
    "专业名称",
    "层次",
    "学制",
    "学习形式",
    "入学日期",
    "学院",
    "班级",
    "预计毕业日期",
    "辅导员",
    "学籍状态",
]


def person(serial: int, **changes: str) -> dict[str, str]:
    """One row by header; the serial makes number, student number and candidate number."""
    birth = date(1880, 1, 1) + timedelta(days=serial // 500)
    row = {
        "考生号": f"22990101{serial:06d}",
        "学号": f"2022{serial:06d}",
        "姓名": "沈若溪",
        "性别": "女" if serial % 2 == 0 else "男",
        "出生日期": birth.isoformat(),
        "证件类型": "居民身份证",
        "证件号码": make_number(serial % 500, birth=f"{birth:%Y%m%d}"),
        "民族": "汉族",
        "专业代码": "050101",
        "专业名称": "汉语言文学",
        "层次": "本科",
        "学制": "4",
        "学习形式": "普通全日制",
        "入学日期": "20220901",
        "学院": "人文学院",
        "班级": "汉语言文学 2201 班",
        "预计毕业日期": "20260630",
        "辅导员": "陈老师",
        "学籍状态": "在籍（注册学籍）",
    }
    return row | changes


def table(*rows: dict[str, str], headers: list[str] | None = None) -> list[list[str]]:
    """Header and rows; absent cells are empty."""
    names = headers or HEADERS
    return [names, *([row.get(name, "") for name in names] for row in rows)]


def csv_of(*rows: dict[str, str], headers: list[str] | None = None) -> bytes:
    """The rows as CSV."""
    return csv_bytes(table(*rows, headers=headers))


def upload(
    data: bytes,
    name: str = "名册.csv",
    *,
    school: School | None = None,
    skip_bad: bool = False,
    now: datetime = NOW,
    claim: Claim = PART,
) -> RosterImport:
    """An import that was handed in."""
    return upload_roster(
        file=io.BytesIO(data),
        file_name=name,
        school=school,
        skip_bad=skip_bad,
        actor=REGISTRAR,
        now=now,
        claim=claim,
    )


def staged(
    data: bytes,
    name: str = "名册.csv",
    *,
    school: School | None = None,
    skip_bad: bool = False,
    now: datetime = NOW,
    claim: Claim = PART,
) -> RosterImport:
    """An import that was handed in and checked."""
    roster = upload(data, name, school=school, skip_bad=skip_bad, now=now, claim=claim)
    return stage_roster(roster=roster, actor=REGISTRAR, now=now)


def applied(
    data: bytes,
    name: str = "名册.csv",
    *,
    school: School | None = None,
    skip_bad: bool = False,
    now: datetime = NOW,
    claim: Claim = PART,
) -> RosterImport:
    """An import that went all the way."""
    roster = staged(data, name, school=school, skip_bad=skip_bad, now=now, claim=claim)
    assert roster.state == ImportState.STAGED, list(roster.findings.values_list("message"))
    return apply_roster(roster=roster, actor=REGISTRAR, now=now)


def counts(roster: RosterImport) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, skipped."""
    return (
        roster.created_count,
        roster.updated_count,
        roster.unchanged_count,
        roster.skipped_count,
    )
