"""核对回执 on one A4 page in the school's own design: paper, ink, the double rule, one small stamp."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from common.paper.fitting import fit_name, fit_text
from common.paper.fonts import printable_text, text_width
from common.paper.pen import Pen, drawing, open_canvas
from common.paper.watermark import draw_watermark

__all__ = ["PrintedPart", "PrintedReceipt", "render_receipt_pdf"]

_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT = 22 * mm, _WIDTH - 22 * mm
_TOP = _HEIGHT - 20 * mm
_SCHOOL_MIDDLE = _TOP - 10 * mm
_TITLE_MIDDLE = _TOP - 21 * mm
_BODY_TOP = _TOP - 36 * mm
_LABEL_WIDTH = 34 * mm
_ROW = 9 * mm
_NOTE_ROW = 6.4 * mm
_SECTION = 14 * mm
_DIGEST_TOP = 76 * mm
_NOTES_TOP = 46 * mm
_THICK, _THIN = 2.4, 0.5
_TITLE, _SCHOOL, _HEADING, _TEXT, _LABEL, _CODE, _SMALL = 22.0, 12.0, 13.0, 11.5, 9.5, 10.5, 8.0
_LABEL_GREY = 0.35
_SEAL = Color(0.702, 0.196, 0.106)  # the design's vermilion, for the stamp alone
_SEAL_WIDTH, _SEAL_HEIGHT = 25 * mm, 11 * mm
_MARK_SIZE, _MARK_ANGLE = 110.0, 52.0
_GROUP = 8  # characters of the digest that stand together
_NOTES = (
    "回执只说明上面的结论由谁、在什么时候给出，什么时候锁定；不是学籍、学历证明，不替代班级反馈表上的签名。",
    "摘要由学校保存的这一轮结论算出，同样的结论永远是同样的摘要。把摘要报给教务处，可以核对这张回执有没有被改过。",
    "这是学校自己的服务，不是学信网，不是教育部的文件。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPart:
    """One of the two conclusions as it stands on paper: a heading, and labelled lines."""

    title: str
    result: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedReceipt:
    """Everything that stands on the page, moments written out and numbers masked."""

    school: str
    campaign: str
    number: str
    rows: tuple[tuple[str, str], ...]
    parts: tuple[PrintedPart, ...]
    digest: str
    stamp: str
    locked_at: datetime
    is_demo: bool = False


def render_receipt_pdf(receipt: PrintedReceipt) -> bytes:
    """The page as PDF: dated at the lock, so the same receipt gives the same bytes whenever it is made."""
    with drawing:
        target = BytesIO()
        canvas = open_canvas(
            target,
            # No name of a person: titles stand in tabs, histories and lists of files.
            title=f"{receipt.school} 核对回执 {receipt.number}",
            subject=receipt.campaign,
            author=receipt.school,
            at=receipt.locked_at,
            size=_TEXT,
        )
        pen = Pen(canvas)
        mark = "演示" if receipt.is_demo else "回执"
        draw_watermark(canvas, mark, size=_MARK_SIZE, angle=_MARK_ANGLE)
        canvas.setStrokeGray(0)
        canvas.setFillGray(0)
        _draw_head(pen, receipt)
        _draw_body(pen, receipt)
        _draw_digest(pen, receipt)
        _draw_notes(pen)
        canvas.showPage()
        canvas.save()
        return target.getvalue()


def _draw_head(pen: Pen, receipt: PrintedReceipt) -> None:
    _double_rule(pen.canvas, _TOP)
    school = printable_text(receipt.school)
    room = _RIGHT - _LEFT
    size = min(_SCHOOL, _SCHOOL * room / max(text_width(school, size=_SCHOOL), 1.0))
    pen.centred(_WIDTH / 2, _SCHOOL_MIDDLE, school, size=size)
    pen.centred(_WIDTH / 2, _TITLE_MIDDLE, "核对回执", size=_TITLE, bold=True)
    _draw_stamp(pen, receipt.stamp)


def _draw_stamp(pen: Pen, word: str) -> None:
    """A small oblong stamp, as on the page: nobody takes it for an official seal."""
    canvas = pen.canvas
    x, y = _RIGHT - _SEAL_WIDTH, _TITLE_MIDDLE - _SEAL_HEIGHT / 2
    canvas.saveState()
    canvas.setStrokeColor(_SEAL)
    canvas.setFillColor(_SEAL)
    canvas.setLineWidth(1.4)
    canvas.rect(x, y, _SEAL_WIDTH, _SEAL_HEIGHT)
    pen.centred(x + _SEAL_WIDTH / 2, y + _SEAL_HEIGHT / 2, word, size=_HEADING, bold=True)
    canvas.restoreState()


def _draw_body(pen: Pen, receipt: PrintedReceipt) -> None:
    """Who, then each conclusion; many lines are lower, never a second page."""
    lines = len(receipt.rows) + sum(len(part.rows) for part in receipt.parts)
    room = _BODY_TOP - _DIGEST_TOP - _SECTION * len(receipt.parts) - 4 * mm
    height = min(_ROW, room / max(lines, 1))
    y = _BODY_TOP
    for label, value in receipt.rows:
        y = _draw_row(pen, y, label, value, height=height, is_name=label == "姓名")
    for part in receipt.parts:
        y -= _SECTION / 2
        pen.canvas.setFillGray(0)
        end = pen.line(_LEFT, y - 1.5 * mm, part.title, size=_HEADING, bold=True)
        pen.line(end + 6 * mm, y - 1.5 * mm, part.result, size=_HEADING, bold=True)
        y -= _SECTION / 2
        for label, value in part.rows:
            y = _draw_row(pen, y, label, value, height=height)


def _draw_row(
    pen: Pen, top: float, label: str, value: str, *, height: float, is_name: bool = False
) -> float:
    """One labelled line on its rule; gives where the next one begins."""
    canvas = pen.canvas
    middle = top - height / 2
    canvas.setLineWidth(_THIN)
    canvas.line(_LEFT, top, _RIGHT, top)
    canvas.setFillGray(_LABEL_GREY)
    pen.line(_LEFT, middle, label, size=min(_LABEL, height - 2))
    canvas.setFillGray(0)
    fit = fit_name if is_name else fit_text
    room = _RIGHT - _LEFT - _LABEL_WIDTH
    fitted = fit(printable_text(value), width=room, height=height - 2, largest=_TEXT)
    pen.block(_LEFT + _LABEL_WIDTH, middle, fitted)
    return top - height


def _draw_digest(pen: Pen, receipt: PrintedReceipt) -> None:
    """The digest in two lines of four groups each, to be read out or typed."""
    canvas = pen.canvas
    _double_rule(canvas, _DIGEST_TOP)
    middle = _DIGEST_TOP - 8 * mm
    canvas.setFillGray(_LABEL_GREY)
    pen.line(_LEFT, middle, "回执摘要（SHA-256）", size=_LABEL)
    canvas.setFillGray(0)
    groups = [receipt.digest[at : at + _GROUP] for at in range(0, len(receipt.digest), _GROUP)]
    half = (len(groups) + 1) // 2
    for number, line in enumerate((groups[:half], groups[half:])):
        y = middle - (number + 1) * _NOTE_ROW
        pen.line(_LEFT, y, "  ".join(line), size=_CODE)


def _draw_notes(pen: Pen) -> None:
    pen.canvas.setLineWidth(_THIN)
    pen.canvas.line(_LEFT, _NOTES_TOP, _RIGHT, _NOTES_TOP)
    middle = _NOTES_TOP - 5 * mm
    for note in _NOTES:
        fitted = fit_text(note, width=_RIGHT - _LEFT, height=9 * mm, largest=_SMALL)
        pen.block(_LEFT, middle - (len(fitted.lines) - 1) * fitted.leading / 2, fitted)
        middle -= len(fitted.lines) * fitted.leading + 1.4 * mm


def _double_rule(canvas: Canvas, y: float) -> None:
    """文武线: a thick rule with a thin one under it."""
    canvas.setLineWidth(_THICK)
    canvas.line(_LEFT, y, _RIGHT, y)
    canvas.setLineWidth(_THIN)
    canvas.line(_LEFT, y - 3.2, _RIGHT, y - 3.2)
