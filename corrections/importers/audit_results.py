"""Read a list of audit results: a column for the student number and one for each item. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from common.spreadsheets import is_taken_mark
from corrections.states.graduation import ItemState
from enrollment.importers.cells import has_lost_digits
from enrollment.importers.tables import TableRow, UnreadableTableError

__all__ = ["MOST_ROWS", "ResultCell", "parse_results", "plain"]

MOST_ROWS: Final = 30_000
_HEADER_WITHIN: Final = 10
_BLANKS: Final = re.compile("[\\s\u200b-\u200f\u2060\ufeff*_]+")
_NUMBER: Final = frozenset({"学号", "XH", "学生学号"})
_NAME: Final = frozenset({"姓名", "XM", "学生姓名"})
_STATES: Final[dict[str, ItemState]] = {
    **dict.fromkeys(("达到", "合格", "通过", "是", "√", "Y", "已缴清", "及格"), ItemState.MET),
    **dict.fromkeys(
        ("没达到", "未达到", "不合格", "未通过", "不通过", "否", "×", "X", "N", "欠费", "不及格"),
        ItemState.NOT_MET,
    ),
    **dict.fromkeys(("待定", "未定", "?", "缓"), ItemState.OPEN),
}
_CELL: Final = re.compile(r"(?P<state>[^:(]+)(?:[:(](?P<note>.*?)\)?)?", re.DOTALL)
_LONGEST_NUMBER: Final = 50
_LONGEST_NOTE: Final = 100


class ResultCell(NamedTuple):
    """One cell below an item; `problem` says why it cannot be used, empty where it can."""

    row_no: int
    student_no: str
    name: str
    title: str
    state: ItemState | None
    note: str
    problem: str


def plain(text: str) -> str:
    """A heading or a word for comparing: width, blanks and case do not count."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def parse_results(rows: Iterable[TableRow], titles: Iterable[str]) -> Iterator[ResultCell]:
    """Yield the filled cells; UnreadableTableError without a number column and at least one known item."""
    source = iter(rows)
    columns = _find_header(source, {plain(title): title for title in titles})
    count = 0
    for row in source:
        cells = {
            field: row.cells[at]
            for at, field in columns.items()
            if at < len(row.cells) and row.cells[at]
        }
        if not cells or any(map(is_taken_mark, cells.values())):
            continue
        count += 1
        if count > MOST_ROWS:
            raise UnreadableTableError(f"一次最多 {MOST_ROWS} 行，请拆成几份再上传。")
        yield from _cells(row.line, cells)


def _find_header(rows: Iterator[TableRow], titles: Mapping[str, str]) -> dict[int, str]:
    for number, row in enumerate(rows):
        found: dict[int, str] = {}
        for at, cell in enumerate(row.cells):
            name = plain(cell)
            field = "#" if name in _NUMBER else "@" if name in _NAME else titles.get(name, "")
            if not field:
                continue
            if field in found.values():
                raise UnreadableTableError(f"表头里“{cell[:20]}”有两列，只留一列再上传。")
            found[at] = field
        if "#" in found.values():
            if not set(found.values()) - {"#", "@"}:
                break
            return found
        if number + 1 >= _HEADER_WITHIN:
            break
    known = "、".join(titles.values())
    raise UnreadableTableError(
        f"找不到表头。表里要有“学号”，和至少一个审核项目的列，列名照项目写：{known}。"
    )


def _cells(line: int, cells: dict[str, str]) -> Iterator[ResultCell]:
    number = cells.pop("#", "")
    name = str(cells.pop("@", ""))
    problem = _against(number)
    for title, said in cells.items():
        state, note, wrong = _state(said)
        yield ResultCell(
            row_no=line,
            student_no=str(number)[:_LONGEST_NUMBER],
            name=name,
            title=title,
            state=state,
            note=note,
            problem=problem or wrong,
        )
    if not cells and problem:
        yield ResultCell(line, str(number)[:_LONGEST_NUMBER], name, "", None, "", problem)


def _against(number: str) -> str:
    if not number:
        return "没写学号。"
    if has_lost_digits(number):
        return "学号被表格软件变成了数字，末几位丢了；把这一列设成文本再填。"
    if len(number) > _LONGEST_NUMBER:
        return "学号太长，请检查是不是填错了列。"
    return ""


def _state(said: str) -> tuple[ItemState | None, str, str]:
    """State and note of a cell such as 合格, 不合格（128/150 学分）, 达到：152/150."""
    match = _CELL.fullmatch(unicodedata.normalize("NFKC", said).strip())
    state = _STATES.get(plain(match["state"])) if match else None
    note = (match["note"] or "").strip() if match else ""
    if state is None:
        return None, "", f"“{said[:20]}”看不懂，写成：达到、没达到或待定，后面可以加括号说明。"
    if len(note) > _LONGEST_NOTE:
        return None, "", f"说明最多 {_LONGEST_NOTE} 个字。"
    return state, note, ""
