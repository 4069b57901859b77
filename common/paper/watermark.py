"""A word drawn as shapes under the table.

As text it would be found between the rows when somebody copies or searches the table.
"""

import functools
from io import BytesIO
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from common.paper.fonts import paper_font

_GREY = 0.925

_Step = tuple[str, tuple[float, ...]]


def draw_watermark(
    canvas: Canvas,
    word: str,
    *,
    size: float,
    angle: float,
    page: tuple[float, float] = A4,
    aside: float = 0.0,
) -> None:
    """The word in light grey, centred on the page and turned; draw it before anything else.

    `aside` moves it across its own line, so that two words can stand one above the other.
    """
    width, height = page
    steps, advance = _outline(word)
    scale = size / 1000
    canvas.saveState()
    canvas.setFillGray(_GREY)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(angle)
    canvas.translate(0, aside)
    canvas.scale(scale, scale)
    canvas.translate(-advance / 2, -380)
    path = canvas.beginPath()
    for name, arguments in steps:
        getattr(path, name)(*arguments)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)
    canvas.restoreState()


class _StepPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Notes an outline as calls of a reportlab path."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.steps: list[_Step] = []
        self.offset = 0.0

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.steps.append(("moveTo", self._moved(point)))

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.steps.append(("lineTo", self._moved(point)))

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self.steps.append(("curveTo", tuple(c for p in points for c in self._moved(p))))

    def _closePath(self) -> None:  # noqa: N802
        self.steps.append(("close", ()))

    def _moved(self, point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + self.offset, point[1]


@functools.lru_cache(maxsize=16)  # a few fixed words, and the names of who exported lately
def _outline(word: str) -> tuple[tuple[_Step, ...], float]:
    """The shapes of a word at 1000 units to the em, and its width; the caller holds `drawing`."""
    # Only these glyphs: the whole font opened once more takes thirty megabytes.
    few = paper_font().face.makeSubset([ord(character) for character in word])
    with TTFont(BytesIO(few)) as font:
        glyphs = font.getGlyphSet()
        names = font["cmap"].tables[0].cmap
        pen = _StepPen(glyphs)
        for place in range(len(word)):
            glyph = glyphs[names[place]]
            glyph.draw(pen)
            pen.offset += glyph.width
    return tuple(pen.steps), pen.offset
