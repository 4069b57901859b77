"""A list of people with roles: counsellors, monitors, secretaries, leaders, office staff, students."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from enrollment.importers.cells import TableRow, UnreadableTableError, has_lost_digits
from enrollment.importers.dates import parse_date
from enrollment.states import ListedRole

__all__ = ["MAX_ROWS", "ListedPerson", "parse_people"]

MAX_ROWS = 5_000
_HEADER_WITHIN = 10
_HEADER_NAMES = 2
_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff*:_]+")

_NAMES: dict[str, tuple[str, ...]] = {
    "name": ("姓名", "教师姓名", "辅导员姓名", "学生姓名"),
    "role": ("角色", "职务", "身份", "岗位"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "EMAIL", "E-MAIL"),
    "phone": ("手机", "手机号", "手机号码", "联系电话", "电话"),
    "school": ("院校代码", "学校代码", "学校", "院校", "院校名称", "学校名称"),
    "college": ("学院", "所在学院", "学院名称", "院系", "二级学院"),
    "grade": ("年级", "所在年级", "入学年级"),
    "class_name": ("班级", "班级名称", "行政班", "所带班级"),
    "student_no": ("学号",),
    "starts_on": ("起", "开始日期", "任职开始", "起始日期", "任职起"),
    "ends_on": ("止", "结束日期", "任职结束", "截止日期", "任职止"),
    "deputy": ("代理", "是否代理"),
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}

_ROLES: dict[str, ListedRole] = {
    **{role.label: role for role in ListedRole},
    "班主任": ListedRole.COUNSELLOR,
    "代理辅导员": ListedRole.COUNSELLOR,
    "学生班长": ListedRole.MONITOR,
    "秘书": ListedRole.COLLEGE_SECRETARY,
    "教务秘书": ListedRole.COLLEGE_SECRETARY,
    "教学副院长": ListedRole.COLLEGE_LEADER,
    "副院长": ListedRole.COLLEGE_LEADER,
    "院长": ListedRole.COLLEGE_LEADER,
    "教务": ListedRole.REGISTRAR,
    "审计员": ListedRole.AUDITOR,
}
_YES = frozenset({"是", "代理", "Y", "YES", "1", "TRUE", "√"})


class ListedPerson(NamedTuple):
    """One row as text, its role and dates read; `problem` says why it cannot be used."""

    row_no: int
    cells: dict[str, str]
    role: ListedRole | None
    starts_on: date | None
    ends_on: date | None
    is_deputy: bool
    problem: str

    def get(self, field: str) -> str:
        """A cell's text, empty where the file has none."""
        return self.cells.get(field, "")


def parse_people(rows: Iterable[TableRow]) -> Iterator[ListedPerson]:
    """Yield the people of a list; UnreadableTableError when it has no header or too many rows."""
    source = iter(rows)
    columns = _find_header(source)
    count = 0
    for row in source:
        cells = {
            field: row.cells[index]
            for index, field in columns.items()
            if index < len(row.cells) and row.cells[index]
        }
        if not cells:
            continue
        count += 1
        if count > MAX_ROWS:
            raise UnreadableTableError(f"一份名单最多 {MAX_ROWS} 行，请拆成几份再上传。")
        yield _person(row.line, cells)


def _plain(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _find_header(rows: Iterator[TableRow]) -> dict[int, str]:
    for number, row in enumerate(rows):
        found: dict[int, str] = {}
        for index, cell in enumerate(row.cells):
            field = _FIELD_OF.get(_plain(cell))
            if field is not None and field not in found.values():
                found[index] = field
        if len(found) >= _HEADER_NAMES:
            if "name" not in found.values():
                raise UnreadableTableError("名单里没有“姓名”一列，补上再上传。")
            return found
        if number + 1 >= _HEADER_WITHIN:
            break
    raise UnreadableTableError(
        "找不到表头。名单要有这些列：姓名、角色、邮箱或手机号，再按角色写学院、班级或学号。"
    )


def _person(row_no: int, cells: dict[str, str]) -> ListedPerson:
    text = _plain(cells.get("role", ""))
    role = _ROLES.get(text)
    problems = []
    if role is None:
        known = "、".join(ListedRole.labels)
        problems.append(f"角色写成其中一个：{known}。" if text else "没写角色。")
    starts = parse_date(cells.get("starts_on", ""))
    ends = parse_date(cells.get("ends_on", ""))
    if not (starts.is_readable and ends.is_readable):
        problems.append("日期写成 2026-09-01 或 20260901。")
    if any(has_lost_digits(cells.get(field, "")) for field in ("phone", "student_no")):
        problems.append("手机号或学号被表格软件变成了数字，末几位丢了；把这一列设成文本再填。")
    return ListedPerson(
        row_no=row_no,
        cells={field: str(cell) for field, cell in cells.items()},
        role=role,
        starts_on=starts.day,
        ends_on=ends.day,
        is_deputy=_plain(cells.get("deputy", "")) in _YES or text == "代理辅导员",
        problem="".join(problems),
    )
