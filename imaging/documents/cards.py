"""The paper card of old, for capture units that still want it: eight to an A4 sheet, to be cut.

The card is the student's: it is handed out, shown and taken home again. The document number stands
on it as everywhere, masked; whoever must see it looks at the document itself (ADR 0030).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from common.paper.fitting import fit_name, fit_text
from common.paper.pen import Pen, drawing, open_canvas
from common.paper.watermark import draw_watermark
from imaging.documents.district_codes import DistrictCode, district_codes
from imaging.identity import grouped_ticket

__all__ = ["Card", "render_cards"]

CARDS_PER_PAGE: Final = 8
_COLUMNS: Final = 2
_WIDTH, _HEIGHT = 95 * mm, 69 * mm
_LEFT: Final = (A4[0] - _COLUMNS * _WIDTH) / 2
_TOP: Final = A4[1] - 8 * mm
_PAD: Final = 4 * mm
_CELL_WIDTH, _CELL_HEIGHT = 7 * mm, 7.6 * mm
_CELLS_PER_LINE: Final = 8
_LINES: Final = 3
_QR: Final = 25 * mm
_LABEL: Final = 15 * mm
_FIELD_WIDTH: Final = _WIDTH - 3 * _PAD - _QR - _LABEL
_MARK: Final = "演示数据"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What stands on one card; `document_no` is masked already."""

    school_code: str
    school_name: str
    name: str
    sex: str
    student_no: str
    document_no: str
    class_name: str
    ticket: str


def render_cards(
    cards: Sequence[Card], *, title: str, foot: str, at: datetime, is_demo: bool
) -> bytes:
    """The cards in their order as a PDF; the same cards and moment give the same bytes.

    A character outside GB 2312 has no district code; its Unicode number stands there, and the card
    says so.
    """
    if not cards:
        raise ValueError("a PDF needs at least one card")
    with drawing:
        target = BytesIO()
        canvas = open_canvas(
            target, title=title, subject=foot, author=cards[0].school_name, at=at, size=9
        )
        pen = Pen(canvas)
        for start in range(0, len(cards), CARDS_PER_PAGE):
            if is_demo:
                draw_watermark(canvas, _MARK, size=110, angle=52)
            canvas.setFillGray(0)
            canvas.setStrokeGray(0)
            for place, card in enumerate(cards[start : start + CARDS_PER_PAGE]):
                line, column = divmod(place, _COLUMNS)
                _draw_card(pen, card, x=_LEFT + column * _WIDTH, top=_TOP - line * _HEIGHT)
            pen.line(_LEFT, 5 * mm, foot, size=6.5)
            canvas.showPage()
        canvas.save()
        return target.getvalue()


def _draw_card(pen: Pen, card: Card, *, x: float, top: float) -> None:
    canvas = pen.canvas
    canvas.setLineWidth(0.4)
    canvas.setDash(2, 2)
    canvas.rect(x, top - _HEIGHT, _WIDTH, _HEIGHT)
    canvas.setDash()
    left = x + _PAD
    pen.line(left, top - 6 * mm, "毕业生图像信息采集卡", size=10.5, bold=True)
    canvas.setLineWidth(0.8)
    canvas.line(left, top - 9.5 * mm, x + _WIDTH - _PAD, top - 9.5 * mm)
    fields = (
        ("院校代码", f"{card.school_code}  {card.school_name}"),
        ("姓名", card.name),
        ("性别", card.sex or "–"),
        ("学号", card.student_no),
        ("证件号码", card.document_no),
        ("班级", card.class_name or "–"),
    )
    for number, (label, value) in enumerate(fields):
        middle = top - (13.5 + 4.9 * number) * mm
        pen.line(left, middle, label, size=7.5)
        fit = fit_name if label == "姓名" else fit_text
        text = fit(value, width=_FIELD_WIDTH, height=4.9 * mm, largest=9.5)
        pen.block(left + _LABEL, middle, text)
    _draw_ticket(pen, card.ticket, x=x + _WIDTH - _PAD - _QR, top=top - 11 * mm)
    _draw_codes(pen, card.name, x=left, top=top - 41.5 * mm)


def _draw_ticket(pen: Pen, code: str, *, x: float, top: float) -> None:
    _draw_qr(pen.canvas, code, x=x, y=top - _QR, size=_QR)
    pen.centred(x + _QR / 2, top - _QR - 2.6 * mm, grouped_ticket(code), size=8.5)


def _draw_qr(canvas: Canvas, text: str, *, x: float, y: float, size: float) -> None:
    rows = [bytes(row) for row in segno.make_qr(text, error="q").matrix]
    module = size / len(rows)
    path = canvas.beginPath()
    for number, row in enumerate(rows, start=1):
        for column, is_dark in enumerate(row):
            if is_dark:
                path.rect(x + column * module, y + size - number * module, module, module)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_codes(pen: Pen, name: str, *, x: float, top: float) -> None:
    """Character over code, in cells; a name of more than 24 characters goes on in the roster only."""
    codes = district_codes(name)
    pen.line(x, top - 1.4 * mm, "姓名区位码", size=7.5)
    unknown = [each.character for each in codes if not each.is_known]
    if unknown:
        said = (
            f"{'、'.join(dict.fromkeys(unknown))} 不在 GB 2312 字符集，没有区位码，写 Unicode 编号"
        )
        text = fit_text(said, width=_WIDTH - 2 * _PAD - 19 * mm, height=3 * mm, largest=6.5)
        pen.block(x + 19 * mm, top - 1.4 * mm, text)
    for number, each in enumerate(codes[: _CELLS_PER_LINE * _LINES]):
        line, column = divmod(number, _CELLS_PER_LINE)
        _draw_cell(pen, each, x=x + column * _CELL_WIDTH, top=top - 3.4 * mm - line * _CELL_HEIGHT)
    if len(codes) > _CELLS_PER_LINE * _LINES:
        end = x + _CELLS_PER_LINE * _CELL_WIDTH + 1 * mm
        pen.line(end, top - 3.4 * mm - _LINES * _CELL_HEIGHT + 2 * mm, "…姓名未完", size=6.5)


def _draw_cell(pen: Pen, each: DistrictCode, *, x: float, top: float) -> None:
    pen.canvas.setLineWidth(0.4)
    pen.canvas.rect(x, top - _CELL_HEIGHT, _CELL_WIDTH, _CELL_HEIGHT)
    pen.centred(x + _CELL_WIDTH / 2, top - 2.5 * mm, each.character, size=9)
    code = fit_text(each.code, width=_CELL_WIDTH - 1, height=3 * mm, largest=7)
    pen.block(x, top - 5.8 * mm, code, right=x + _CELL_WIDTH)
