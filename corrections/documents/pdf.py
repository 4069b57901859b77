"""The class feedback sheet as an A4 PDF, one complete form on every page."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from corrections.documents import fonts
from corrections.documents.fitting import FittedText, fit_name, fit_text
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
from corrections.documents.watermark import draw_watermark

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
_MARK_SIZE = 110.0
_MARK_ANGLE = 52.0
_OUTER_RULE = 1.0
_INNER_RULE = 0.5
_BOLD_STROKE = 0.028  # of the size: the font has one weight, a title is drawn with an outline
_HEAD_TO_MIDDLE = 0.38  # of the size: from the baseline to the middle of a Chinese character

# reportlab keeps its fonts in the process and moves a cursor in them while it writes.
_one_at_a_time = threading.Lock()


def render_sheet_pdf(sheet: ClassSheet) -> bytes:
    """The class's sheet as PDF: the same sheet and moment give the same bytes."""
    return render_sheets_pdf([sheet])


def render_sheets_pdf(sheets: Iterable[ClassSheet]) -> bytes:
    """Many classes in one file, each with its own page numbers and a bookmark.

    Characters that the font lacks stand as 〓; `fonts.unprintable_names` lists them.
    """
    given = tuple(sheets)
    if not given:
        raise ValueError("a PDF needs at least one sheet")
    with _one_at_a_time:
        target = BytesIO()
        canvas = _open_canvas(target, given)
        for number, sheet in enumerate(given):
            _draw_sheet(_Pen(canvas), sheet, bookmark=f"class-{number}")
        canvas.save()
        return target.getvalue()


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws text by its middle line, which is what a table needs."""

    canvas: Canvas

    def line(self, x: float, middle: float, text: str, *, size: float, bold: bool = False) -> float:
        """Draws one line from x on; gives the x where it ends."""
        text = fonts.printable_text(text)
        self.canvas.setFont(fonts.FONT_NAME, size)
        if bold:
            self.canvas.setLineWidth(size * _BOLD_STROKE)
        self.canvas.drawString(x, middle - size * _HEAD_TO_MIDDLE, text, mode=2 if bold else None)
        return x + fonts.text_width(text, size=size)

    def centred(self, x: float, middle: float, text: str, *, size: float, bold: bool) -> None:
        width = fonts.text_width(fonts.printable_text(text), size=size)
        self.line(x - width / 2, middle, text, size=size, bold=bold)

    def block(self, column: int, middle: float, text: FittedText, *, centred: bool) -> None:
        """Draws fitted lines into a column, their block centred on the middle line."""
        left, right = _EDGES[column], _EDGES[column + 1]
        top_line = middle + (len(text.lines) - 1) * text.leading / 2
        for number, line in enumerate(text.lines):
            width = fonts.text_width(line, size=text.size)
            x = (left + right - width) / 2 if centred else left + 2 * _CELL_PADDING
            self.line(x, top_line - number * text.leading, line, size=text.size)


def _open_canvas(target: BytesIO, sheets: tuple[ClassSheet, ...]) -> Canvas:
    fonts.sheet_font()
    first = sheets[0]
    # "invariant" takes reportlab's own clock and random document id out of the file.
    canvas = Canvas(
        target,
        pagesize=A4,
        pageCompression=1,
        invariant=1,
        lang="zh-CN",
        initialFontName=fonts.FONT_NAME,
        initialFontSize=_TEXT_SIZE,
    )
    moment = max(sheet.generated_at for sheet in sheets).astimezone(UTC)
    canvas.setDateFormatter(lambda *_clock: f"D:{moment:%Y%m%d%H%M%S}+00'00'")
    name = "".join(first.class_fill) if len(sheets) == 1 else f"{len(sheets)} 个班"
    canvas.setTitle(f"{first.title} {name}")
    canvas.setAuthor(first.school_name)
    canvas.setSubject(f"{first.ordering_label}；版本 {first.version_label}")
    canvas.setCreator(first.school_name)
    canvas.setProducer("reportlab")
    return canvas


def _draw_sheet(pen: _Pen, sheet: ClassSheet, *, bookmark: str) -> None:
    for page in sheet.pages():
        if page.number == 1:
            pen.canvas.bookmarkPage(bookmark)
            pen.canvas.addOutlineEntry("".join(sheet.class_fill), bookmark)
        if sheet.is_demo:
            draw_watermark(pen.canvas, DEMO_MARK, size=_MARK_SIZE, angle=_MARK_ANGLE)
        pen.canvas.setFillGray(0)
        pen.canvas.setStrokeGray(0)
        pen.centred(_PAGE_WIDTH / 2, _TITLE_MIDDLE, sheet.title, size=_TITLE_SIZE, bold=True)
        _draw_grid(pen.canvas)
        _draw_head(pen)
        for number, line in enumerate(page.lines):
            _draw_row(pen, line, middle=_BODY_TOP - (number + 0.5) * _ROW_HEIGHT)
        _draw_closing(pen, sheet)
        _draw_foot(pen, sheet, page)
        pen.canvas.showPage()


def _draw_grid(canvas: Canvas) -> None:
    canvas.setLineWidth(_INNER_RULE)
    middles = [_BODY_TOP - number * _ROW_HEIGHT for number in range(ROWS_PER_PAGE)]
    canvas.lines([(_LEFT, y, _RIGHT, y) for y in middles])
    canvas.lines([(x, _TABLE_TOP, x, _TABLE_BOTTOM) for x in _EDGES[1:-1]])
    canvas.setLineWidth(_OUTER_RULE)
    canvas.rect(_LEFT, _TABLE_BOTTOM, _RIGHT - _LEFT, _TABLE_TOP - _TABLE_BOTTOM)


def _draw_head(pen: _Pen) -> None:
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


def _draw_row(pen: _Pen, line: PrintedLine, *, middle: float) -> None:
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
        pen.block(column, middle, fitted, centred=not is_result)


def _draw_closing(pen: _Pen, sheet: ClassSheet) -> None:
    """The four lines below the table, in the order of the form; the right side is for the seal."""
    middle = _TABLE_BOTTOM - 0.75 * _CLOSING_STEP
    _draw_class_line(pen, sheet, middle=middle)
    for number, label in enumerate((COUNSELLOR_LINE, LEADER_LINE, SEAL_LINE), start=1):
        pen.line(_LEFT, middle - number * _CLOSING_STEP, label, size=_CLOSING_SIZE)


def _draw_class_line(pen: _Pen, sheet: ClassSheet, *, middle: float) -> None:
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


def _draw_foot(pen: _Pen, sheet: ClassSheet, page: SheetPage) -> None:
    text = sheet.footer(page)
    width = fonts.text_width(fonts.printable_text(text), size=_FOOT_SIZE)
    pen.line(_RIGHT - width, _FOOT_BASELINE, text, size=_FOOT_SIZE)
