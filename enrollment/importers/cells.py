"""What every kind of table file is turned into: rows of text cells."""

import re
from datetime import date, datetime
from typing import NamedTuple

__all__ = [
    "MAX_LINES",
    "CellNote",
    "LostDigits",
    "TableRow",
    "UnreadableTableError",
    "has_lost_digits",
    "text_of",
    "too_many_lines",
]

# As many as a spreadsheet has; a file of empty lines would otherwise keep the machine busy for hours.
MAX_LINES = 1_048_576

# A spreadsheet number keeps 15 significant digits; everything behind them is invented.
_EXACT_BELOW = 10**15


class UnreadableTableError(Exception):
    """The file as a whole cannot be read; the text is a Chinese sentence that says what to do."""


def too_many_lines() -> UnreadableTableError:
    """The refusal of a file that has more than `MAX_LINES`."""
    return UnreadableTableError(f"这个文件超过 {MAX_LINES} 行，请删去空行，或拆成几个文件再导入。")


class LostDigits(str):
    """Text of a cell that was a number with more digits than a number can keep."""

    __slots__ = ()


class CellNote(NamedTuple):
    """A remark of the file reader about one cell; `position` counts columns from 0."""

    position: int
    code: str
    message: str


class TableRow(NamedTuple):
    """One row: its line in the file (from 1) and its cells as trimmed text."""

    line: int
    cells: list[str]
    notes: tuple[CellNote, ...] = ()


_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{1,2}")


def has_lost_digits(text: str) -> bool:
    """Tell whether a cell was a number too long to be exact, in the sheet or before a CSV was made."""
    return type(text) is LostDigits or ("+" in text and _SCIENTIFIC.fullmatch(text) is not None)


def text_of(value: object) -> str:
    """Return a spreadsheet cell as the text that its author sees or meant.

    Whole numbers lose their ".0", dates become ISO text, and numbers too long to be exact come
    back as `LostDigits`.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _text_of_number(value)
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _text_of_number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN
        return ""
    if abs(value) >= _EXACT_BELOW:
        return LostDigits(int(value))
    return str(int(value)) if value == int(value) else repr(value)
