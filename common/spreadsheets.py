"""What holds for every table that leaves the portal: no formulas, who took it, and how it prints."""

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Final

from common.actors import Actor, traced
from common.wording import moment_field

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

__all__ = ["is_taken_mark", "looks_like_formula", "print_as_list", "taken_mark"]

_SIGNS = frozenset("=+-@")
_BREAKS = ("\t", "\r", "\n")
_A4: Final = 9
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


def print_as_list(sheet: "Worksheet") -> None:
    """A4 lying, all columns on the page, the titles of the first row on every page."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.45, right=0.45, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
