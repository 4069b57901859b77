"""Small tables as files for the capture unit: CSV for programs, XLSX for people, both in one ZIP."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook

from common.spreadsheets import looks_like_formula, print_as_list
from common.wording import local

__all__ = ["Table", "table_csv", "table_xlsx", "zip_of"]

_WIDEST: Final = 60
_EARLIEST: Final = 1980


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A title, column heads and rows of text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def table_csv(table: Table) -> bytes:
    """UTF-8 with a mark at the beginning, which spreadsheet programs in Chinese need.

    A cell that would become a formula is quoted by an apostrophe.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([_defused(title) for title in table.columns])
    writer.writerows([_defused(cell) for cell in row] for row in table.rows)
    return target.getvalue().encode("utf-8-sig")


def table_xlsx(table: Table, *, at: datetime) -> bytes:
    """One sheet, all cells text, so that no code loses its zeros."""
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": table.title, "created": at.replace(tzinfo=None)})
    text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    guarded_head = book.add_format({"bold": True, "quote_prefix": True})
    guarded = book.add_format({"num_format": "@", "quote_prefix": True})
    sheet = book.add_worksheet(table.title[:31])
    sheet.freeze_panes(1, 0)
    print_as_list(sheet)
    for number, title in enumerate(table.columns):
        width = max([len(title), *(len(row[number]) for row in table.rows)]) * 2 + 2
        sheet.set_column(number, number, min(width, _WIDEST), text)
        sheet.write_string(0, number, title, guarded_head if looks_like_formula(title) else head)
    for line, row in enumerate(table.rows, start=1):
        for number, cell in enumerate(row):
            sheet.write_string(line, number, cell, guarded if looks_like_formula(cell) else text)
    book.close()
    return target.getvalue()


def zip_of(files: Mapping[str, bytes], *, at: datetime) -> bytes:
    """The files in one archive; names are marked as UTF-8, moments are those of Shanghai."""
    target = io.BytesIO()
    moment = local(at)
    stamp = (max(moment.year, _EARLIEST), moment.month, moment.day, moment.hour, moment.minute, 0)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = ZipInfo(name, stamp)
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def _defused(cell: str) -> str:
    return f"'{cell}" if looks_like_formula(cell) else cell
