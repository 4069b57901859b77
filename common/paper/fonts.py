"""The font of everything printed: found beside the code, loaded once, honest about what it cannot draw.

reportlab draws a character that the font lacks as nothing at all, without an error, and
writes code points above U+FFFF wrongly into the map that copying and searching use. Both
are mended here.
"""

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics, ttfonts

FONT_NAME = "NotoSansSC"
FONT_PATH = Path(__file__).parent / "fonts_data" / "NotoSansSC-Regular.ttf"
MISSING_MARK = "〓"  # U+3013 GETA MARK, the printers' sign for a missing character

_MAPPED_AT_ONCE = 100  # PDF allows at most 100 entries in one bfchar section
_VARIATION_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))


class UnprintableName(NamedTuple):
    """A name and those of its characters that paper can only show as 〓."""

    name: str
    missing: tuple[str, ...]

    @property
    def code_points(self) -> str:
        """`U+E000、U+31350`, for a list that people work through."""
        return "、".join(f"U+{ord(character):04X}" for character in self.missing)


@functools.cache
def paper_font() -> ttfonts.TTFont:
    """The registered font; the ten megabytes are read once per process."""
    ttfonts.makeToUnicodeCMap = _to_unicode_map
    font = ttfonts.TTFont(FONT_NAME, str(FONT_PATH))
    pdfmetrics.registerFont(font)
    return font


def can_print(character: str) -> bool:
    """Whether the font draws this character, or it needs no drawing."""
    return _drawn(character) is not None


def unprintable_names(names: Iterable[str]) -> list[UnprintableName]:
    """Those of the names, in their order, that hold characters absent from the font."""
    found = []
    for name in names:
        missing = tuple(dict.fromkeys(c for c in name if not can_print(c)))
        if missing:
            found.append(UnprintableName(name, missing))
    return found


def printable_text(text: str) -> str:
    """The text as it is drawn: 〓 for each character that the font lacks.

    Marks without a shape of their own (variation selectors, joiners, control characters)
    are left out, any white space is a space.
    """
    return "".join(
        MISSING_MARK if (drawn := _drawn(character)) is None else drawn for character in text
    )


def text_width(text: str, *, size: float) -> float:
    """The width in points of one line of printable text."""
    face = paper_font().face
    widths, fallback = face.charWidths, face.defaultWidth
    return float(sum([widths.get(ord(c), fallback) for c in text])) * size / 1000


@functools.lru_cache(maxsize=8192)
def _drawn(character: str) -> str | None:
    """What stands for the character on paper, or None where the font has no glyph."""
    if character.isspace():
        return "　" if character == "　" else " "
    if paper_font().face.charToGlyph.get(ord(character), 0):
        return character
    without_shape = (
        unicodedata.category(character) in {"Cc", "Cf"} or ord(character) in _VARIATION_SELECTORS
    )
    return "" if without_shape else None


def _to_unicode_map(font_name: str, subset: Sequence[int]) -> str:
    """The ToUnicode map of a subset, code points above U+FFFF as UTF-16 pairs (PDF 1.7, 9.10.3)."""
    entries = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>"
        for code, point in enumerate(subset)
    ]
    sections = [
        entries[at : at + _MAPPED_AT_ONCE] for at in range(0, len(entries), _MAPPED_AT_ONCE)
    ]
    body = [line for part in sections for line in (f"{len(part)} beginbfchar", *part, "endbfchar")]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({font_name}) /Ordering ({font_name}) /Supplement 0 >> def",
            f"/CMapName /{font_name} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            "<00> <FF>",
            "endcodespacerange",
            *body,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )
