"""The order of the rows on a sheet.

The form asks the monitor to fill it in by student number from large to small (按学号由大到小).
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from corrections.documents.sheet import SheetRow

_CHUNK = re.compile(r"[0-9]+|[^0-9]+")
_ONLY_DIGITS = re.compile(r"[0-9]+")


def ordering_label(*, descending: bool = True) -> str:
    """The order in words, for a page that shows the sheet."""
    return "按学号由大到小" if descending else "按学号由小到大"


def sort_rows(
    rows: Iterable[SheetRow], *, descending: bool = True, numeric: bool | None = None
) -> tuple[SheetRow, ...]:
    """The rows by student number, from large to small unless told otherwise, numbered from 1.

    - `numeric=None`, the default: where every number of the class consists of digits alone,
      they are compared as numbers (100 after 99). As soon as one holds anything else, all are
      compared as natural text: piece by piece, a run of digits as a number and before any
      letter, letters without regard to case (A2, A10, B1).
    - `numeric=True`: digits alone are compared as numbers; every other number stands at the
      end, in natural order, whichever the direction.
    - `numeric=False`: as plain text, character by character (100 before 99), the way a
      spreadsheet sorts a text column.

    Leading zeros never change a value: they only settle a tie, the shorter spelling being the
    smaller. Full-width digits and letters count as plain ones. Equal numbers keep the order in
    which they came.
    """
    given = list(rows)
    if numeric is False:
        ordered = sorted(given, key=_plain_key, reverse=descending)
    elif numeric is True:
        numbers = [row for row in given if _ONLY_DIGITS.fullmatch(_folded(row))]
        others = [row for row in given if not _ONLY_DIGITS.fullmatch(_folded(row))]
        ordered = [
            *sorted(numbers, key=_natural_key, reverse=descending),
            *sorted(others, key=_natural_key, reverse=descending),
        ]
    else:
        # A number of digits alone is natural text of one piece, so one key serves both rules.
        ordered = sorted(given, key=_natural_key, reverse=descending)
    return tuple(replace(row, position=place) for place, row in enumerate(ordered, start=1))


def _folded(row: SheetRow) -> str:
    return unicodedata.normalize("NFKC", row.student_no).strip()


def _plain_key(row: SheetRow) -> str:
    return _folded(row)


def _natural_key(row: SheetRow) -> tuple[tuple[tuple[int, int, str], ...], int, str]:
    text = _folded(row)
    pieces = tuple(
        (0, int(piece), "") if piece[0] in "0123456789" else (1, 0, piece.casefold())
        for piece in _CHUNK.findall(text)
    )
    return pieces, len(text), text
