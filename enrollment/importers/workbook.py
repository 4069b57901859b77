"""XLSX sheets, read by calamine behind limits that keep a small file from filling the memory."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from enrollment.importers.cells import TableRow, UnreadableTableError, text_of

__all__ = ["read_workbook"]

MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
# calamine holds a sheet as a full rectangle from its first to its last cell.
MAX_CELLS = 12_000_000

_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)
_CHUNK = 1024 * 1024
_OVERLAP = 64
# Only references that can be far away: a column behind Z, or a row of six and more digits.
_FAR_CELL = re.compile(rb' r="([A-Z]{2,3}|[A-Z]?(?=[0-9]{6}))([0-9]{1,9})"')
_FAR_CELL_ODDLY_WRITTEN = re.compile(
    rb"""\sr\s*=\s*["']([A-Z]{2,3}|[A-Z]?(?=[0-9]{6}))([0-9]{1,9})["']"""
)
_USUAL_COLUMNS = 26
_USUAL_ROWS = 99_999


def read_workbook(data: BinaryIO) -> Iterator[TableRow]:
    """Yield the rows of the first visible sheet that holds anything.

    Raises `UnreadableTableError` for damaged, protected or oversized files.
    """
    _refuse_oversized(data)
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
    for index, meta in enumerate(book.sheets_metadata):
        if meta.visible != SheetVisibleEnum.Visible:
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.total_height == 0:
            continue
        for line, values in enumerate(sheet.iter_rows(), start=1):
            cells = [value.strip() if type(value) is str else text_of(value) for value in values]
            yield TableRow(line, cells)
        return


def _refuse_oversized(data: BinaryIO) -> None:
    """Unpack once without keeping anything, so that neither sizes nor far cells can surprise."""
    try:
        with zipfile.ZipFile(data) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise _oversized()
            unpacked = 0
            for entry in entries:
                with archive.open(entry) as part:
                    is_sheet = entry.filename.startswith("xl/worksheets/")
                    unpacked += _measure(part, MAX_UNPACKED_BYTES - unpacked, is_sheet=is_sheet)
    except RuntimeError as error:
        raise UnreadableTableError("这个表格设了打开密码，请去掉密码另存后再导入。") from error
    except _DAMAGE as error:
        raise UnreadableTableError(
            "这个 XLSX 文件不完整或已损坏，请重新上传，或用表格软件打开后另存为 .xlsx。"
        ) from error


def _measure(part: IO[bytes], allowed: int, *, is_sheet: bool) -> int:
    """Return the unpacked size of one part; raise when it or the sheet's extent is beyond limits."""
    size = 0
    tail = b""
    columns, rows = _USUAL_COLUMNS, _USUAL_ROWS
    while chunk := part.read(_CHUNK):
        size += len(chunk)
        if size > allowed:
            raise _oversized()
        if is_sheet:
            window = tail + chunk
            columns, rows = _extent(window, columns, rows)
            if columns * rows > MAX_CELLS:
                raise _oversized()
            tail = window[-_OVERLAP:]
    return size


def _extent(window: bytes, columns: int, rows: int) -> tuple[int, int]:
    odd = b"r='" in window or b"r =" in window or b"= " in window
    pattern = _FAR_CELL_ODDLY_WRITTEN if odd else _FAR_CELL
    for letters, digits in pattern.findall(window):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        columns = max(columns, column)
        rows = max(rows, int(digits))
    return columns, rows


def _oversized() -> UnreadableTableError:
    return UnreadableTableError(
        "这个 XLSX 文件展开后太大，请删去空白区域和多余的工作表，或拆成几个文件再导入。"
    )
