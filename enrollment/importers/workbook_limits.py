"""What an XLSX would take in memory, found before it is laid out; nothing of it is kept.

calamine lays a sheet out as a full rectangle and copies a shared string into every cell that
names it, so a few kilobytes can ask for terabytes. Everything is measured on the bytes that calamine
will read, wherever the package keeps them and however they are written.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.parsers import expat

from enrollment.importers.cells import UnreadableTableError

__all__ = ["refuse_oversized"]

MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
MAX_CELLS = 12_000_000
# All cells' text together, each shared string counted as often as a cell names it.
MAX_TEXT_BYTES = 1_500 * 1024 * 1024
# A spreadsheet's cell holds 32,767 characters; between two tags there is nothing longer.
MAX_BETWEEN_TAGS = 4 * 1024 * 1024

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    expat.ExpatError,
)
_CHUNK = 1024 * 1024
# calamine would read these too, by rules of their own for repeated and far cells.
_OTHER_FORMATS = frozenset({"content.xml", "xl/workbook.bin"})
# Only references that can be far away: a column behind Z, or a row of six and more digits.
_FAR_CELL = re.compile(rb' r="([A-Za-z]{2,}|[A-Za-z]?(?=[0-9]{6}))([0-9]+)"')
_CELL = re.compile(r"([A-Za-z]*)([0-9]*)")
# calamine also takes these; they are read by a true parser. Hardly any sheet has the first byte of a
# line here, so looking for that byte spares looking for the rest.
_ODDLY_WRITTEN = {
    b"=": (b"r =", b"= "),
    b"'": (b"r='",),
    b":": (b":c", b":row"),
    b"\t": (b"\tr", b"r\t", b"=\t"),
    b"\n": (b"\nr", b"r\n", b"=\n"),
    b"\r": (b"\rr", b"r\r", b"=\r"),
    b"!": (b"<!",),
}
_USUALLY_WRITTEN = {b"<c": b'<c r="', b"<row": b'<row r="'}
_AFTER_A_NAME = (b" ", b">", b"/", b"\t", b"\n", b"\r")
_USUAL_COLUMNS = 26
_USUAL_ROWS = 99_999
_LONGEST_NUMBER = 9
_TAGS_OF_A_CELL = 4  # <c><v>1</v></c>


def refuse_oversized(data: BinaryIO) -> None:
    """Unpack once without keeping anything; `UnreadableTableError` for what would fill the memory."""
    try:
        with zipfile.ZipFile(data) as archive:
            _measure(archive)
    except RuntimeError as error:
        raise UnreadableTableError("这个表格设了打开密码，请去掉密码另存后再导入。") from error
    except _DAMAGE as error:
        raise UnreadableTableError(
            "这个 XLSX 文件不完整或已损坏，请重新上传，或用表格软件打开后另存为 .xlsx。"
        ) from error


def _measure(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _oversized()
    names = {entry.filename.replace("\\", "/").lstrip("/").lower() for entry in entries}
    if names & _OTHER_FORMATS:
        raise UnreadableTableError(
            "这个表格不是 XLSX（可能是 ODS 或 XLSB），请用表格软件打开后另存为 .xlsx 再导入。"
        )
    left = MAX_UNPACKED_BYTES
    strings = [0]
    sheets: list[tuple[zipfile.ZipInfo, _Part]] = []
    for entry in entries:
        part = _Part(left)
        with archive.open(entry) as stream:
            for window in _windows(stream):
                part.see(window)
        left -= part.size
        if entry.filename.lower().endswith("sharedstrings.xml"):
            strings.append(part.longest_string)
        if part.is_sheet:
            sheets.append((entry, part))
    for entry, part in sheets:
        is_heavy = max(strings) * part.cells > MAX_TEXT_BYTES
        if is_heavy or part.is_odd:
            lengths = list(_string_lengths(archive)) if is_heavy else []
            with archive.open(entry) as stream:
                _Sheet(lengths).read(stream)


def _windows(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes in pieces that end before a tag, so that no tag is ever cut."""
    tail = b""
    while chunk := stream.read(_CHUNK):
        window = tail + chunk
        cut = max(window.rfind(b"<"), 0)
        yield window[:cut]
        tail = window[cut:]
        if len(tail) > MAX_BETWEEN_TAGS and b"<" in tail:
            raise _oversized()
        if cut == 0 and b"<" not in tail:  # no markup at all, such as a picture
            yield tail
            tail = b""
    yield tail


