"""The bytes of a JPEG file around its picture: kind of file, structure, quantisation."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Literal

__all__ = ["content_kind", "estimated_quality", "orientation", "picture_end"]

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftyphev", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypmsf1", "HEIC"),
    (4, b"ftypavi", "AVIF"),
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"%PDF-", "PDF"),
    (0, b"PK\x03\x04", "ZIP 压缩包或 Office 文件"),
    (0, b"Rar!", "RAR 压缩包"),
    (0, b"MZ", "Windows 程序"),
    (0, b"BM", "BMP"),
)


def content_kind(data: bytes) -> str | None:
    """Return the kind of file that the first bytes announce, whatever its name says."""
    for offset, signature, kind in _SIGNATURES:
        if data.startswith(signature, offset):
            return kind
    return None


_MARKER = re.compile(rb"\xff+[^\x00\xff]")
# What may follow a scan. Inside one, every 0xFF is stuffed with a zero or starts a restart marker,
# so looking for these pairs is exact, and far quicker than walking all the stuffing.
_AFTER_SCAN = tuple(bytes((0xFF, marker)) for marker in (0xC4, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE))
_END_PAIR = b"\xff\xd9"
_END = 0xD9
_SCAN = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})


def picture_end(data: bytes) -> int | None:
    """Return where the picture of a JPEG ends, or None when its segments run to no end marker.

    Only segment headers are read. What stands behind the end belongs to no picture: further frames
    of a camera, or something that only pretends to be a photo.
    """
    position, components = 2, b""
    while found := _MARKER.match(data, position):
        position, marker = found.end(), data[found.end() - 1]
        if marker == _END:
            return position
        segment = data[position : position + int.from_bytes(data[position : position + 2], "big")]
        if len(segment) < 2:  # noqa: PLR2004 - a length counts its own two bytes
            return None
        position += len(segment)
        if marker in _FRAMES:
            components = b"" if marker in _PROGRESSIVE else segment[7:8]
        elif marker == _SCAN:
            is_only_scan = bool(components) and segment[2:3] == components
            position = _scan_end(data, position, is_only_scan=is_only_scan)
    return None


def _scan_end(data: bytes, start: int, *, is_only_scan: bool) -> int:
    """Return where the next marker after a scan's compressed data stands, or the end of the data."""
    end = data.find(_END_PAIR, start)
    nearest = len(data) if end < 0 else end
    if is_only_scan:
        return nearest
    for pair in _AFTER_SCAN:
        found = data.find(pair, start, nearest)
        nearest = nearest if found < 0 else found
    return nearest


_UPRIGHT = 1
_ORIENTATION_TAG = 0x0112
_EXIF_PREFIX = b"Exif\x00\x00"


def orientation(exif: bytes) -> int:
    """Return the orientation (1–8, EXIF 2.32) in an EXIF block; 1, upright, when it says nothing.

    Read by hand, because damaged blocks are common and concern nothing else here.
    """
    tiff = exif.removeprefix(_EXIF_PREFIX)
    order: Literal["big", "little"] = "big" if tiff.startswith(b"MM") else "little"
    start = int.from_bytes(tiff[4:8], order)
    count = int.from_bytes(tiff[start : start + 2], order)
    for index in range(min(count, (len(tiff) - start) // 12)):
        field = tiff[start + 2 + 12 * index :][:12]
        if int.from_bytes(field[:2], order) == _ORIENTATION_TAG:
            value = int.from_bytes(field[8:10], order)
            return value if value in range(1, 9) else _UPRIGHT
    return _UPRIGHT


# Annex K of ITU-T T.81, luminance, row by row; libjpeg scales it by its quality setting.
_LUMINANCE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)
_HALF_QUALITY = 50


def _table_sum(quality: int) -> int:
    scale = 5000 // quality if quality < _HALF_QUALITY else 200 - 2 * quality
    return sum(min(max((value * scale + 50) // 100, 1), 255) for value in _LUMINANCE)


# Coarsest first, so that the sums fall as the quality rises.
_NEGATED_SUMS = [-_table_sum(quality) for quality in range(1, 101)]


def estimated_quality(tables: Mapping[int, Sequence[int]]) -> int:
    """Return the libjpeg quality (1–100) whose luminance table is nearest to the file's own.

    Exact for files that libjpeg wrote; cameras and image editors have tables of their own, for
    which the value is a comparison.
    """
    luminance = tables.get(0) or next(iter(tables.values()), ())
    if not luminance:
        return 0
    wanted = -sum(luminance)
    above = min(bisect_left(_NEGATED_SUMS, wanted), 99)
    if above and wanted - _NEGATED_SUMS[above - 1] < _NEGATED_SUMS[above] - wanted:
        return above
    return above + 1
