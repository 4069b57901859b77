"""The national platform's list with its status column (bz): whose row, which status, which certificate."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from enrollment.importers.cells import has_lost_digits
from enrollment.importers.certificates import plain_certificate_no
from enrollment.importers.dates import ParsedDate, parse_date
from enrollment.importers.statuses import parse_status
from enrollment.importers.tables import TableRow, UnreadableTableError
from enrollment.states import EnrollmentStatus

__all__ = ["MAX_ROWS", "PlatformEntry", "parse_platform"]

MAX_ROWS = 30_000
_HEADER_WITHIN = 10
_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff*:_]+")
_NAMES: dict[str, tuple[str, ...]] = {
    "student_no": ("XH", "学号"),
    "document_no": ("SFZH", "证件号码", "身份证号", "身份证号码"),
    "name": ("XM", "姓名"),
    "status": ("BZ", "备注", "状态", "学籍状态", "注册状态", "毕结业结论", "毕(结)业结论", "结论"),
    "certificate_no": ("ZSBH", "证书编号", "毕业证书编号", "毕(结)业证书编号"),
    "conferred": ("BYRQ", "毕业日期", "毕结业日期", "毕(结)业日期", "毕(结、肄)业日期"),
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}


class PlatformEntry(NamedTuple):
    """One row of the list as text, with status and day read."""

    row_no: int
    student_no: str
    document_no: str
    name: str
    status_text: str
    status: EnrollmentStatus | None
    certificate_no: str
    conferred: ParsedDate
    is_damaged: bool  # a number was turned into a figure and has lost its last digits


def parse_platform(rows: Iterable[TableRow]) -> Iterator[PlatformEntry]:
    """Yield the rows; UnreadableTableError when a needed column is missing or there are too many."""
    source = iter(rows)
    columns = _find_header(source)
    count = 0
    for row in source:
        cells = {
            field: row.cells[index] for index, field in columns.items() if index < len(row.cells)
        }
        if not any(cells.values()):
            continue
        count += 1
        if count > MAX_ROWS:
            raise UnreadableTableError(f"一份名单最多 {MAX_ROWS} 行，请拆成几份再上传。")
        yield _entry(row.line, cells)


def _plain(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _find_header(rows: Iterator[TableRow]) -> dict[int, str]:
    for number, row in enumerate(rows):
        found: dict[int, str] = {}
        for index, cell in enumerate(row.cells):
            field = _FIELD_OF.get(_plain(cell))
            if field is not None and field not in found.values():
                found[index] = field
        if "status" in found.values() and {"student_no", "document_no"} & set(found.values()):
            return found
        if number + 1 >= _HEADER_WITHIN:
            break
    raise UnreadableTableError(
        "找不到要的列：学号（XH）或证件号码（SFZH），还有状态（BZ）。请用平台下载的名单，不要改列名。"
    )


def _entry(row_no: int, cells: dict[str, str]) -> PlatformEntry:
    numbers = [cells.get(name, "") for name in ("student_no", "document_no", "certificate_no")]
    text = str(cells.get("status", ""))
    return PlatformEntry(
        row_no=row_no,
        student_no=str(numbers[0]),
        document_no=str(numbers[1]),
        name=str(cells.get("name", "")),
        status_text=text,
        status=parse_status(text) if text else None,
        certificate_no=plain_certificate_no(str(numbers[2])),
        conferred=parse_date(cells.get("conferred", "")),
        is_damaged=any(has_lost_digits(number) for number in numbers),
    )
