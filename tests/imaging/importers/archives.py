"""ZIP files as different tools write them, built byte by byte where zipfile would be too correct."""

import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile


def zip_of(files: dict[str, bytes], *, compressed: bool = False) -> BytesIO:
    """Return a correct ZIP; names outside ASCII carry the UTF-8 flag."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED if compressed else ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    buffer.seek(0)
    return buffer


def raw_zip(files: list[tuple[bytes, bytes]], *, flags: int = 0, extra: bytes = b"") -> BytesIO:
    """Return a ZIP whose names are these very bytes, as Windows tools in Chinese write them."""
    body, directory = b"", b""
    for name, data in files:
        offset, crc = len(body), zlib.crc32(data)
        sizes = struct.pack("<LLLHH", crc, len(data), len(data), len(name), len(extra))
        stamp = struct.pack("<HHHHH", 20, flags, 0, 0, 0x21)
        body += b"PK\x03\x04" + stamp + sizes + name + extra + data
        directory += (
            b"PK\x01\x02\x14\x00"
            + stamp
            + sizes
            + struct.pack("<HHHLL", 0, 0, 0, 0, offset)
            + name
            + extra
        )
    count = struct.pack("<HHHHLLH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return BytesIO(body + directory + b"PK\x05\x06" + count)


def unicode_path(name: bytes, shown: str) -> bytes:
    """Return the Info-ZIP Unicode path field for a name."""
    payload = b"\x01" + struct.pack("<L", zlib.crc32(name)) + shown.encode()
    return struct.pack("<HH", 0x7075, len(payload)) + payload
