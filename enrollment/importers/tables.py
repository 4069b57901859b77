"""One door for every table file: which reader a file needs is decided by its content."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from enrollment.importers.cells import CellNote, LostDigits, TableRow, UnreadableTableError
from enrollment.importers.dbase import read_dbase
from enrollment.importers.delimited import read_delimited
from enrollment.importers.workbook import read_workbook

__all__ = ["CellNote", "LostDigits", "TableRow", "UnreadableTableError", "read_table"]

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<html", b"<!doc", b"<?xml", b"<table")
_BINARY = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"Rar!", b"7z\xbc\xaf", b"PK\x05\x06")


def read_table(data: BinaryIO | bytes, filename: str) -> Iterator[TableRow]:
    """Yield the rows of an XLSX, CSV or DBF file one by one, as trimmed text with line numbers.

    Raises `UnreadableTableError` with a sentence for the user, at the first row or while reading.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    stream.seek(0)
    start = stream.read(512)
    extension = filename.rpartition(".")[2].lower()
    if not start.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise UnreadableTableError("这个文件是空的，请检查后重新上传。")
    if start.startswith(_ZIP):
        return read_workbook(stream)
    _refuse_foreign(start, extension)
    return read_dbase(stream) if extension == "dbf" else read_delimited(stream)


def _refuse_foreign(start: bytes, extension: str) -> None:
    if start.startswith(_OLE):
        raise UnreadableTableError(
            "这是旧版 .xls 文件或加了密码的表格，请用表格软件打开，去掉密码后另存为 .xlsx 再导入。"
        )
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_MARKUP):
        raise UnreadableTableError(
            "这个文件其实是网页，只是改了扩展名，请用表格软件打开后另存为 .xlsx 再导入。"
        )
    if start.startswith(_BINARY) or extension in {"xlsx", "xlsm", "xls", "et", "ods"}:
        raise UnreadableTableError("这个文件不是 XLSX、CSV 或 DBF 表格，请另存为 .xlsx 再导入。")
