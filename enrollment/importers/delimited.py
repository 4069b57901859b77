"""CSV in the encodings that Chinese offices write, with comma, semicolon or tab."""

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from enrollment.importers.cells import MAX_LINES, TableRow, UnreadableTableError, too_many_lines

__all__ = ["encoding_of", "read_delimited"]

_CHUNK = 1024 * 1024
_SNIFF_BYTES = 64 * 1024
_DELIMITERS = ",;\t"
# A record is held as a list of cells: millions of delimiters would take gigabytes.
_LONGEST_RECORD = 1024 * 1024
# Always gb18030, never gbk or gb2312: it contains both, and every rare name.
_STRICT_ORDER = ("utf-8", "gb18030")


class _Survey(NamedTuple):
    """What has to be known of a text file before its first line is read."""

    encoding: str
    # Whether any cell is wrapped as ="0012", which exports do to keep a number text.
    has_wrapped_cells: bool


def encoding_of(data: BinaryIO) -> str:
    """Return the encoding of a text file: marks first, then strict UTF-8, then strict GB18030."""
    return _survey(data).encoding


def _survey(data: BinaryIO) -> _Survey:
    data.seek(0)
    start = data.read(_SNIFF_BYTES)
    if start.startswith(codecs.BOM_UTF8):
        candidates: tuple[str, ...] = ("utf-8-sig",)
    elif start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    elif b"\x00" in start:
        # UTF-16 without a mark shows by the zero bytes of its line ends and delimiters.
        is_big = start[0::2].count(0) > start[1::2].count(0)
        candidates = ("utf-16-be" if is_big else "utf-16-le",)
    else:
        candidates = _STRICT_ORDER
    for encoding in candidates:
        with contextlib.suppress(UnicodeDecodeError):
            return _Survey(encoding, has_wrapped_cells=_read_through(data, encoding))
    raise UnreadableTableError(
        "认不出这个文件的文字编码，请用表格软件打开后另存为 .xlsx，或另存为“CSV UTF-8”再导入。"
    )


def _read_through(data: BinaryIO, encoding: str) -> bool:
    """Decode everything strictly; return whether there are wrapped cells."""
    data.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    found = False
    while chunk := data.read(_CHUNK):
        text = decoder.decode(chunk)
        if "\x00" in text:
            raise UnreadableTableError(
                "这个文件不是文本表格，或中间有损坏，请用表格软件打开后另存为 .xlsx 再导入。"
            )
        found = found or '="' in text
    decoder.decode(b"", final=True)
    return found


def read_delimited(data: BinaryIO) -> Iterator[TableRow]:
    """Yield the records of a CSV file; a record counts as one line even when a cell breaks it."""
    survey = _survey(data)
    data.seek(0)
    text = io.TextIOWrapper(data, encoding=survey.encoding, newline="")
    try:
        delimiter = _delimiter_of(text.read(_SNIFF_BYTES))
        text.seek(0)
        for row in _records(text, delimiter):
            yield _unwrapped(row) if survey.has_wrapped_cells else row
    finally:
        text.detach()


def _delimiter_of(start: str) -> str:
    """Return the delimiter that the first line with any has most of."""
    for line in start.splitlines():
        counts = {delimiter: line.count(delimiter) for delimiter in _DELIMITERS}
        best = max(counts, key=counts.__getitem__)
        if counts[best]:
            return best
    return ","


def _records(text: io.TextIOWrapper, delimiter: str) -> Iterator[TableRow]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    line = 0
    try:
        for line, record in enumerate(reader, start=1):
            lines.of_record = 0
            if line > MAX_LINES:
                raise too_many_lines()
            yield TableRow(line, list(map(str.strip, record)))
    except csv.Error as error:
        raise UnreadableTableError(
            f"第 {line + 1} 行起读不下去，多半是引号没有成对，请改正后再导入。"
        ) from error


class _Lines:
    """The lines of a file, refused when too much of it would be one record."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.of_record = 0
        self._text = text

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(_LONGEST_RECORD):
            self.of_record += len(line)
            if self.of_record >= _LONGEST_RECORD:
                raise UnreadableTableError(
                    "这个文件有一行长得不像表格，多半是引号没有成对或换行丢了，请改正后再导入。"
                )
            yield line


def _unwrapped(row: TableRow) -> TableRow:
    cells = [
        cell[2:-1].strip() if cell.startswith('="') and cell.endswith('"') else cell
        for cell in row.cells
    ]
    return TableRow(row.line, cells)
