"""What holds for every table that leaves the portal: no formulas, and who took it."""

import unicodedata
from datetime import datetime
from typing import Final

from common.actors import Actor, traced
from common.wording import moment_field

__all__ = ["is_taken_mark", "looks_like_formula", "taken_mark"]

_SIGNS = frozenset("=+-@")
_BREAKS = ("\t", "\r", "\n")
_MARK_END: Final = "导出，只供校内工作使用，不要转发。"


def looks_like_formula(text: str) -> bool:
    """Whether a text becomes a formula when its cell is edited, or saved as CSV and opened again.

    Written as text it is harmless at first; it also needs the quote mark that keeps it text. Some
    input methods and programs read the full-width signs like the others.
    """
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return text.startswith(_BREAKS) or first in _SIGNS


def taken_mark(actor: Actor, at: datetime) -> str:
    """The line below a table that says who took it out of the house, and when."""
    return f"{traced(actor)} {moment_field(at)} {_MARK_END}"


def is_taken_mark(text: str) -> bool:
    """Whether this is such a line: a table may come back filled in."""
    return text.endswith(_MARK_END)
