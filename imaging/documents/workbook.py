"""Large tables as XLSX in memory that does not grow; every cell is text and never a formula."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Final, Self

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from common.actors import Actor
from common.spreadsheets import looks_like_formula, print_as_list, taken_mark

__all__ = ["XLSX", "TextBook"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NARROWEST: Final = 8


class TextBook:
    """A workbook that is written row by row; `close` ends it, the target stays open.

    With `taken_by` it says who took it out of the house: below the last row and on every printed page
    of each sheet. What another program reads goes without.
    """

    def __init__(
        self, target: IO[bytes], *, title: str, at: datetime, taken_by: Actor | None = None
    ) -> None:
        self._book = Workbook(
            target,
            {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
        )
        self._book.set_properties({"title": title, "created": at.replace(tzinfo=None)})
        self._text = self._book.add_format({"num_format": "@"})
        self._guarded = self._book.add_format({"num_format": "@", "quote_prefix": True})
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._line = 0
        self._sheet: Worksheet | None = None
        self._mark = "" if taken_by is None else taken_mark(taken_by, at)

    def sheet(self, name: str, columns: Sequence[tuple[str, int]]) -> Self:
        """Begin a sheet: (title, width in characters) of each column, the titles frozen."""
        self._end_sheet()
        sheet = self._sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        print_as_list(sheet)
        if self._mark:
            sheet.set_footer(f"&L{self._mark.replace('&', '&&')}&R&P / &N")
        for number, (title, width) in enumerate(columns):
            sheet.set_column(number, number, max(width, _NARROWEST), self._text)
            sheet.write_string(0, number, title, self._head)
        self._line = 0
        return self

    def write(self, cells: Sequence[str]) -> None:
        """One row below the last."""
        if self._sheet is None:
            message = "a row before the first sheet"
            raise ValueError(message)
        self._line += 1
        for number, cell in enumerate(cells):
            shape = self._guarded if looks_like_formula(cell) else self._text
            self._sheet.write_string(self._line, number, cell, shape)

    def close(self) -> None:
        """End the workbook."""
        self._end_sheet()
        self._book.close()

    def _end_sheet(self) -> None:
        if self._mark and self._sheet is not None:
            self.write([self._mark])
