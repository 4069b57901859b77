"""The table that the national platform's staff get: columns, widths, and what does not fit.

Names, order and widths follow the upload table of a university's published list and the wider ones of a
provincial list (XH 18, ZYDM 8 because of suffixes such as 050101K). Widths count bytes of GBK.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from accounts.identity import DocumentType
from enrollment.models import StudentRecord
from imaging.documents.dbase import DbfField, UnfitError, as_gbk

__all__ = ["COLUMNS", "Column", "RegisterRow", "photo_name", "register_row"]

# The sector's code table SFZJLX. What has no code there is not called 其他: it is named and refused.
_DOCUMENT_CODES: Final = {
    DocumentType.RESIDENT_ID: "1",
    DocumentType.OFFICER_CARD: "2",
    DocumentType.SOLDIER_CARD: "3",
    DocumentType.CIVIL_CADRE: "4",
    DocumentType.RETIRED_MILITARY: "5",
    DocumentType.HK_ID: "6",
    DocumentType.MACAU_ID: "7",
    DocumentType.TAIWAN_PERMIT: "8",
    DocumentType.PASSPORT: "A",
    DocumentType.HOUSEHOLD: "B",
    DocumentType.OTHER: "Z",
}
_SEXES: Final = frozenset({"男", "女"})
# A photo's name must be the same file on every system.
_SAFE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its field name, what people call it, how many bytes it holds, where it comes from.

    A school's internal column (班级 and the like) may stay empty in the DBF when it is too long.
    """

    code: str
    label: str
    width: int
    of: Callable[[StudentRecord], str]
    is_required: bool = False
    is_internal: bool = False

    @property
    def field(self) -> DbfField:
        """The field of the DBF."""
        return DbfField(self.code, self.width)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A person's values as text, as the DBF holds them, and what stands in the way."""

    values: tuple[str, ...]
    dbf: tuple[str, ...]
    problems: tuple[str, ...] = ()
    shortened: tuple[str, ...] = ()  # internal columns that the DBF leaves empty

    @property
    def digest(self) -> str:
        """SHA-256 of the values: says later whether anything has changed."""
        content = json.dumps(self.values, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


def photo_name(student_no: str) -> str:
    """What the photo of this student is called in the archive."""
    return f"{student_no}.jpg"


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _years(record: StudentRecord) -> str:
    if record.duration_years is None:
        return ""
    return f"{float(record.duration_years):g}"


COLUMNS: Final[tuple[Column, ...]] = (
    Column(code="YXDM", label="院校代码", width=5, of=lambda r: r.school.code, is_required=True),
    Column(code="YXMC", label="院校名称", width=60, of=lambda r: r.school.name),
    Column(code="KSH", label="考生号", width=18, of=lambda r: r.candidate_no, is_required=True),
    Column(code="XH", label="学号", width=18, of=lambda r: r.student_no, is_required=True),
    Column(code="XM", label="姓名", width=40, of=lambda r: r.name, is_required=True),
    Column(code="XB", label="性别", width=2, of=lambda r: r.sex, is_required=True),
    Column(
        code="CSRQ", label="出生日期", width=8, of=lambda r: _day(r.birth_date), is_required=True
    ),
    Column(
        code="SFZJLX",
        label="证件类型",
        width=1,
        of=lambda r: _DOCUMENT_CODES.get(DocumentType(r.id_type), ""),
    ),
    Column(code="SFZH", label="证件号码", width=18, of=lambda r: r.id_number, is_required=True),
    Column(code="ZZMM", label="政治面貌", width=16, of=lambda r: r.political_status),
    Column(code="MZ", label="民族", width=24, of=lambda r: r.ethnicity),
    Column(code="ZYDM", label="专业代码", width=8, of=lambda r: r.major.code if r.major else ""),
    Column(code="ZYMC", label="专业名称", width=50, of=lambda r: r.major_name, is_required=True),
    Column(code="CC", label="层次", width=12, of=lambda r: r.level, is_required=True),
    Column(code="XZ", label="学制", width=3, of=_years, is_required=True),
    Column(code="XXXS", label="学习形式", width=10, of=lambda r: r.study_mode, is_required=True),
    Column(
        code="RXRQ", label="入学日期", width=8, of=lambda r: _day(r.entry_date), is_required=True
    ),
    Column(
        code="FY",
        label="分院",
        width=24,
        of=lambda r: r.college.name if r.college else "",
        is_internal=True,
    ),
    Column(code="XSH", label="系所", width=24, of=lambda r: r.department, is_internal=True),
    Column(
        code="BH",
        label="班级",
        width=24,
        of=lambda r: r.class_group.name if r.class_group else "",
        is_internal=True,
    ),
    Column(
        code="YJBYRQ",
        label="预计毕业日期",
        width=8,
        of=lambda r: _day(r.expected_graduation_date),
    ),
    Column(code="ZPWJM", label="照片文件名", width=24, of=lambda r: photo_name(r.student_no)),
    Column(code="BZ", label="备注", width=60, of=lambda _r: ""),
)


def register_row(record: StudentRecord) -> RegisterRow:
    """The record as a row, with what must be mended first. Its relations are expected to be there."""
    values: list[str] = []
    dbf: list[str] = []
    problems: list[str] = []
    shortened: list[str] = []
    for column in COLUMNS:
        text = column.of(record).strip()
        problem = _problem(column, text, record)
        if problem and column.is_internal:
            shortened.append(column.label)
        elif problem:
            problems.append(problem)
        values.append(text)
        dbf.append("" if problem else text)
    return RegisterRow(
        values=tuple(values),
        dbf=tuple(dbf),
        problems=tuple(problems),
        shortened=tuple(shortened),
    )


def _problem(column: Column, text: str, record: StudentRecord) -> str:
    """What is wrong with one value, without the value itself; empty when nothing is."""
    if column.code == "SFZJLX" and not text:
        return f"证件类型“{record.get_id_type_display()}”在平台的代码表里没有代码"
    if not text:
        return f"缺{column.label}" if column.is_required else ""
    if column.code == "XB" and text not in _SEXES:
        return "性别要写成“男”或“女”"
    if column.code == "XH" and not _SAFE.fullmatch(text):
        return "学号里有字母、数字以外的字符，不能作照片的文件名"
    return _misfit(column, text)


def _misfit(column: Column, text: str) -> str:
    try:
        as_gbk(text, column.width)
    except UnfitError as error:
        if error.character:
            return f"{column.label}里有 GBK 里没有的字（{_code_point(error.character)}）"
        return f"{column.label}有 {error.size} 个字节，平台的表最多 {column.width} 个"
    return ""


def _code_point(character: str) -> str:
    shown = f"{character} " if character.isprintable() else ""
    return f"{shown}U+{ord(character):04X}"
