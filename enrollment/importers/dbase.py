"""DBF tables as the platform and provincial programs write them; a reader of our own, because
lengths count bytes there, code page marks lie, and characters arrive cut in half.
"""

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from enrollment.importers.cells import (
    MAX_LINES,
    CellNote,
    LostDigits,
    TableRow,
    UnreadableTableError,
    too_many_lines,
)

__all__ = ["read_dbase"]

_HEADER = struct.Struct("<B3xIHH17xB2x")
_FIELD = struct.Struct("<11sc4xBB14x")
_END_OF_FIELDS = 0x0D
_END_OF_FILE = 0x1A
_DELETED = ord("*")
_SNIFF_RECORDS = 500
_RECORDS_AT_ONCE = 512
_MOST_DIGITS = 15
# Fields may be declared without a length, so a small file could ask for billions of cells.
_MAX_CELLS = 12_000_000
# Language driver bytes that really mean another encoding; all others are GB18030 in practice.
_ENCODINGS = {0x4F: "cp950", 0x78: "cp950", 0xF0: "utf-8", 0x7B: "cp932", 0x13: "cp932"}
_LONG_NUMBER = re.compile(r"-?[0-9]{16,}")


class _Field(NamedTuple):
    name: str
    kind: str
    start: int
    end: int


def read_dbase(data: BinaryIO) -> Iterator[TableRow]:
    """Yield the field names as row 1, then the records that are not marked deleted.

    A character that was cut at the end of a field is dropped with a note on its cell.
    """
    data.seek(0)
    count, record_length, mark, fields = _read_header(data)
    if count > MAX_LINES or count * len(fields) > _MAX_CELLS:
        raise too_many_lines()
    yield TableRow(1, [field.name for field in fields])
    encoding = _ENCODINGS.get(mark) or _sniffed_encoding(data, record_length, fields)
    line = 1
    for record in islice(_records(data, record_length), count):
        line += 1
        if record[0] == _DELETED:
            continue
        yield _row(line, record, fields, encoding)
    if line - 1 < count:
        raise UnreadableTableError(
            f"这个 DBF 文件不完整：文件头写有 {count} 行，实际只有 {line - 1} 行，请重新上传。"
        )


def _read_header(data: BinaryIO) -> tuple[int, int, int, list[_Field]]:
    head = data.read(_HEADER.size)
    if len(head) < _HEADER.size:
        raise _damaged()
    _, count, header_length, record_length, mark = _HEADER.unpack(head)
    area = data.read(max(header_length - _HEADER.size, 0))
    fields = list(_fields(area))
    if not fields or len(area) < header_length - _HEADER.size or fields[-1].end > record_length:
        raise _damaged()
    return count, record_length, mark, fields


def _fields(area: bytes) -> Iterator[_Field]:
    start = 1  # the first byte of a record is its deletion mark
    for offset in range(0, len(area) - _FIELD.size + 1, _FIELD.size):
        if area[offset] == _END_OF_FIELDS:
            return
        name, kind, length, decimals = _FIELD.unpack_from(area, offset)
        if kind == b"C":
            length += decimals * 256  # long text fields keep the high byte there
        plain = name.split(b"\x00")[0].decode("gb18030", "replace").strip()
        yield _Field(plain, kind.decode("latin-1"), start, start + length)
        start += length


def _records(data: BinaryIO, record_length: int) -> Iterator[bytes]:
    while block := data.read(record_length * _RECORDS_AT_ONCE):
        for start in range(0, len(block), record_length):
            record = block[start : start + record_length]
            if len(record) < record_length or record[0] == _END_OF_FILE:
                return
            yield record


def _sniffed_encoding(data: BinaryIO, record_length: int, fields: list[_Field]) -> str:
    """Tell the files that new programs write in UTF-8 without a mark; GB18030 looks otherwise."""
    position = data.tell()
    seen_any = False
    for record in islice(_records(data, record_length), _SNIFF_RECORDS):
        for field in fields:
            cell = record[field.start : field.end].partition(b"\x00")[0].rstrip(b" ")
            if field.kind == "C" and not cell.isascii():
                try:
                    cell.decode("utf-8")
                except UnicodeDecodeError as error:
                    if error.end < len(cell):
                        data.seek(position)
                        return "gb18030"
                else:
                    seen_any = True
    data.seek(position)
    return "utf-8" if seen_any else "gb18030"


def _row(line: int, record: bytes, fields: list[_Field], encoding: str) -> TableRow:
    cells: list[str] = []
    notes: list[CellNote] = []
    for index, (_, kind, start, end) in enumerate(fields):
        raw = record[start:end]
        if kind == "C":
            raw = raw.partition(b"\x00")[0].rstrip(b" ")
            try:
                cells.append(raw.decode(encoding).strip())
            except UnicodeDecodeError:
                text, note = _decode_damaged(raw, encoding, index)
                cells.append(text)
                notes.append(note)
        else:
            cells.append(_text_of(kind, raw))
    return TableRow(line, cells, tuple(notes))


def _decode_damaged(raw: bytes, encoding: str, index: int) -> tuple[str, CellNote]:
    for cut in (1, 2, 3):
        try:
            text = raw[:-cut].decode(encoding).strip()
        except UnicodeDecodeError:
            continue
        note = CellNote(index, "text_cut", "这一格太短，最后一个字只存了一半，已略去，请补全。")
        return text, note
    text = raw.decode(encoding, "replace").strip()
    return text, CellNote(index, "text_unreadable", "这一格里有读不出来的字，请核对后更正。")


def _text_of(kind: str, raw: bytes) -> str:
    if kind == "I" and len(raw) == 4:  # noqa: PLR2004 - a 32-bit integer
        return str(int.from_bytes(raw, "little", signed=True))
    if kind in "NFDL":
        text = raw.decode("ascii", "replace").strip(" \x00")
        if kind in "NF" and _LONG_NUMBER.match(text):
            return LostDigits(text)
        return text
    if kind == "B" and len(raw) == 8:  # noqa: PLR2004 - a double
        number: float = struct.unpack("<d", raw)[0]
        text = f"{number:.15g}"
        return LostDigits(text) if abs(number) >= 10**_MOST_DIGITS else text
    return ""  # memo fields live in another file that nobody sends along


def _damaged() -> UnreadableTableError:
    return UnreadableTableError("这个 DBF 文件的文件头不完整，请重新导出后再导入。")
