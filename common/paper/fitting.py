"""Text that fits its cell: as large as it can be, broken where Chinese breaks a line.

The row grid of the sheet never moves; a long name or result is wrapped, then made smaller.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from common.paper.fonts import text_width

LEADING = 1.16
_STEP = 0.25
_SMALLEST_WHOLE = 6.5  # below this a name is rather broken inside its parts
_SMALLEST = 3.0
_TOLERANCE = 1e-9
_CUT = "…"

_TOKEN = re.compile(r"（暂定）|[A-Za-z0-9]+(?:['’.\-/][A-Za-z0-9]+)*|.", re.DOTALL)
_NAME_PART = re.compile(r"[^· \-]+[· \-]*|[· \-]+")
_NEVER_FIRST = frozenset("，。、；：？！）》」』”’·…,.;:?!)/%")
_NEVER_LAST = frozenset("（《「『“‘(")


@dataclass(frozen=True, slots=True)
class FittedText:
    """Lines that fit into the box they were asked for, at one size in points."""

    lines: tuple[str, ...]
    size: float

    @property
    def leading(self) -> float:
        """The distance from line to line."""
        return self.size * LEADING


def fit_text(text: str, *, width: float, height: float, largest: float) -> FittedText:
    """The text in the largest size, up to `largest`, at which it fits into the box.

    A text that would not fit even at three points is cut and ends with an ellipsis.
    """
    return (
        _on_one_line(text, width=width, height=height, size=largest)
        or _fit(_tokens(text), width=width, height=height, largest=largest, smallest=_SMALLEST)
        or _cut(text, width=width, height=height)
    )


def fit_name(name: str, *, width: float, height: float, largest: float) -> FittedText:
    """Like `fit_text`, but a name breaks between its parts (after · or - or a space) if it can."""
    whole = _on_one_line(name, width=width, height=height, size=largest) or _fit(
        _NAME_PART.findall(name),
        width=width,
        height=height,
        largest=largest,
        smallest=_SMALLEST_WHOLE,
    )
    return whole or fit_text(name, width=width, height=height, largest=largest)


def _on_one_line(text: str, *, width: float, height: float, size: float) -> FittedText | None:
    """The text as it is, which is what most cells hold."""
    line = text.strip()
    fits = size * LEADING <= height and text_width(line, size=size) <= width
    return FittedText((line,), size) if fits else None


def _fit(
    tokens: Sequence[str], *, width: float, height: float, largest: float, smallest: float
) -> FittedText | None:
    pieces = [_Piece.measured(token) for token in tokens]
    size = largest
    while size >= smallest:
        lines = _wrap(pieces, ems=width / size)
        if lines is not None and len(lines) * size * LEADING <= height:
            return FittedText(lines, size)
        size -= _STEP
    return None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A token measured once, in ems; spaces at its end do not count at the end of a line."""

    text: str
    width: float
    width_at_end: float

    @classmethod
    def measured(cls, token: str) -> Self:
        return cls(token, text_width(token, size=1), text_width(token.rstrip(), size=1))


def _wrap(pieces: Sequence[_Piece], *, ems: float) -> tuple[str, ...] | None:
    """Greedy lines, or None where one piece alone is wider than the line."""
    lines = [""]
    used = 0.0
    for piece in pieces:
        if used + piece.width_at_end > ems + _TOLERANCE:
            if piece.width_at_end > ems + _TOLERANCE:
                return None
            lines.append("")
            used = 0.0
        lines[-1] += piece.text
        used += piece.width
    return tuple(line.strip() for line in lines)


def _tokens(text: str) -> list[str]:
    """Pieces that a line may end after: words whole, brackets and stops with their neighbour."""
    pieces: list[str] = []
    for token in _TOKEN.findall(text):
        follows = token[0] in _NEVER_FIRST or (pieces and pieces[-1][-1] in _NEVER_LAST)
        if pieces and follows:
            pieces[-1] += token
        else:
            pieces.append(token)
    return pieces


def _cut(text: str, *, width: float, height: float) -> FittedText:
    """As many characters as the box holds at the smallest size, broken anywhere."""
    lines = [""]
    for character in text:
        if text_width(lines[-1] + character, size=_SMALLEST) > width:
            lines.append("")
        lines[-1] += character
    room = int(height / (_SMALLEST * LEADING))
    if len(lines) > room:
        lines = [*lines[: room - 1], lines[room - 1][:-1] + _CUT]
    return FittedText(tuple(lines), _SMALLEST)
