"""Names inside ZIP archives: which bytes they are, and which of them are photos."""

import unicodedata
from collections.abc import Callable, Iterable
from zipfile import ZipInfo
from zlib import crc32

__all__ = ["is_junk", "name_reader", "plain_path"]

_UTF8_FLAG = 0x800
_UNICODE_PATH_FIELD = 0x7075
_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r", "picasa.ini"})
_JUNK_FOLDERS = frozenset({"__macosx", "$recycle.bin", "@eadir", "system volume information"})


def name_reader(entries: Iterable[ZipInfo]) -> Callable[[ZipInfo], str]:
    """Return how the names of one archive are read.

    Names with the UTF-8 flag and names with a Unicode path field say themselves what they are. The
    rest is UTF-8 (macOS, some Linux tools) when all of them are, else GB18030 (Windows in Chinese),
    name by name; what fits neither keeps the ZIP default, so that nothing is lost.
    """
    unmarked = [entry for entry in entries if not entry.flag_bits & _UTF8_FLAG]
    encodings = ("utf-8", "gb18030") if all(map(_is_utf8, unmarked)) else ("gb18030", "utf-8")

    def read(entry: ZipInfo) -> str:
        if entry.flag_bits & _UTF8_FLAG:
            return entry.orig_filename
        raw = entry.orig_filename.encode("cp437")
        if (named := _unicode_path(entry.extra, raw)) is not None:
            return named
        for encoding in encodings:
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
        return entry.orig_filename

    return read


def _is_utf8(entry: ZipInfo) -> bool:
    try:
        entry.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Return the name in the Info-ZIP Unicode path field, if its checksum still fits the name."""
    position = 0
    while position + 4 <= len(extra):
        kind = int.from_bytes(extra[position : position + 2], "little")
        length = int.from_bytes(extra[position + 2 : position + 4], "little")
        body = extra[position + 4 : position + 4 + length]
        if kind == _UNICODE_PATH_FIELD and body[1:5] == crc32(raw).to_bytes(4, "little"):
            try:
                return body[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
        position += 4 + length
    return None


def plain_path(name: str) -> str:
    """Return a relative path that leads nowhere else and shows nothing it is not.

    It is only ever shown and compared, never opened; still no root, drive, parent step, control
    or direction character survives in it.
    """
    visible = name
    if not name.isprintable():  # hardly any name: looking at each character takes a while
        visible = "".join(
            character for character in name if unicodedata.category(character) not in {"Cc", "Cf"}
        )
    parts = [part.strip() for part in visible.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in {"", ".", ".."} and part[1:] != ":")


def is_junk(path: str) -> bool:
    """Tell whether a path is what operating systems leave behind, not something a person put there."""
    *folders, name = path.casefold().split("/")
    return (
        not name
        or name.startswith((".", "~$"))
        or name in _JUNK_NAMES
        or any(folder in _JUNK_FOLDERS or folder.startswith(".") for folder in folders)
    )
