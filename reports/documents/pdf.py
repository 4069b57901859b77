"""A report on one A4 page in the school's own design: paper, ink, the double rule."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from common.paper.fitting import FittedText, fit_name, fit_text
from common.paper.fonts import printable_text, text_width
from common.paper.pen import Pen, drawing, open_canvas
from common.paper.qr import draw_qr
from common.paper.watermark import draw_watermark
from reports.documents.words import words_of

__all__ = ["PrintedReport", "render_report_pdf"]

_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT = 20 * mm, _WIDTH - 20 * mm
_TOP = _HEIGHT - 18 * mm
_SCHOOL_MIDDLE = _TOP - 11 * mm
_TITLE_MIDDLE = _TOP - 22 * mm
_TABLE_TOP = _TOP - 34 * mm
_TABLE_FLOOR = 112 * mm
_ROW_HEIGHT = 9 * mm
_LABEL_WIDTH = 38 * mm
_PHOTO_WIDTH, _PHOTO_HEIGHT = 36 * mm, 48 * mm
_PHOTO_GAP = 6 * mm
_QR = 34 * mm
_FOOT_TOP = 98 * mm
_NOTES_TOP = 40 * mm
_THICK, _THIN = 2.4, 0.5
_TITLE, _SCHOOL, _TEXT, _LABEL, _CODE, _SMALL = 22.0, 12.0, 11.5, 9.5, 18.0, 8.0
_MARK_SIZE, _MARK_ANGLE = 110.0, 52.0
_DEMO_MARK = "演示"
_LABEL_GREY = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedReport:
    """Everything that stands on the page; moments are already written out."""

    english: bool
    school: str
    rows: tuple[tuple[str, str], ...]
    receiver: str
    purpose: str
    issued: str
    until: str
    made: str
    made_at: datetime
    code: str
    address: str
    check_address: str
    has_photo: bool
    photo: bytes | None = None
    is_demo: bool = False


def render_report_pdf(report: PrintedReport) -> bytes:
    """The page as PDF, not signed yet; the same report and moment give the same bytes."""
    words = words_of(english=report.english)
    with drawing:
        target = BytesIO()
        canvas = open_canvas(
            target,
            # No name of a person: titles stand in tabs, histories and lists of files.
            title=f"{report.school} {words.title}",
            subject=words.title,
            author=report.school,
            at=report.made_at,
            size=_TEXT,
        )
        pen = Pen(canvas)
        if report.is_demo:
            draw_watermark(canvas, _DEMO_MARK, size=_MARK_SIZE, angle=_MARK_ANGLE)
        canvas.setStrokeGray(0)
        canvas.setFillGray(0)
        _draw_head(pen, report)
        if report.has_photo:
            _draw_photo(pen, report)
        _draw_rows(pen, report)
        _draw_check(pen, report)
        _draw_notes(pen, report)
        canvas.showPage()
        canvas.save()
        return target.getvalue()


def _draw_head(pen: Pen, report: PrintedReport) -> None:
    _double_rule(pen.canvas, _TOP)
    middle = _WIDTH / 2
    room = _RIGHT - _LEFT
    school = printable_text(report.school)
    size = min(_SCHOOL, _SCHOOL * room / max(text_width(school, size=_SCHOOL), 1.0))
    pen.centred(middle, _SCHOOL_MIDDLE, school, size=size)
    title = words_of(english=report.english).title
    pen.centred(middle, _TITLE_MIDDLE, title, size=_TITLE, bold=True)


def _draw_photo(pen: Pen, report: PrintedReport) -> None:
    canvas = pen.canvas
    x, y = _RIGHT - _PHOTO_WIDTH, _TABLE_TOP - _PHOTO_HEIGHT
    if report.photo is not None:
        canvas.drawImage(
            ImageReader(BytesIO(report.photo)),
            x,
            y,
            _PHOTO_WIDTH,
            _PHOTO_HEIGHT,
            preserveAspectRatio=True,
            anchor="n",
        )
        return
    canvas.setLineWidth(_THIN)
    canvas.rect(x, y, _PHOTO_WIDTH, _PHOTO_HEIGHT)
    words = words_of(english=report.english)
    pen.centred(x + _PHOTO_WIDTH / 2, y + _PHOTO_HEIGHT / 2, words.no_photo, size=_LABEL)


def _draw_rows(pen: Pen, report: PrintedReport) -> None:
    """All fields, and whom it is for; many rows are lower, never a second page."""
    words = words_of(english=report.english)
    rows = (
        *report.rows,
        (words.receiver, report.receiver),
        (words.purpose, report.purpose),
        (words.issued, report.issued),
        (words.until, report.until),
    )
    right = _RIGHT - (_PHOTO_WIDTH + _PHOTO_GAP if report.has_photo else 0)
    height = min(_ROW_HEIGHT, (_TABLE_TOP - _TABLE_FLOOR) / len(rows))
    canvas = pen.canvas
    canvas.setLineWidth(_THIN)
    edges = [_TABLE_TOP - number * height for number in range(len(rows) + 1)]
    canvas.lines([(_LEFT, y, right, y) for y in edges])
    canvas.setFillGray(_LABEL_GREY)
    for (label, _value), top in zip(rows, edges, strict=False):
        box = _LABEL_WIDTH - 3 * mm
        pen.block(_LEFT, top - height / 2, _fitted(label, box, height - 2, _LABEL))
    canvas.setFillGray(0)
    for number, ((_label, value), top) in enumerate(zip(rows, edges, strict=False)):
        room = right - _LEFT - _LABEL_WIDTH
        fitted = _fitted(value, room, height - 2, _TEXT, is_name=number == 0)
        pen.block(_LEFT + _LABEL_WIDTH, top - height / 2, fitted)


def _fitted(
    text: str, width: float, height: float, largest: float, *, is_name: bool = False
) -> FittedText:
    """The text in its box; most of it fits at once, the rest is wrapped and made smaller."""
    text = printable_text(text)
    if largest * 1.16 <= height and text_width(text, size=largest) <= width:
        return FittedText((text,), largest)
    fit = fit_name if is_name else fit_text
    return fit(text, width=width, height=height, largest=largest)


def _draw_check(pen: Pen, report: PrintedReport) -> None:
    """The code, how to check it, and the address as QR."""
    words = words_of(english=report.english)
    _double_rule(pen.canvas, _FOOT_TOP)
    draw_qr(pen.canvas, report.address, x=_RIGHT - _QR, y=_FOOT_TOP - 6 * mm - _QR, size=_QR)
    middle = _FOOT_TOP - 9 * mm
    pen.canvas.setFillGray(_LABEL_GREY)
    pen.line(_LEFT, middle, words.code, size=_LABEL)
    pen.canvas.setFillGray(0)
    middle -= 8 * mm
    pen.line(_LEFT, middle, report.code, size=_CODE, bold=True)
    middle -= 10 * mm
    room = _RIGHT - _LEFT - _QR - 8 * mm
    for line in words.how:
        pen.block(_LEFT, middle, _fitted(line, room, 5 * mm, _LABEL))
        middle -= 5.2 * mm
    pen.block(_LEFT, middle - 1 * mm, _fitted(report.check_address, room, 6 * mm, _TEXT))


def _draw_notes(pen: Pen, report: PrintedReport) -> None:
    words = words_of(english=report.english)
    pen.canvas.setLineWidth(_THIN)
    pen.canvas.line(_LEFT, _NOTES_TOP, _RIGHT, _NOTES_TOP)
    middle = _NOTES_TOP - 5 * mm
    lines = (*words.notes, f"{words.made} {report.made}")
    for line in lines:
        fitted = _fitted(line, _RIGHT - _LEFT, 8 * mm, _SMALL)
        pen.block(_LEFT, middle - (len(fitted.lines) - 1) * fitted.leading / 2, fitted)
        middle -= len(fitted.lines) * fitted.leading + 1.4 * mm


def _double_rule(canvas: Canvas, y: float) -> None:
    """文武线: a thick rule with a thin one under it."""
    canvas.setLineWidth(_THICK)
    canvas.line(_LEFT, y, _RIGHT, y)
    canvas.setLineWidth(_THIN)
    canvas.line(_LEFT, y - 3.2, _RIGHT, y - 3.2)
