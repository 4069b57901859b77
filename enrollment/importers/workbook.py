"""XLSX sheets, read by calamine behind limits that keep a small file from filling the memory."""

from collections.abc import Iterator
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from enrollment.importers.cells import TableRow, UnreadableTableError, text_of
from enrollment.importers.workbook_limits import refuse_oversized

__all__ = ["read_workbook"]

# One part can be named as thousands of sheets, and each empty one is read to its end.
_MOST_SHEETS = 20


def read_workbook(data: BinaryIO) -> Iterator[TableRow]:
    """Yield the rows of the first visible sheet that holds anything.

    Raises `UnreadableTableError` for damaged, protected or oversized files.
    """
    refuse_oversized(data)
    data.seek(0)
    try:
        with CalamineWorkbook.from_filelike(data) as book:
            yield from _rows_of_first_sheet(book)
    except PasswordError as error:
        raise UnreadableTableError("这个表格设了打开密码，请去掉密码另存后再导入。") from error
    except (CalamineError, OSError) as error:
        raise UnreadableTableError(
            "这个 XLSX 文件损坏了，读不出来，请用表格软件打开后另存为 .xlsx 再导入。"
        ) from error


def _rows_of_first_sheet(book: CalamineWorkbook) -> Iterator[TableRow]:
    for index, meta in enumerate(book.sheets_metadata[:_MOST_SHEETS]):
        if meta.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.total_height == 0:
            continue
        for line, values in enumerate(sheet.iter_rows(), start=1):
            cells = [value.strip() if type(value) is str else text_of(value) for value in values]
            yield TableRow(line, cells)
        return
