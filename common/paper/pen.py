"""Drawing with reportlab: one canvas at a time, text placed by its middle line."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from common.paper import fonts
from common.paper.fitting import FittedText

__all__ = ["HEAD_TO_MIDDLE", "Pen", "drawing", "open_canvas"]

HEAD_TO_MIDDLE = 0.38  # of the size: from the baseline to the middle of a Chinese character
_BOLD_STROKE = 0.028  # of the size: the font has one weight, a title is drawn with an outline

# reportlab keeps its fonts in the process and moves a cursor in them while it writes.
drawing = threading.Lock()


def open_canvas(
    target: BytesIO, *, title: str, subject: str, author: str, at: datetime, size: float = 10.5
) -> Canvas:
    """An A4 canvas in the paper's font; the same content and moment give the same bytes.

    The caller holds `drawing` until it has saved.
    """
    fonts.paper_font()
    # "invariant" takes reportlab's own clock and random document id out of the file.
    canvas = Canvas(
        target,
        pagesize=A4,
        pageCompression=1,
        invariant=1,
        lang="zh-CN",
        initialFontName=fonts.FONT_NAME,
        initialFontSize=size,
    )
    moment = at.astimezone(UTC)
    canvas.setDateFormatter(lambda *_clock: f"D:{moment:%Y%m%d%H%M%S}+00'00'")
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(subject)
    canvas.setCreator(author)
    canvas.setProducer("reportlab")
    return canvas


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws text by its middle line, which is what a table needs."""

    canvas: Canvas

    def line(self, x: float, middle: float, text: str, *, size: float, bold: bool = False) -> float:
        """Draws one line from x on; gives the x where it ends."""
        text = fonts.printable_text(text)
        self.canvas.setFont(fonts.FONT_NAME, size)
        if bold:
            self.canvas.setLineWidth(size * _BOLD_STROKE)
        self.canvas.drawString(x, middle - size * HEAD_TO_MIDDLE, text, mode=2 if bold else None)
        return x + fonts.text_width(text, size=size)

    def centred(
        self, x: float, middle: float, text: str, *, size: float, bold: bool = False
    ) -> None:
        """Draws one line around x."""
        width = fonts.text_width(fonts.printable_text(text), size=size)
        self.line(x - width / 2, middle, text, size=size, bold=bold)

    def block(
        self, left: float, middle: float, text: FittedText, *, right: float | None = None
    ) -> None:
        """Draws fitted lines, their block centred on the middle line.

        With `right` they are centred between the two, else they begin at `left`.
        """
        top_line = middle + (len(text.lines) - 1) * text.leading / 2
        for number, line in enumerate(text.lines):
            width = fonts.text_width(line, size=text.size)
            x = left if right is None else (left + right - width) / 2
            self.line(x, top_line - number * text.leading, line, size=text.size)
