"""Read the optional list that comes with photos: file name, numbers, name, date."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from enrollment.importers.tables import LostDigits, TableRow, UnreadableTableError, read_table
from imaging.importers.names import plain_path

__all__ = [
    "Manifest",
    "ManifestFinding",
    "ManifestRow",
    "UnreadableManifestError",
    "parse_manifest",
]

_HEADERS: dict[str, str] = {
    **dict.fromkeys(
        ("文件名", "照片文件名", "图像文件名", "照片名称", "照片", "filename", "file"), "file_name"
    ),
    **dict.fromkeys(("学号", "xh"), "student_no"),
    **dict.fromkeys(
        ("证件号码", "证件号", "身份证号", "身份证号码", "sfzh", "zjhm"), "document_no"
    ),
    **dict.fromkeys(("考生号", "ksh"), "candidate_no"),
    **dict.fromkeys(("采集号", "采集序号", "采集编号", "图像采集号", "流水号"), "ticket"),
    **dict.fromkeys(("姓名", "xm"), "name"),
    **dict.fromkeys(("院校代码", "学校代码", "yxdm"), "school_code"),
    **dict.fromkeys(("拍摄日期", "采集日期", "拍照日期", "pzrq"), "taken_on"),
}
_TITLES = {
    "student_no": "学号",
    "document_no": "证件号码",
    "candidate_no": "考生号",
    "ticket": "采集号",
}
# A title and a remark may stand above the header.
_HEADER_WITHIN = 5
# An archive holds 50,000 files at most.
_MOST_LINES = 100_000
_DATE = re.compile(r"(\d{4})(?:[-/.年])?(\d{1,2})(?:[-/.月])?(\d{1,2})日?(?:[ T].*)?")


class ManifestFinding(NamedTuple):
    """One remark on one row of the list; `line` counts the first line of the file as 1."""

    line: int
    column: str
    code: str
    message: str


class UnreadableManifestError(Exception):
    """The file is no photo list; the message says what is missing."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """What the list says about one file."""

    line: int
    file_name: str
    student_no: str = ""
    document_no: str = ""
    candidate_no: str = ""
    ticket: str = ""
    name: str = ""
    school_code: str = ""
    taken_on: date | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The rows of a list by the file that they speak of."""

    rows: tuple[ManifestRow, ...]
    findings: tuple[ManifestFinding, ...] = ()
    _by_name: Mapping[str, ManifestRow] = field(default_factory=dict, repr=False)

    def find(self, path: str) -> ManifestRow | None:
        """Return the row for a file: by its path, else its name, else its name without suffix."""
        if not self._by_name:
            return None
        for name in _spellings(path):
            if row := self._by_name.get(name):
                return row
        return None

    def unused(self, paths: Iterable[str]) -> list[ManifestRow]:
        """Return the rows whose file is not among the paths."""
        present = {name for path in paths for name in _spellings(path)}
        return [row for row in self.rows if _file_key(row.file_name) not in present]


def parse_manifest(data: BinaryIO | bytes, filename: str) -> Manifest:
    """Read a CSV or XLSX list with a column 文件名 and at least one column of numbers.

    Columns in any order; unknown ones are passed over. A file that is listed twice with different
    content is dropped from the list, so that no row decides by chance.
    """
    try:
        lines = iter(_whole(read_table(data, filename)))
        columns = _find_header(lines)
        raw_rows = [_read_row(line, columns) for line in lines if any(line.cells)]
    except UnreadableTableError as error:
        raise UnreadableManifestError("unreadable_table", str(error)) from error
    findings = [finding for _, row_findings in raw_rows for finding in row_findings]
    by_name: dict[str, ManifestRow] = {}
    contradicted: set[str] = set()
    for row, _ in raw_rows:
        key = _file_key(row.file_name)
        if not key:
            continue
        first = by_name.setdefault(key, row)
        if not _same_content(first, row):
            contradicted.add(key)
            message = f"“{row.file_name}”在第 {first.line} 行和第 {row.line} 行各有一条，内容不同，都不采用。"
            findings.append(ManifestFinding(row.line, "文件名", "duplicate_file", message))
    kept = {key: row for key, row in by_name.items() if key not in contradicted}
    return Manifest(tuple(kept.values()), tuple(findings), kept)


def _whole(table: Iterator[TableRow]) -> list[TableRow]:
    """The rows to their end at once: a table that is given up half-way keeps its file open."""
    lines: list[TableRow] = []
    for line in table:
        if len(lines) == _MOST_LINES:
            raise UnreadableTableError(f"照片清单最多 {_MOST_LINES} 行，请删去空行再导入。")
        lines.append(line)
    return lines


def _find_header(lines: Iterator[TableRow]) -> dict[int, str]:
    for _, line in zip(range(_HEADER_WITHIN), lines, strict=False):
        columns: dict[int, str] = {}
        for index, cell in enumerate(line.cells):
            name = _HEADERS.get(_plain_header(cell))
            if name and name not in columns.values():
                columns[index] = name
        if "file_name" not in columns.values():
            continue
        if not set(_TITLES) & set(columns.values()):
            raise UnreadableManifestError(
                "no_number_column",
                f"照片清单里没有号码列，请加上{'、'.join(_TITLES.values())}之一。",
            )
        return columns
    raise UnreadableManifestError(
        "no_file_column", "照片清单里没有“文件名”列，请在第一行写明各列的名称。"
    )


def _plain_header(cell: str) -> str:
    return re.sub(r"[\s*_()（）]", "", unicodedata.normalize("NFKC", cell)).casefold()


def _read_row(line: TableRow, columns: dict[int, str]) -> tuple[ManifestRow, list[ManifestFinding]]:
    cells = {name: line.cells[at] for at, name in columns.items() if at < len(line.cells)}
    findings: list[ManifestFinding] = []
    for name, title in _TITLES.items():
        if isinstance(cells.get(name), LostDigits):
            message = f"{title}是数字格式，后几位已丢失，请把这一列设为文本后重新填写。"
            findings.append(ManifestFinding(line.line, title, "lost_digits", message))
            cells[name] = ""
    if not cells.get("file_name"):
        findings.append(
            ManifestFinding(line.line, "文件名", "no_file_name", "没有文件名，这一行不采用。")
        )
    taken_text = cells.pop("taken_on", "")
    taken_on = _date_of(taken_text)
    if taken_text and taken_on is None:
        message = f"“{taken_text}”不是日期，请写成 2025-03-31 的样子。"
        findings.append(ManifestFinding(line.line, "拍摄日期", "unreadable_date", message))
    texts = {name: str(value).strip() for name, value in cells.items()}
    return ManifestRow(line.line, taken_on=taken_on, **texts), findings


def _date_of(text: str) -> date | None:
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def _same_content(one: ManifestRow, other: ManifestRow) -> bool:
    return _content(one) == _content(other)


def _content(row: ManifestRow) -> tuple[object, ...]:
    numbers = (row.student_no, row.document_no, row.candidate_no, row.ticket)
    return (*numbers, row.name, row.school_code, row.taken_on)


def _file_key(file_name: str) -> str:
    return unicodedata.normalize("NFC", plain_path(file_name)).casefold()


def _spellings(path: str) -> Iterator[str]:
    whole = _file_key(path)
    name = PurePosixPath(whole)
    yield whole
    yield name.name
    yield name.stem
