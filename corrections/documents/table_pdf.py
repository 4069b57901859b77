"""A table on A4, upright or lying: head and signatures on every page, text that fits its cell."""

from collections.abc import Callable
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm

from common.paper.fitting import fit_name, fit_text
from common.paper.fonts import printable_text, text_width
from common.paper.pen import Pen
from common.paper.watermark import draw_watermark
from corrections.documents.check_mark import CheckMark
from corrections.documents.sheet import DEMO_MARK
from corrections.documents.table import Column, TablePage, TablePaper

__all__ = ["draw_table"]

_MARGIN = 15 * mm
_TITLE_DOWN = 17 * mm
_LEAD_DOWN = 26 * mm
_LINE = 7 * mm
_HEAD_HEIGHT = 10 * mm
_CLOSING_STEP = 10 * mm
_SECOND_COLUMN = 88 * mm
_FOOT_BASELINE = 8 * mm
_BOTTOM = 15 * mm
_PADDING = 2.5
_TITLE_SIZE, _TEXT_SIZE, _HINT_SIZE, _FOOT_SIZE = 17.0, 10.5, 7.0, 7.0
_OUTER_RULE, _INNER_RULE = 1.0, 0.5
_DEMO_SIZE, _DEMO_ANGLE = 110.0, 52.0
_TAKEN_SIZE, _TAKEN_ANGLE = 34.0, 30.0
_DEMO_ASIDE, _TAKEN_ASIDE = 70.0, -45.0  # where a page bears both, one above the other


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things stand on the page of this paper."""

    width: float
    height: float
    edges: tuple[float, ...]
    top: float
    row_height: float
    per_page: int
    closing_height: float

    @property
    def left(self) -> float:
        """Where the table begins."""
        return self.edges[0]

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.edges[-1]


def _frame(paper: TablePaper) -> _Frame:
    width, height = landscape(A4) if paper.is_landscape else A4
    edges = [(width - sum(column.width for column in paper.columns) * mm) / 2]
    for column in paper.columns:
        edges.append(edges[-1] + column.width * mm)
    top = height - _LEAD_DOWN - (2 if paper.lead else 1) * _LINE
    closing = len(paper.closing) * _CLOSING_STEP + 4 * mm if paper.closing else 0.0
    room = top - _HEAD_HEIGHT - _BOTTOM - closing
    row_height = paper.row_height * mm
    return _Frame(width, height, tuple(edges), top, row_height, int(room / row_height), closing)


def draw_table(
    pen: Pen,
    paper: TablePaper,
    *,
    mark: CheckMark | None,
    footer: Callable[[str], str],
    is_demo: bool,
    taken_by: str = "",
) -> None:
    """All pages of the paper; `footer` makes the small line out of the page's number."""
    frame = _frame(paper)
    canvas = pen.canvas
    for page in paper.pages(frame.per_page):
        canvas.setPageSize((frame.width, frame.height))
        _draw_marks(pen, frame, is_demo=is_demo, taken_by=taken_by)
        _draw_top(pen, frame, paper)
        _draw_grid(pen, frame, paper, rows=len(page.rows) or 1)
        _draw_rows(pen, frame, paper, page)
        _draw_closing(pen, frame, paper)
        text = footer(page.label)
        width = text_width(printable_text(text), size=_FOOT_SIZE)
        pen.line(frame.right - width, _FOOT_BASELINE, text, size=_FOOT_SIZE)
        if mark is not None:
            mark.draw(pen, right=frame.right, bottom=_FOOT_BASELINE + 5 * mm)
        canvas.showPage()


def _draw_marks(pen: Pen, frame: _Frame, *, is_demo: bool, taken_by: str) -> None:
    """Who took it stands on a list of demo people too: no mark takes the place of the other."""
    page = (frame.width, frame.height)
    both = is_demo and bool(taken_by)
    if is_demo:
        draw_watermark(
            pen.canvas,
            DEMO_MARK,
            size=_DEMO_SIZE,
            angle=_TAKEN_ANGLE if both else _DEMO_ANGLE,
            page=page,
            aside=_DEMO_ASIDE if both else 0.0,
        )
    if taken_by:
        draw_watermark(
            pen.canvas,
            printable_text(taken_by),
            size=_TAKEN_SIZE,
            angle=_TAKEN_ANGLE,
            page=page,
            aside=_TAKEN_ASIDE if both else 0.0,
        )
    pen.canvas.setFillGray(0)
    pen.canvas.setStrokeGray(0)


