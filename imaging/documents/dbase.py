"""A DBF table as the platform's programs read it: fixed width in bytes, GBK, declared as such.

Nothing is cut to fit: what is too long, or has no place in GBK, is refused before a byte is written.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Final

__all__ = ["CODE_PAGE", "DbfField", "DbfWriter", "UnfitError", "as_gbk"]

# Language driver 0x7A: Windows code page 936, Chinese of the mainland.
CODE_PAGE: Final = 0x7A
_VERSION: Final = 0x03
_END_OF_HEADER: Final = b"\r"
_END_OF_FILE: Final = b"\x1a"
_KEPT: Final = b" "
_LONGEST_NAME: Final = 10
_WIDEST: Final = 254
_EPOCH: Final = 1900
_HEAD: Final = struct.Struct("<B3BIHH17xB2x")
_FIELD: Final = struct.Struct("<11sc4xBB14x")
_ENCODING: Final = "gbk"


class UnfitError(ValueError):
    """A value that the table cannot hold as it is; `character` is what GBK lacks, else it is too long."""

    def __init__(self, *, size: int = 0, character: str = "") -> None:
        super().__init__("value does not fit")
        self.size = size
        self.character = character


@dataclass(frozen=True, slots=True)
class DbfField:
    """A field of characters: its name in the file and how many bytes it holds."""

    name: str
    width: int

    def __post_init__(self) -> None:
        if not (self.name.isascii() and 0 < len(self.name) <= _LONGEST_NAME):
            raise ValueError("a field's name has one to ten ASCII letters")
        if not 0 < self.width <= _WIDEST:
            raise ValueError("a field holds 1 to 254 bytes")


def as_gbk(text: str, width: int) -> bytes:
    """The bytes of a value, unpadded; UnfitError when they are too many or a character has none."""
    if not text.isprintable():
        raise UnfitError(character=next(each for each in text if not each.isprintable()))
    try:
        content = text.encode(_ENCODING)
    except UnicodeEncodeError as error:
        raise UnfitError(character=text[error.start]) from None
    if len(content) > width:
        raise UnfitError(size=len(content))
    return content


class DbfWriter:
    """Writes records one by one into a seekable file; `close` puts their number into the header."""

    def __init__(self, target: IO[bytes], fields: Sequence[DbfField], *, day: date) -> None:
        self._target, self._fields, self._day = target, tuple(fields), day
        self._count = 0
        self._write_header()

    def write(self, values: Sequence[str]) -> None:
        """One record; UnfitError before anything of it is written."""
        cells = [
            as_gbk(text, field.width).ljust(field.width)
            for field, text in zip(self._fields, values, strict=True)
        ]
        self._target.write(_KEPT + b"".join(cells))
        self._count += 1

    def close(self) -> None:
        """End the file; the target stays open."""
        self._target.write(_END_OF_FILE)
        self._target.seek(0)
        self._write_header()
        self._target.seek(0, 2)

    def _write_header(self) -> None:
        length = _HEAD.size + _FIELD.size * len(self._fields) + len(_END_OF_HEADER)
        record = 1 + sum(field.width for field in self._fields)
        day = (self._day.year - _EPOCH, self._day.month, self._day.day)
        self._target.write(_HEAD.pack(_VERSION, *day, self._count, length, record, CODE_PAGE))
        for field in self._fields:
            self._target.write(_FIELD.pack(field.name.encode(), b"C", field.width, 0))
        self._target.write(_END_OF_HEADER)
