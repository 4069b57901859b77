"""Read the list of comparison results: student number, result, perhaps a name to check it by. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from enrollment.importers.cells import has_lost_digits
from enrollment.importers.tables import TableRow, UnreadableTableError
from imaging.states.review import ComparisonResult

__all__ = ["MOST_ROWS", "ComparedRow", "parse_comparison"]

# A school has a dozen cases a year, a large one a hundred; they are opened while somebody waits.
MOST_ROWS: Final = 500
_HEADER_WITHIN: Final = 10
_BLANKS: Final = re.compile("[\\s\u200b-\u200f\u2060\ufeff*:_]+")
_HEADERS: Final[dict[str, str]] = {
    **dict.fromkeys(("学号", "XH", "学生学号"), "student_no"),
    **dict.fromkeys(("姓名", "XM", "学生姓名"), "name"),
    **dict.fromkeys(("院校代码", "YXDM", "学校代码"), "school_code"),
    **dict.fromkeys(("比对结果", "人像比对结果", "比对结论", "复核结果", "结果", "BDJG"), "result"),
}
_RESULTS: Final[dict[str, ComparisonResult]] = {
    **{result.label: result for result in ComparisonResult},
    "不通过": ComparisonResult.NOT_PASSED,
    "比对未通过": ComparisonResult.NOT_PASSED,
    "比对不通过": ComparisonResult.NOT_PASSED,
    "无法确定": ComparisonResult.UNCERTAIN,
    "比对异常": ComparisonResult.ABNORMAL,
    "比对通过": ComparisonResult.PASSED,
    "一致": ComparisonResult.PASSED,
}
_LONGEST_NUMBER: Final = 50


class ComparedRow(NamedTuple):
    """One row; `problem` says why it cannot be used, empty where it can."""

    row_no: int
    student_no: str
    name: str
    school_code: str
    result: ComparisonResult | None
    problem: str


def parse_comparison(rows: Iterable[TableRow]) -> Iterator[ComparedRow]:
    """Yield the rows; UnreadableTableError without the two columns that are needed, or with too many rows."""
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
        yield _row(row.line, cells)


def _find_header(rows: Iterator[TableRow]) -> dict[int, str]:
    for number, row in enumerate(rows):
        found: dict[int, str] = {}
        for at, cell in enumerate(row.cells):
            field = _HEADERS.get(_plain(cell))
            if field is not None and field not in found.values():
                found[at] = field
        if {"student_no", "result"} <= set(found.values()):
            return found
        if number + 1 >= _HEADER_WITHIN:
            break
    raise UnreadableTableError("找不到表头。表里要有“学号”和“比对结果”两列，“姓名”可以一起给。")


def _row(line: int, cells: dict[str, str]) -> ComparedRow:
    number = cells.get("student_no", "")
    said = cells.get("result", "")
    result = _RESULTS.get(_plain(said))
    return ComparedRow(
        row_no=line,
        student_no=str(number)[:_LONGEST_NUMBER],
        name=str(cells.get("name", "")),
        school_code=str(cells.get("school_code", "")),
        result=result,
        problem=_problem(number, said, result),
    )


def _problem(number: str, said: str, result: ComparisonResult | None) -> str:
    if not number:
        return "没写学号。"
    if has_lost_digits(number):
        return "学号被表格软件变成了数字，末几位丢了；把这一列设成文本再填。"
    if len(number) > _LONGEST_NUMBER:
        return "学号太长，请检查是不是填错了列。"
    if result is None:
        known = "、".join(ComparisonResult.labels)
        return f"“{said[:20]}”看不懂，结果写成：{known}。" if said else "没写比对结果。"
    return ""


def _plain(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()