class _Part:
    """One file of the package, seen piece by piece."""

    def __init__(self, allowed: int) -> None:
        self.size = 0
        self.cells = 0
        self.is_sheet = False
        self.is_odd = False
        self.longest_string = 0
        self._allowed = allowed
        self._open_string = 0
        self._columns, self._rows = _USUAL_COLUMNS, _USUAL_ROWS

    def see(self, window: bytes) -> None:
        """Take the next piece in; raise when the limits are passed."""
        self.size += len(window)
        if self.size > self._allowed:
            raise _oversized()
        self.is_sheet = self.is_sheet or b"sheetData" in window
        if self.is_sheet:
            self._see_cells(window)
        elif b"<" in window:
            self._see_strings(window)

    def _see_cells(self, window: bytes) -> None:
        self.cells += window.count(b"<") // _TAGS_OF_A_CELL
        self.is_odd = self.is_odd or _is_oddly_written(window)
        for letters, digits in _FAR_CELL.findall(window):
            self._columns = max(self._columns, _column(letters.decode()))
            self._rows = max(self._rows, _number(digits.decode()))
        _check_extent(self._columns, self._rows)
        if self.cells > MAX_CELLS:
            raise _oversized()

    def _see_strings(self, window: bytes) -> None:
        """The longest text between two ends of shared strings, with its markup."""
        if b"<!" in window:  # text can hide an end there, so everything counts as one string
            self._open_string += len(window)
            self.longest_string = max(self.longest_string, self._open_string)
            return
        first, *others = window.split(b"</si>")
        self._open_string += len(first)
        self.longest_string = max(self.longest_string, self._open_string, *map(len, others), 0)
        if others:
            self._open_string = len(others[-1])


def _is_oddly_written(window: bytes) -> bool:
    """Whether a row or cell may say where it is in another way than spreadsheet programs do."""
    for begin, usual in _USUALLY_WRITTEN.items():
        usually = window.count(usual)
        if window.count(begin) != usually and usually != sum(
            window.count(begin + after) for after in _AFTER_A_NAME
        ):
            return True
    return any(
        first in window and any(mark in window for mark in marks)
        for first, marks in _ODDLY_WRITTEN.items()
    )


class _Sheet:
    """One sheet, read by a true parser: exact, and only for what is oddly written or heavy."""

    def __init__(self, lengths: list[int]) -> None:
        self._lengths = lengths
        self._row = self._column = self._columns = self._rows = 0
        self._text = 0
        self._is_shared = False
        self._value: list[str] | None = None

    def read(self, stream: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.StartDoctypeDeclHandler = _refuse_doctype
        if self._lengths:
            parser.EndElementHandler = self._end
            parser.CharacterDataHandler = self._see_text
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)  # noqa: FBT003 -- takes no keyword
        parser.Parse(b"", True)  # noqa: FBT003

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        found = _CELL.fullmatch(attributes.get("r", ""))
        letters, digits = found.groups() if found else ("", "")
        if local == "row":
            self._row, self._column = _number(digits) if digits else self._row + 1, 0
        elif local == "c":
            self._column = _column(letters) if letters else self._column + 1
            self._row = _number(digits) if digits else self._row
            self._is_shared = attributes.get("t") == "s"
        elif local == "v" and self._lengths:
            self._value = []
        self._columns, self._rows = max(self._columns, self._column), max(self._rows, self._row)
        _check_extent(self._columns, self._rows)

    def _see_text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def _end(self, name: str) -> None:
        if self._value is None or name.rpartition(":")[2] != "v":
            return
        value, self._value = "".join(self._value).strip(), None
        if self._is_shared and value.isdecimal():
            index = _number(value)
            self._text += self._lengths[index] if index < len(self._lengths) else 0
            if self._text > MAX_TEXT_BYTES:
                raise _oversized()


def _string_lengths(archive: zipfile.ZipFile) -> Iterator[int]:
    """The length of each shared string, in their order."""
    for entry in archive.infolist():
        if not entry.filename.lower().endswith("sharedstrings.xml"):
            continue
        found: list[int] = []

        def begin(name: str, _attributes: dict[str, str], found: list[int] = found) -> None:
            if name.rpartition(":")[2] == "si":
                found.append(0)

        def see_text(text: str, found: list[int] = found) -> None:
            if found:
                found[-1] += len(text.encode())

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = begin
        parser.CharacterDataHandler = see_text
        parser.StartDoctypeDeclHandler = _refuse_doctype
        with archive.open(entry) as stream:
            parser.ParseFile(stream)
        yield from found
        return


def _column(letters: str) -> int:
    column = 0
    for letter in letters[: _LONGEST_NUMBER + 1].upper():
        column = column * 26 + ord(letter) - 64
    return column


def _number(digits: str) -> int:
    plain = digits.lstrip("0")
    return int(plain or 0) if len(plain) <= _LONGEST_NUMBER else 10**_LONGEST_NUMBER


def _check_extent(columns: int, rows: int) -> None:
    if columns * rows > MAX_CELLS:
        raise _oversized()


def _refuse_doctype(*_declared: object) -> None:
    """No spreadsheet program writes one; it is where entities that multiply are declared."""
    raise zipfile.BadZipFile


def _oversized() -> UnreadableTableError:
    return UnreadableTableError(
        "这个 XLSX 文件展开后太大，请删去空白区域和多余的工作表，或拆成几个文件再导入。"
    )
