"""The code on every page of a frozen sheet, and what it is for."""

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from common.paper.pen import Pen
from common.paper.qr import QrForm
from corrections.documents.sheet import SheetCheck

__all__ = ["CAPTION", "CheckMark"]

_SIZE = 23 * mm
CAPTION = "扫码看数据变没变"
_CAPTION_SIZE = 7.0


class CheckMark:
    """One code for all pages of a version, drawn once in the file."""

    def __init__(self, canvas: Canvas, check: SheetCheck, *, name: str) -> None:
        self._form = QrForm(canvas, check.address, name=name, size=_SIZE)

    def draw(self, pen: Pen, *, right: float, bottom: float) -> None:
        """The code with its caption below, in the corner that ends at `right`."""
        self._form.draw(right - _SIZE, bottom + 3 * mm)
        pen.centred(right - _SIZE / 2, bottom + 1 * mm, CAPTION, size=_CAPTION_SIZE)
