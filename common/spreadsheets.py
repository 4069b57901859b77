"""Cells that a spreadsheet program would take for a formula."""

import unicodedata

__all__ = ["looks_like_formula"]

_SIGNS = frozenset("=+-@")
_BREAKS = ("\t", "\r", "\n")


def looks_like_formula(text: str) -> bool:
    """Whether a text becomes a formula when its cell is edited, or saved as CSV and opened again.

    Written as text it is harmless at first; it also needs the quote mark that keeps it text. Some
    input methods and programs read the full-width signs like the others.
    """
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return text.startswith(_BREAKS) or first in _SIGNS
