"""Roster files as real bytes, for the tests of the readers."""

import gc
import io
import struct
import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import dbf
import xlsxwriter

HEADERS = ["考生号", "学号", "姓名", "性别", "出生日期", "证件类型", "证件号码"]


def xlsx_bytes(rows: Sequence[Sequence[object]], *, sheets: Sequence[str] = ("名册",)) -> bytes:
    """A workbook whose last sheet holds the rows; text as text, numbers as numbers."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = [book.add_worksheet(name) for name in sheets][-1]
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value)
                elif value is not None:
                    sheet.write(line, column, value)
    return buffer.getvalue()


def csv_bytes(
    rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> bytes:
    """A CSV file without quoting."""
    text = "".join(delimiter.join(row) + "\r\n" for row in rows)
    return text.encode(encoding)


def dbf_bytes(
    folder: Path, fields: str, rows: Sequence[tuple[object, ...]], codepage: str
) -> bytes:
    """A DBF file as the dbf package writes it."""
    path = folder / "roster.dbf"
    with warnings.catch_warnings():
        # The package leaves its first file handle to the collector.
        warnings.simplefilter("ignore", ResourceWarning)
        table = dbf.Table(str(path), fields, codepage=codepage)
        with table.open(mode=dbf.READ_WRITE):
            for row in rows:
                table.append(row)
        del table
        gc.collect()
    return path.read_bytes()


def raw_dbf_bytes(
    fields: Sequence[tuple[str, str, int]],
    records: Sequence[Sequence[bytes]],
    *,
    mark: int = 0,
    count: int | None = None,
    deleted: Sequence[int] = (),
) -> bytes:
    """A DBF file byte by byte, for what well-behaved writers never write."""
    length = 1 + sum(size for _, _, size in fields)
    head = 32 + 32 * len(fields) + 1
    parts = [
        struct.pack(
            "<B3BIHH17xB2x",
            3,
            26,
            6,
            1,
            len(records) if count is None else count,
            head,
            length,
            mark,
        )
    ]
    parts += [
        struct.pack("<11sc4xBB14x", name.encode("gb18030"), kind.encode(), size, 0)
        for name, kind, size in fields
    ]
    parts.append(b"\r")
    for index, record in enumerate(records):
        parts.append(b"*" if index in deleted else b" ")
        parts += [
            cell.ljust(size)[:size] for cell, (_, _, size) in zip(record, fields, strict=True)
        ]
    return b"".join(parts) + b"\x1a"
