"""Read the province's answers: case, conclusion, document, words. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from corrections.states.province import Verdict
from enrollment.importers.tables import TableRow, UnreadableTableError

__all__ = ["MOST_ROWS", "AnsweredRow", "parse_answers"]

MOST_ROWS: Final = 500
_NAMES: Final = {
    "单号": "case_no",
    "勘误单号": "case_no",
    "学号": "student_no",
    "更正后内容": "values",
    "结论": "verdict",
    "批复文号": "document_no",
    "同意的字段": "agreed",
    "说明": "text",
}
_VERDICTS: Final[dict[str, Verdict]] = {
    **{verdict.label: verdict for verdict in Verdict},
    "批准": Verdict.APPROVED,
    "通过": Verdict.APPROVED,
    "部分批准": Verdict.PARTLY,
    "不批准": Verdict.REFUSED,
    "不通过": Verdict.REFUSED,
}
_BLANKS: Final = re.compile("[\\s\u200b-\u200f\u2060\ufeff*:_]+")
_HEADER_WITHIN: Final = 10


class AnsweredRow(NamedTuple):
    """One line; `problem` says why it cannot be used, empty where it can."""

    row_no: int
    case_no: str
    student_no: str
    values: str
    verdict: Verdict | None
    document_no: str
    agreed: tuple[str, ...]
    text: str
    problem: str


def parse_answers(rows: Iterable[TableRow]) -> Iterator[AnsweredRow]:
    """Yield the lines; UnreadableTableError without the needed columns, or with too many lines."""
    source = iter(rows)
    columns = _find_header(source)
    count = 0
    for row in source:
        cells = {name: str(row.cells[at]) for at, name in columns.items() if at < len(row.cells)}
        if not any(cells.values()):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableTableError(f"一次最多 {MOST_ROWS} 行，请拆成几份再上传。")
        yield _row(row.line, cells)


def _find_header(rows: Iterator[TableRow]) -> dict[int, str]:
    for number, row in enumerate(rows):
        found: dict[int, str] = {}
        for at, cell in enumerate(row.cells):
            name = _NAMES.get(_plain(cell))
            if name is not None and name not in found.values():
                found[at] = name
        if {"case_no", "verdict"} <= set(found.values()):
            return found
        if number + 1 >= _HEADER_WITHIN:
            break
    raise UnreadableTableError("找不到表头。请用数据包里的“批复.xlsx”填，要有“单号”和“结论”两列。")


def _row(line: int, cells: dict[str, str]) -> AnsweredRow:
    said = _plain(cells.get("verdict", ""))
    verdict = _VERDICTS.get(said)
    agreed = tuple(filter(None, re.split(r"[、，,；;\s]+", cells.get("agreed", ""))))
    row = AnsweredRow(
        row_no=line,
        case_no=cells.get("case_no", "")[:30],
        student_no=cells.get("student_no", ""),
        values=cells.get("values", ""),
        verdict=verdict,
        document_no=cells.get("document_no", "")[:100],
        agreed=agreed,
        text=cells.get("text", "")[:1_000],
        problem="",
    )
    return row._replace(problem=_problem(row, said))


def _problem(row: AnsweredRow, said: str) -> str:
    known = "、".join(Verdict.labels)
    found = {
        "没写单号。": not row.case_no,
        f"“{said[:20]}”看不懂，结论写成：{known}。": bool(said) and row.verdict is None,
        "同意的要写批复文号。": row.verdict in {Verdict.APPROVED, Verdict.PARTLY}
        and not row.document_no,
        "部分同意的要写同意哪些字段。": row.verdict == Verdict.PARTLY and not row.agreed,
        "没有全部同意的，要在“说明”里写原因。": row.verdict in {Verdict.PARTLY, Verdict.REFUSED}
        and not row.text,
    }
    return next((words for words, holds in found.items() if holds), "")


def _plain(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text))
