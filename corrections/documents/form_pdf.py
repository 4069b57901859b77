"""The class feedback sheet drawn as its form, one complete form on every A4 page."""

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from common.paper import fonts
from common.paper.fitting import fit_name, fit_text
from common.paper.pen import Pen
from common.paper.watermark import draw_watermark
from corrections.documents.check_mark import CheckMark
from corrections.documents.sheet import (
    COLUMN_TITLES,
    COUNSELLOR_LINE,
    DEMO_MARK,
    LEADER_LINE,
    RESULT_HINT,
    ROWS_PER_PAGE,
    SEAL_LINE,
    ClassSheet,
    PrintedLine,
    SheetPage,
)

_PAGE_WIDTH, _PAGE_HEIGHT = A4
_LEFT = 15 * mm
_COLUMN_WIDTHS = tuple(width * mm for width in (12, 34, 36, 66, 32))
_EDGES = tuple(_LEFT + sum(_COLUMN_WIDTHS[:n]) for n in range(len(_COLUMN_WIDTHS) + 1))
_RIGHT = _EDGES[-1]
_TITLE_MIDDLE = _PAGE_HEIGHT - 17 * mm
_TABLE_TOP = _PAGE_HEIGHT - 25 * mm
_HEAD_HEIGHT = 11 * mm
_ROW_HEIGHT = 7.9 * mm  # room for a signature by hand
_BODY_TOP = _TABLE_TOP - _HEAD_HEIGHT
_TABLE_BOTTOM = _BODY_TOP - ROWS_PER_PAGE * _ROW_HEIGHT
_CLOSING_STEP = 9.5 * mm
_FOOT_BASELINE = 8 * mm

_NAME_COLUMN = COLUMN_TITLES.index("姓名")
_RESULT_COLUMN = COLUMN_TITLES.index("校对结果")

_CELL_PADDING = 2.5
_TITLE_SIZE = 17.0
_TEXT_SIZE = 10.5
_CLOSING_SIZE = 12.0
_HINT_SIZE = 7.75
_FOOT_SIZE = 7.0
_DEMO_SIZE = 110.0
_DEMO_ANGLE = 52.0
_OUTER_RULE = 1.0
_INNER_RULE = 0.5


def draw_form(pen: Pen, sheet: ClassSheet, *, mark: CheckMark | None, bookmark: str) -> None:
    """All pages of the form; the code stands right of the signatures, beside the seal."""
    for page in sheet.pages():
        if page.number == 1:
            pen.canvas.bookmarkPage(bookmark)
            pen.canvas.addOutlineEntry("".join(sheet.class_fill), bookmark)
        if sheet.is_demo:
            draw_watermark(pen.canvas, DEMO_MARK, size=_DEMO_SIZE, angle=_DEMO_ANGLE)
        pen.canvas.setFillGray(0)
        pen.canvas.setStrokeGray(0)
        pen.centred(_PAGE_WIDTH / 2, _TITLE_MIDDLE, sheet.title, size=_TITLE_SIZE, bold=True)
        _draw_grid(pen.canvas)
        _draw_head(pen)
        for number, line in enumerate(page.lines):
            _draw_row(pen, line, middle=_BODY_TOP - (number + 0.5) * _ROW_HEIGHT)
        _draw_closing(pen, sheet)
        _draw_foot(pen, sheet, page)
        if mark is not None:
            mark.draw(pen, right=_RIGHT, bottom=_FOOT_BASELINE + 5 * mm)
        pen.canvas.showPage()


def _draw_grid(canvas: Canvas) -> None:
    canvas.setLineWidth(_INNER_RULE)
    middles = [_BODY_TOP - number * _ROW_HEIGHT for number in range(ROWS_PER_PAGE)]
    canvas.lines([(_LEFT, y, _RIGHT, y) for y in middles])
    canvas.lines([(x, _TABLE_TOP, x, _TABLE_BOTTOM) for x in _EDGES[1:-1]])
    canvas.setLineWidth(_OUTER_RULE)
    canvas.rect(_LEFT, _TABLE_BOTTOM, _RIGHT - _LEFT, _TABLE_TOP - _TABLE_BOTTOM)


def _draw_head(pen: Pen) -> None:
    middle = _TABLE_TOP - _HEAD_HEIGHT / 2
    for column, title in enumerate(COLUMN_TITLES):
        centre = (_EDGES[column] + _EDGES[column + 1]) / 2
        with_hint = column == _RESULT_COLUMN
        pen.centred(
            centre,
            middle + 6 if with_hint else middle,
            title,
            size=_TEXT_SIZE,
            bold=True,
        )
        if with_hint:
            pen.centred(centre, middle - 7, RESULT_HINT, size=_HINT_SIZE, bold=False)


def _draw_row(pen: Pen, line: PrintedLine, *, middle: float) -> None:
    cells = (line.position, line.student_no, line.name, line.result)
    for column, text in enumerate(cells):
        if not text:
            continue
        is_result = column == _RESULT_COLUMN
        fit = fit_name if column == _NAME_COLUMN else fit_text
        fitted = fit(
            fonts.printable_text(text),
            width=_COLUMN_WIDTHS[column] - (4 if is_result else 2) * _CELL_PADDING,
            height=_ROW_HEIGHT - 2.5,
            largest=_TEXT_SIZE,
        )
        left, right = _EDGES[column], _EDGES[column + 1]
        if is_result:
            pen.block(left + 2 * _CELL_PADDING, middle, fitted)
        else:
            pen.block(left, middle, fitted, right=right)


def _draw_closing(pen: Pen, sheet: ClassSheet) -> None:
    """The four lines below the table, in the order of the form; the right side is for the seal."""
    middle = _TABLE_BOTTOM - 0.75 * _CLOSING_STEP
    _draw_class_line(pen, sheet, middle=middle)
    for number, label in enumerate((COUNSELLOR_LINE, LEADER_LINE, SEAL_LINE), start=1):
        pen.line(_LEFT, middle - number * _CLOSING_STEP, label, size=_CLOSING_SIZE)


def _draw_class_line(pen: Pen, sheet: ClassSheet, *, middle: float) -> None:
    """班级名称：__级__班 with the blanks filled in on their rules."""
    size = _CLOSING_SIZE
    gap = size / 3
    text = fonts.printable_text(sheet.class_line)
    room = _RIGHT - _LEFT - 4 * gap
    size = min(size, size * room / fonts.text_width(text, size=size))
    grade, after_grade, name, after_name = sheet.class_fill
    x = pen.line(_LEFT, middle, "班级名称：", size=size)
    for fill, suffix in ((grade, after_grade), (name, after_name)):
        end = pen.line(x + gap, middle, fill, size=size) + gap
        pen.canvas.setLineWidth(_INNER_RULE)
        under = middle - size * 0.62
        pen.canvas.line(x, under, end, under)
        x = pen.line(end, middle, suffix, size=size)


def _draw_foot(pen: Pen, sheet: ClassSheet, page: SheetPage) -> None:
    text = sheet.footer(page)
    width = fonts.text_width(fonts.printable_text(text), size=_FOOT_SIZE)
    pen.line(_RIGHT - width, _FOOT_BASELINE, text, size=_FOOT_SIZE)
