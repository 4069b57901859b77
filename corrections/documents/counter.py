"""柜台核对回执: two copies on one A4 page, to be cut apart; room for both signatures on each."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from common.paper.fitting import fit_name, fit_text
from common.paper.fonts import printable_text
from common.paper.pen import Pen, drawing, open_canvas
from common.paper.watermark import draw_watermark

__all__ = ["CounterReceipt", "render_counter_pdf"]

_WIDTH, _HEIGHT = A4
_HALF = _HEIGHT / 2
_LEFT, _RIGHT = 20 * mm, _WIDTH - 20 * mm
_LABEL_WIDTH = 32 * mm
_TITLE, _SCHOOL, _TEXT, _LABEL, _SMALL = 17.0, 10.5, 10.0, 8.5, 7.5
_HEAD, _FOOT = 24 * mm, 34 * mm
_TALLEST = 7.4 * mm
_GREY = 0.35
_THIN, _THICK = 0.5, 2.0
_GROUP = 8
_NOTE = (
    "说明本人在这一刻到柜台、证件与学籍一致，和当时的核对情况；不是学籍、学历证明。"
    "这是学校自己的服务，不是学信网。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterReceipt:
    """Everything on the paper: labelled lines as they were frozen, numbers masked."""

    school: str
    number: str
    rows: tuple[tuple[str, str], ...]
    digest: str
    confirmed_at: datetime
    is_demo: bool = False


def render_counter_pdf(receipt: CounterReceipt) -> bytes:
    """One page, dated at the confirmation, so the same receipt gives the same bytes whenever it is made."""
    with drawing:
        target = BytesIO()
        canvas = open_canvas(
            target,
            title=f"{receipt.school} 柜台核对回执 {receipt.number}",
            subject="柜台核对回执",
            author=receipt.school,
            at=receipt.confirmed_at,
            size=_TEXT,
        )
        pen = Pen(canvas)
        draw_watermark(canvas, "演示" if receipt.is_demo else "回执", size=96.0, angle=50.0)
        for bottom, copy in ((_HALF, "学生留存"), (0.0, "学校留存")):
            _draw_copy(pen, receipt, bottom, copy)
        canvas.setDash(3, 3)
        canvas.setLineWidth(_THIN)
        canvas.line(0, _HALF, _WIDTH, _HALF)
        canvas.showPage()
        canvas.save()
        return target.getvalue()


def _draw_copy(pen: Pen, receipt: CounterReceipt, bottom: float, copy: str) -> None:
    canvas, top = pen.canvas, bottom + _HALF - 12 * mm
    canvas.setStrokeGray(0)
    canvas.setFillGray(0)
    canvas.setLineWidth(_THICK)
    canvas.line(_LEFT, top, _RIGHT, top)
    pen.line(_LEFT, top - 7 * mm, receipt.school, size=_SCHOOL)
    pen.centred(_WIDTH / 2, top - 15 * mm, "柜台核对回执", size=_TITLE, bold=True)
    fitted = fit_text(copy, width=30 * mm, height=6 * mm, largest=_SCHOOL)
    pen.block(_RIGHT - 24 * mm, top - 7 * mm, fitted)
    y, floor = top - _HEAD, bottom + _FOOT
    height = min(_TALLEST, (y - floor) / max(len(receipt.rows), 1))
    for label, value in receipt.rows:
        y = _draw_row(pen, y, label, value, height)
    _draw_foot(pen, receipt, bottom)


def _draw_row(pen: Pen, top: float, label: str, value: str, height: float) -> float:
    canvas, middle = pen.canvas, top - height / 2
    canvas.setLineWidth(_THIN)
    canvas.line(_LEFT, top, _RIGHT, top)
    canvas.setFillGray(_GREY)
    pen.line(_LEFT, middle, label, size=min(_LABEL, height - 2))
    canvas.setFillGray(0)
    fit = fit_name if label == "姓名" else fit_text
    room = _RIGHT - _LEFT - _LABEL_WIDTH
    fitted = fit(printable_text(value), width=room, height=height - 2, largest=_TEXT)
    pen.block(_LEFT + _LABEL_WIDTH, middle, fitted)
    return top - height


def _draw_foot(pen: Pen, receipt: CounterReceipt, bottom: float) -> None:
    canvas = pen.canvas
    canvas.setLineWidth(_THIN)
    canvas.line(_LEFT, bottom + 32 * mm, _RIGHT, bottom + 32 * mm)
    pen.line(_LEFT, bottom + 25 * mm, "学生签名：", size=_TEXT)
    pen.line(_WIDTH / 2, bottom + 25 * mm, "经办老师签名：", size=_TEXT)
    canvas.setFillGray(_GREY)
    groups = [receipt.digest[at : at + _GROUP] for at in range(0, len(receipt.digest), _GROUP)]
    pen.line(
        _LEFT, bottom + 15 * mm, f"编号 {receipt.number}  摘要 {' '.join(groups)}", size=_SMALL - 1
    )
    pen.line(_LEFT, bottom + 10 * mm, _NOTE, size=_SMALL)
    canvas.setFillGray(0)
