"""Read a ZIP of photos with bounded memory; nothing in it is trusted."""

import stat
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import SEEK_END
from pathlib import PurePosixPath
from types import TracebackType
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 - it is an exception

from imaging.importers.names import is_junk, name_reader, plain_path

__all__ = [
    "ArchiveItem",
    "ArchiveLimits",
    "IgnoreReason",
    "IgnoredItem",
    "PhotoArchive",
    "UnreadableArchiveError",
    "UnreadableItemError",
    "read_archive",
]

_ENCRYPTED_FLAG = 0x1
_MEGABYTE = 1024 * 1024
_GIGABYTE = 1024 * _MEGABYTE
_PHOTO_SUFFIXES = frozenset(
    [
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "png",
        "bmp",
        "gif",
        "tif",
        "tiff",
        "webp",
        "heic",
        "heif",
        "avif",
        "jp2",
    ]
)
_TABLE_SUFFIXES = frozenset({"csv", "xlsx"})
_ARCHIVE_SUFFIXES = frozenset(["zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz"])
# Deflate unpacks in measured steps. The other methods need megabytes for a few bytes, and no
# program that students' photos come from writes them.
_METHODS = frozenset({ZIP_STORED, ZIP_DEFLATED})
_LONGEST_PATH = 500
_SHOWN_OF_LONG_PATH = 100
# What zipfile raises on damaged and hostile archives.
_READ_ERRORS = (
    BadZipFile,
    ZlibError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    IndexError,
    struct.error,
)
_END_RECORD = b"PK\x05\x06"
_LONG_END_RECORD = b"PK\x06\x06"
_LONG_END_BYTES = 76
_UNKNOWN = 0xFFFFFFFF
# 46 fixed bytes, a long path and the extra fields of a careful tool.
_DIRECTORY_BYTES_PER_ENTRY = 1024
_END_RECORD_BYTES = 22
_LONGEST_COMMENT = 65535


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds that keep a hostile or mistaken archive from eating the machine."""

    max_entries: int = 50_000
    max_item_bytes: int = 5 * _MEGABYTE
    max_table_bytes: int = 20 * _MEGABYTE
    max_total_bytes: int = 8 * _GIGABYTE
    # JPEG hardly shrinks in a ZIP; what shrinks a hundredfold is no photo.
    max_ratio: int = 100


class IgnoreReason(StrEnum):
    """Why a file in the archive is no candidate."""

    JUNK = "junk"
    NESTED_ARCHIVE = "nested_archive"
    NOT_A_PHOTO = "not_a_photo"
    LONG_NAME = "long_name"


@dataclass(frozen=True, slots=True)
class IgnoredItem:
    """A file that is passed over; `message` is empty for what operating systems leave behind."""

    path: str
    reason: IgnoreReason
    message: str


class UnreadableArchiveError(Exception):
    """The archive as a whole cannot be read; the message says why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnreadableItemError(Exception):
    """One file of the archive cannot be read; the others can."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class ArchiveItem:
    """One candidate: its harmless path, its name alone, and its announced size."""

    path: str
    size: int
    _entry: ZipInfo
    _read: Callable[[ZipInfo], bytes]

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def fingerprint(self) -> tuple[int, int]:
        """Return length and checksum as announced: equal for equal files, known without reading."""
        return self._entry.file_size, self._entry.CRC

    def read(self) -> bytes:
        """Return the bytes; raise UnreadableItemError when they are damaged or over the limits."""
        return self._read(self._entry)


class PhotoArchive:
    """An open archive: photos and lists in the order they are stored, and what was passed over.

    Only names are held in memory; each photo is read when it is asked for.
    """

    def __init__(self, zip_file: ZipFile, limits: ArchiveLimits, size: int) -> None:
        self._zip = zip_file
        self._limits = limits
        self._photos: list[ArchiveItem] = []
        self._tables: list[ArchiveItem] = []
        self._ignored: list[IgnoredItem] = []
        entries = [entry for entry in zip_file.infolist() if not entry.is_dir()]
        if len(entries) > limits.max_entries:
            raise _too_many_entries(limits, len(entries))
        if sum(entry.file_size for entry in entries) > limits.max_total_bytes:
            raise UnreadableArchiveError(
                "too_many_bytes",
                f"压缩包解开后超过 {limits.max_total_bytes / _GIGABYTE:g} GB，请分成几个压缩包导入。",
            )
        if sum(entry.compress_size for entry in entries) > size:
            # The same bytes stand for many files: a bomb whose every file looks harmless.
            raise UnreadableArchiveError(
                "overlapping", "压缩包的目录和内容不符，可能已损坏或被改过，请重新打包后再导入。"
            )
        if entries and all(map(_is_encrypted, entries)):
            raise UnreadableArchiveError(
                "encrypted", "压缩包设有密码，无法读取，请去掉密码重新打包后再导入。"
            )
        read_name = name_reader(entries)
        for entry in entries:
            self._sort_in(entry, plain_path(read_name(entry)))

    def __iter__(self) -> Iterator[ArchiveItem]:
        """Iterate over the photos."""
        return iter(self._photos)

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self._photos)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._zip.close()

    @property
    def tables(self) -> list[ArchiveItem]:
        """Return the CSV and XLSX files, one of which may be the list of the photos."""
        return self._tables

    @property
    def ignored(self) -> list[IgnoredItem]:
        """Return what is neither photo nor table."""
        return self._ignored

    @property
    def file_count(self) -> int:
        """Return the number of all files, folders not counted."""
        return len(self._photos) + len(self._tables) + len(self._ignored)

    def _sort_in(self, entry: ZipInfo, path: str) -> None:
        suffix = PurePosixPath(path).suffix.casefold().removeprefix(".")
        if len(path) > _LONGEST_PATH:
            message = f"文件名连同文件夹超过 {_LONGEST_PATH} 个字，已略过，请改短后重新打包。"
            shown = f"{path[:_SHOWN_OF_LONG_PATH]}…"
            self._ignored.append(IgnoredItem(shown, IgnoreReason.LONG_NAME, message))
        elif is_junk(path) or stat.S_ISLNK(entry.external_attr >> 16):
            self._ignored.append(IgnoredItem(path, IgnoreReason.JUNK, ""))
        elif suffix in _TABLE_SUFFIXES:
            self._tables.append(ArchiveItem(path, entry.file_size, entry, self._read_table))
        elif suffix in _ARCHIVE_SUFFIXES:
            message = "压缩包里的压缩包不会打开，请解压后重新打包。"
            self._ignored.append(IgnoredItem(path, IgnoreReason.NESTED_ARCHIVE, message))
        elif suffix in _PHOTO_SUFFIXES or not suffix:
            self._photos.append(ArchiveItem(path, entry.file_size, entry, self._read_photo))
        else:
            message = "不是照片，已略过。"
            self._ignored.append(IgnoredItem(path, IgnoreReason.NOT_A_PHOTO, message))

    def _read_photo(self, entry: ZipInfo) -> bytes:
        return self._read(entry, self._limits.max_item_bytes)

    def _read_table(self, entry: ZipInfo) -> bytes:
        return self._read(entry, self._limits.max_table_bytes)

    def _read(self, entry: ZipInfo, limit: int) -> bytes:
        if _is_encrypted(entry):
            raise UnreadableItemError(
                "encrypted", "这个文件设有密码，无法读取，请去掉密码重新打包后再导入。"
            )
        if entry.compress_type not in _METHODS:
            raise _damaged()
        if entry.file_size > entry.compress_size * self._limits.max_ratio:
            raise UnreadableItemError(
                "suspicious_ratio", "文件的压缩比异常，没有解开，请不压缩重新打包。"
            )
        if entry.file_size > limit:
            raise UnreadableItemError(
                "too_many_bytes",
                f"文件为 {entry.file_size / _MEGABYTE:.1f} MB，超过上限 {limit / _MEGABYTE:g} MB。",
            )
        try:
            with self._zip.open(entry) as stream:
                return stream.read(limit + 1)
        except _READ_ERRORS as error:
            raise _damaged() from error


def read_archive(file: IO[bytes], limits: ArchiveLimits | None = None) -> PhotoArchive:
    """Open a seekable ZIP; raise UnreadableArchiveError when it is none, encrypted or over the limits.

    Any folder depth, UTF-8 or GBK names. Paths cannot lead out: nothing is ever written by them.
    """
    limits = limits or ArchiveLimits()
    try:
        size = _check_directory(file, limits)
        archive = ZipFile(file)
    except _READ_ERRORS as error:
        raise UnreadableArchiveError(
            "not_a_zip", "文件不是 ZIP 压缩包，或压缩包不完整，请重新打包后再导入。"
        ) from error
    return PhotoArchive(archive, limits, size)


def _is_encrypted(entry: ZipInfo) -> bool:
    return bool(entry.flag_bits & _ENCRYPTED_FLAG)


def _damaged() -> UnreadableItemError:
    return UnreadableItemError(
        "damaged", "文件在压缩包里已损坏或压缩方式不受支持，请重新打包这个文件。"
    )


def _check_directory(file: IO[bytes], limits: ArchiveLimits) -> int:
    """Refuse a directory of millions of entries before it is read into memory; returns the file's size.

    A ZIP ends with a fixed record that states the size of its directory; large archives state it
    in a second record before that one.
    """
    end = file.seek(0, SEEK_END)
    start = max(end - _END_RECORD_BYTES - _LONGEST_COMMENT - _LONG_END_BYTES, 0)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    position = tail.rfind(_END_RECORD)
    if position < 0:
        raise BadZipFile
    size = int.from_bytes(tail[position + 12 : position + 16], "little")
    long_end = tail.rfind(_LONG_END_RECORD, 0, position)
    if long_end >= 0:
        size = max(size % _UNKNOWN, int.from_bytes(tail[long_end + 40 : long_end + 48], "little"))
    if size > limits.max_entries * _DIRECTORY_BYTES_PER_ENTRY:
        raise _too_many_entries(limits)
    return end


def _too_many_entries(limits: ArchiveLimits, count: int | None = None) -> UnreadableArchiveError:
    seen = f"压缩包里有 {count} 个文件，" if count else "压缩包的目录过大，"
    return UnreadableArchiveError(
        "too_many_entries",
        f"{seen}一个压缩包最多 {limits.max_entries} 个文件，请分成几个压缩包导入。",
    )
