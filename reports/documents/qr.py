"""The address of a report as a QR code; it carries nothing that could be trusted offline."""

from io import BytesIO

import segno
from reportlab.pdfgen.canvas import Canvas

__all__ = ["draw_qr", "qr_svg"]

_QUIET = 4  # modules of white around the code, by the standard


def qr_svg(address: str) -> bytes:
    """The address as an SVG file without styles or scripts."""
    target = BytesIO()
    segno.make_qr(address, error="m").save(
        target, kind="svg", scale=4, border=_QUIET, xmldecl=False, light="#fff", nl=False
    )
    return target.getvalue()


def draw_qr(canvas: Canvas, address: str, *, x: float, y: float, size: float) -> None:
    """The address as black modules in a square, its lower left corner at x, y."""
    rows = [bytes(row) for row in segno.make_qr(address, error="m").matrix]
    module = size / len(rows)
    path = canvas.beginPath()
    for number, row in enumerate(rows, start=1):
        bottom = y + size - number * module
        column = 0
        while (start := row.find(1, column)) >= 0:
            column = row.find(0, start)
            column = len(row) if column < 0 else column
            path.rect(x + start * module, bottom, (column - start) * module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