def _draw_top(pen: Pen, frame: _Frame, paper: TablePaper) -> None:
    room = frame.right - frame.left
    wide = text_width(printable_text(paper.title), size=_TITLE_SIZE)
    size = min(_TITLE_SIZE, _TITLE_SIZE * room / max(wide, 1.0))
    pen.centred(frame.width / 2, frame.height - _TITLE_DOWN, paper.title, size=size, bold=True)
    middle = frame.height - _LEAD_DOWN - _LINE / 2
    summary = text_width(printable_text(paper.summary), size=_TEXT_SIZE)
    place = fit_text(
        printable_text(paper.place),
        width=room - summary - 6 * mm,
        height=_LINE,
        largest=_TEXT_SIZE,
    )
    pen.block(frame.left, middle, place)
    pen.line(frame.right - summary, middle, paper.summary, size=_TEXT_SIZE)
    if paper.lead:
        lead = fit_text(printable_text(paper.lead), width=room, height=_LINE, largest=_TEXT_SIZE)
        pen.block(frame.left, middle - _LINE, lead)


def _draw_grid(pen: Pen, frame: _Frame, paper: TablePaper, *, rows: int) -> None:
    canvas = pen.canvas
    body = frame.top - _HEAD_HEIGHT
    bottom = body - rows * frame.row_height
    canvas.setLineWidth(_INNER_RULE)
    levels = [body - number * frame.row_height for number in range(rows)]
    canvas.lines([(frame.left, y, frame.right, y) for y in levels])
    # The line that says that there is nobody runs across.
    inner = frame.edges[1:-1]
    until = bottom if paper.rows else body
    canvas.lines([(x, frame.top, x, until) for x in inner])
    canvas.setLineWidth(_OUTER_RULE)
    canvas.rect(frame.left, bottom, frame.right - frame.left, frame.top - bottom)
    for column, left, right in _columns(frame, paper):
        centre, middle = (left + right) / 2, frame.top - _HEAD_HEIGHT / 2
        up = 5 if column.hint else 0
        pen.centred(centre, middle + up, column.title, size=_TEXT_SIZE, bold=True)
        if column.hint:
            hint = fit_text(column.hint, width=right - left - 2, height=9, largest=_HINT_SIZE)
            pen.block(left, middle - 7, hint, right=right)


def _columns(frame: _Frame, paper: TablePaper) -> list[tuple[Column, float, float]]:
    return list(zip(paper.columns, frame.edges, frame.edges[1:], strict=False))


def _draw_rows(pen: Pen, frame: _Frame, paper: TablePaper, page: TablePage) -> None:
    columns = _columns(frame, paper)
    first = frame.top - _HEAD_HEIGHT - frame.row_height / 2
    if not page.rows:
        pen.centred(frame.width / 2, first, paper.empty, size=_TEXT_SIZE)
    for number, row in enumerate(page.rows):
        middle = first - number * frame.row_height
        for (column, left, right), text in zip(columns, row, strict=True):
            if not text:
                continue
            padding = 2 * _PADDING if column.is_left else _PADDING
            fitted = (fit_name if column.is_name else fit_text)(
                printable_text(text),
                width=right - left - 2 * padding,
                height=frame.row_height - 2.5,
                largest=_TEXT_SIZE,
            )
            if column.is_left:
                pen.block(left + padding, middle, fitted)
            else:
                pen.block(left, middle, fitted, right=right)


def _draw_closing(pen: Pen, frame: _Frame, paper: TablePaper) -> None:
    """Signatures at the foot of the page, with room for ink and for the seal."""
    top = _BOTTOM + frame.closing_height - _CLOSING_STEP / 2 - 2 * mm
    for number, (first, second) in enumerate(paper.closing):
        middle = top - number * _CLOSING_STEP
        pen.line(frame.left, middle, first, size=_TEXT_SIZE + 1)
        if second:
            pen.line(frame.left + _SECOND_COLUMN, middle, second, size=_TEXT_SIZE + 1)
