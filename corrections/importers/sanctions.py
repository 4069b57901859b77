"""Read the list of sanctions: student number, kind, document number, day, perhaps the day it was lifted. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final, NamedTuple

from corrections.importers.audit_results import plain
from corrections.states.graduation import SanctionKind
from enrollment.importers.cells import has_lost_digits
from enrollment.importers.dates import parse_date
from enrollment.importers.tables import TableRow, UnreadableTableError

__all__ = ["MOST_ROWS", "SanctionEntry", "parse_sanctions"]

MOST_ROWS: Final = 2_000
_HEADER_WITHIN: Final = 10
_HEADERS: Final[dict[str, str]] = {
    **dict.fromkeys(("学号", "XH", "学生学号"), "student_no"),
    **dict.fromkeys(("姓名", "XM", "学生姓名"), "name"),
    **dict.fromkeys(("处分", "处分种类", "处分类别", "处分等级"), "kind"),
    **dict.fromkeys(("文号", "处分文号", "决定书编号"), "document_no"),
    **dict.fromkeys(("处分日期", "处分时间", "生效日期"), "imposed"),
    **dict.fromkeys(("解除日期", "解除时间"), "lifted"),
    **dict.fromkeys(("事由", "处分事由", "处分原因"), "reason"),
}
_NEEDED: Final = frozenset({"student_no", "kind", "document_no", "imposed"})
_KINDS: Final = {plain(kind.label): kind for kind in SanctionKind}
_LONGEST: Final = {"student_no": 50, "document_no": 60, "reason": 1_000}


class SanctionEntry(NamedTuple):
    """One row; `problem` says why it cannot be used, empty where it can."""

    row_no: int
    student_no: str
    name: str
    kind: SanctionKind | None
    document_no: str
    imposed: date | None
    lifted: date | None
    reason: str
    problem: str


def parse_sanctions(rows: Iterable[TableRow]) -> Iterator[SanctionEntry]:
    """Yield the rows; UnreadableTableError without the columns that are needed, or with too many rows."""
    source = iter(rows)
    columns = _find_header(source)
    count = 0
    for row in source:
        cells = {
            field: row.cells[at]
            for at, field in columns.items()
            if at < len(row.cells) and row.cells[at]
        }
        if not cells:
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableTableError(f"一次最多 {MOST_ROWS} 行，请拆成几份再上传。")
        yield _entry(row.line, cells)


def _find_header(rows: Iterator[TableRow]) -> dict[int, str]:
    for number, row in enumerate(rows):
        found: dict[int, str] = {}
        for at, cell in enumerate(row.cells):
            field = _HEADERS.get(plain(cell))
            if field is not None and field not in found.values():
                found[at] = field
        if set(found.values()) >= _NEEDED:
            return found
        if number + 1 >= _HEADER_WITHIN:
            break
    raise UnreadableTableError(
        "找不到表头。表里要有“学号”“处分”“文号”“处分日期”四列，“解除日期”“事由”“姓名”可以一起给。"
    )


def _entry(line: int, cells: dict[str, str]) -> SanctionEntry:
    number = cells.get("student_no", "")
    imposed, lifted = parse_date(cells.get("imposed", "")), parse_date(cells.get("lifted", ""))
    kind = _KINDS.get(plain(cells.get("kind", "")))
    found = {
        "没写学号。": not number,
        "学号被表格软件变成了数字，末几位丢了；把这一列设成文本再填。": has_lost_digits(number),
        "有一格太长，请检查是不是填错了列。": any(
            len(cells.get(field, "")) > most for field, most in _LONGEST.items()
        ),
        f"处分看不懂，写成：{'、'.join(SanctionKind.labels)}。": kind is None,
        "没写文号。": not cells.get("document_no"),
        "处分日期看不懂，写成 2025-03-01 的样子。": imposed.day is None,
        "解除日期看不懂，写成 2025-03-01 的样子。": not lifted.is_readable,
        "解除日期早于处分日期。": bool(lifted.day and imposed.day and lifted.day < imposed.day),
    }
    return SanctionEntry(
        row_no=line,
        student_no=str(number)[: _LONGEST["student_no"]],
        name=str(cells.get("name", "")),
        kind=kind,
        document_no=str(cells.get("document_no", ""))[: _LONGEST["document_no"]],
        imposed=imposed.day,
        lifted=lifted.day,
        reason=str(cells.get("reason", ""))[: _LONGEST["reason"]],
        problem=next((said for said, holds in found.items() if holds), ""),
    )
