"""An address as a QR code, as a picture and on paper; it carries nothing that could be trusted offline."""

from collections.abc import Iterator
from io import BytesIO

import segno
from reportlab.pdfgen.canvas import Canvas

__all__ = ["QrForm", "draw_qr", "qr_png", "qr_svg"]

_QUIET = 4  # modules of white around the code, by the standard


def qr_svg(address: str) -> bytes:
    """The address as an SVG file without styles or scripts."""
    target = BytesIO()
    segno.make_qr(address, error="m").save(
        target, kind="svg", scale=4, border=_QUIET, xmldecl=False, light="#fff", nl=False
    )
    return target.getvalue()


def qr_png(address: str, *, scale: int = 8) -> bytes:
    """The address as a PNG file with the quiet margin around it; the same address, the same bytes."""
    target = BytesIO()
    segno.make_qr(address, error="m").save(target, kind="png", scale=scale, border=_QUIET)
    return target.getvalue()


def draw_qr(canvas: Canvas, address: str, *, x: float, y: float, size: float) -> None:
    """The address as black modules in a square, its lower left corner at x, y."""
    path = canvas.beginPath()
    for left, bottom, width, height in _bars(address, size=size):
        path.rect(x + left, y + bottom, width, height)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


class QrForm:
    """One code that many pages show: worked out and written into the file once."""

    def __init__(self, canvas: Canvas, address: str, *, name: str, size: float) -> None:
        self._canvas, self._name = canvas, name
        canvas.beginForm(name, 0, 0, size, size)
        draw_qr(canvas, address, x=0, y=0, size=size)
        canvas.endForm()

    def draw(self, x: float, y: float) -> None:
        """Show it with its lower left corner at x, y."""
        self._canvas.saveState()
        self._canvas.translate(x, y)
        self._canvas.doForm(self._name)
        self._canvas.restoreState()


def _bars(address: str, *, size: float) -> Iterator[tuple[float, float, float, float]]:
    """Runs of black modules: left, bottom, width and height within the square."""
    rows = [bytes(row) for row in segno.make_qr(address, error="m").matrix]
    module = size / len(rows)
    for number, row in enumerate(rows, start=1):
        column = 0
        while (start := row.find(1, column)) >= 0:
            column = row.find(0, start)
            column = len(row) if column < 0 else column
            yield start * module, size - number * module, (column - start) * module, module
