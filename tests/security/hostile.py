"""Hostile and damaged files, as a photographer's ZIP, a student or an attacker may bring them.

`python -m tests.security.hostile` writes the small ones into `hostile_files`, where they stay as they
are: the decoders of later years have to stand them as well. The others are made when they are needed.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

from PIL import Image

FOLDER = Path(__file__).parent / "hostile_files"
SIZE = (480, 640)


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, and what is said about it: refused with this code, or taken with these remarks."""

    name: str
    refused: str = ""
    remarked: tuple[str, ...] = ()


# What a graduation photo's delivery says about each file of the folder that is no archive.
PHOTOS = (
    Hostile("empty.jpg", "empty"),
    Hostile("start_only.jpg", "unreadable"),
    Hostile("truncated.jpg", "unreadable"),
    Hostile("no_end.jpg", "unreadable"),
    Hostile("twelve_bit.jpg", "unreadable"),
    Hostile("no_tables.jpg", "unreadable"),
    Hostile("no_pixels.jpg", "unreadable"),
    Hostile("zero_width.jpg", "unreadable"),
    Hostile("bomb_65000.jpg", "too_many_pixels"),
    Hostile("comments.jpg", "unreadable"),
    Hostile("cmyk.jpg", remarked=("colour_mode",)),
    Hostile("grey.jpg", remarked=("colour_mode",)),
    Hostile("progressive.jpg", remarked=("progressive",)),
    Hostile("bad_profile.jpg"),
    Hostile("bad_exif.jpg"),
    Hostile("zip_behind.jpg", remarked=("trailing_bytes",)),
    Hostile("page_behind.jpg", remarked=("trailing_bytes",)),
    Hostile("page_in_comment.jpg"),
    Hostile("sixteen_bit.png", "not_jpeg"),
    Hostile("bomb_60000.png", "not_jpeg"),
    Hostile("animated.gif", "not_jpeg"),
    Hostile("animated.webp", "not_jpeg"),
    Hostile("is_png.jpg", "not_jpeg"),
    Hostile("is_gif.jpg", "not_jpeg"),
    Hostile("is_page.jpg", "not_jpeg"),
    Hostile("is_svg.jpg", "not_jpeg"),
    Hostile("is_pdf.jpg", "not_jpeg"),
    Hostile("is_program.jpg", "not_jpeg"),
    Hostile("is_zip.jpg", "not_jpeg"),
    Hostile("gif_script.jpg", "not_jpeg"),
)
# What is said about each archive as a whole; what is said about its files stands in the test.
ARCHIVES = {
    "encrypted.zip": "encrypted",
    "overlapping.zip": "overlapping",
    "false_directory.zip": "",
    "truncated.zip": "not_a_zip",
    "is_rar.zip": "not_a_zip",
    "traversal.zip": "",
    "nested.zip": "",
    "some_encrypted.zip": "",
    "squeezed.zip": "",
}


def flat(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture of one colour: a few kilobytes whatever its size."""
    return Image.new("RGB", size, (100, 197, 255)).convert(mode)


def jpeg(picture: Image.Image | None = None, **options: object) -> bytes:
    """A small JPEG at 300 dpi."""
    buffer = BytesIO()
    (picture or flat()).save(buffer, "JPEG", **{"quality": 75, "dpi": (300, 300), **options})
    return buffer.getvalue()


def written(kind: str, *pictures: Image.Image, **options: object) -> bytes:
    """The pictures in another format, animated when there are several."""
    buffer = BytesIO()
    more = {"save_all": True, "append_images": list(pictures[1:])} if pictures[1:] else {}
    pictures[0].save(buffer, kind, **more, **options)
    return buffer.getvalue()


def segment(marker: int, content: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def with_segment(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with more segments behind its start."""
    return data[:2] + b"".join(segments) + data[2:]


def without_segment(data: bytes, marker: int) -> bytes:
    """A JPEG without its segments of one kind."""
    position, kept = 2, [data[:2]]
    while data[position + 1] != 0xDA:
        length = 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if data[position + 1] != marker:
            kept.append(data[position : position + length])
        position += length
    return b"".join(kept) + data[position:]


def with_size(data: bytes, width: int, height: int, bits: int = 8) -> bytes:
    """A JPEG whose header says another size."""
    at = data.index(b"\xff\xc0") + 4
    return data[:at] + struct.pack(">BHH", bits, height, width) + data[at + 5 :]


def png_of_size(width: int, height: int, bits: int = 8, colour: int = 0) -> bytes:
    """A PNG of a few hundred bytes that says it is this large."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def zip_bytes(members: dict[str, bytes], method: int = ZIP_STORED) -> bytes:
    """A ZIP whose names are these, wherever they lead."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(ZipInfo(name), data, method)
    return buffer.getvalue()


def locked(data: bytes, names: set[str] | None = None) -> bytes:
    """A ZIP whose members, or these of them, are marked as encrypted."""
    changed = bytearray(data)
    with ZipFile(BytesIO(data)) as archive:
        local = {info.filename: info.header_offset for info in archive.infolist()}
    for name, offset in local.items():
        if names is None or name in names:
            changed[offset + 6] |= 1
    position = changed.find(b"PK\x01\x02")
    while position >= 0:
        length = int.from_bytes(changed[position + 28 : position + 30], "little")
        name = bytes(changed[position + 46 : position + 46 + length]).decode()
        if names is None or name in names:
            changed[position + 8] |= 1
        position = changed.find(b"PK\x01\x02", position + 4)
    return bytes(changed)


def overlapping_zip(count: int, data: bytes) -> bytes:
    """A ZIP of many members that are all the same bytes in it."""
    name = b"0000.jpg"
    crc = zlib.crc32(data)
    stamp = struct.pack("<HHHHH", 20, 0, 0, 0, 0x21)
    sizes = struct.pack("<LLLHH", crc, len(data), len(data), len(name), 0)
    body = b"PK\x03\x04" + stamp + sizes + name + data
    directory = b"".join(
        b"PK\x01\x02\x14\x00"
        + stamp
        + sizes
        + struct.pack("<HHHLL", 0, 0, 0, 0, 0)
        + f"{number:04}.jpg".encode()
        for number in range(count)
    )
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def committed() -> Iterator[tuple[str, bytes]]:
    """The files of the folder, made anew."""
    good = jpeg()
    page = b"<html><script>alert(document.domain)</script></html>"
    yield "empty.jpg", b""
    yield "start_only.jpg", b"\xff\xd8\xff\xe0"
    yield "truncated.jpg", good[: len(good) // 2]
    yield "no_end.jpg", good[:-2]
    yield "twelve_bit.jpg", with_size(good, *SIZE, bits=12)
    yield "no_tables.jpg", without_segment(good, 0xDB)
    yield "no_pixels.jpg", good[: good.index(b"\xff\xda") + 14] + b"\xff\xd9"
    yield "zero_width.jpg", with_size(good, 0, 640)
    yield "bomb_65000.jpg", with_size(good, 65_000, 65_000)
    yield "comments.jpg", with_segment(good, segment(0xFE, b"") * 3_000)
    yield "cmyk.jpg", jpeg(flat("CMYK"))
    yield "grey.jpg", jpeg(flat("L"))
    yield "progressive.jpg", jpeg(progressive=True)
    yield "bad_profile.jpg", jpeg(icc_profile=b"not a profile" * 20)
    yield "bad_exif.jpg", with_segment(good, segment(0xE1, b"Exif\x00\x00II*\x00\xff\xff\xff\xff"))
    yield "zip_behind.jpg", good + zip_bytes({"a.html": page})
    yield "page_behind.jpg", good + page
    yield "page_in_comment.jpg", with_segment(good, segment(0xFE, page))
    yield "sixteen_bit.png", written("PNG", Image.new("I;16", (48, 64), 40_000))
    yield "bomb_60000.png", png_of_size(60_000, 60_000)
    frames = [Image.new("P", (48, 64), colour) for colour in (0, 1, 2)]
    yield "animated.gif", written("GIF", *frames)
    yield (
        "animated.webp",
        written("WEBP", *[Image.new("RGB", (48, 64), (c, 0, 0)) for c in (1, 99)]),
    )
    yield "is_png.jpg", written("PNG", flat(size=(48, 64)))
    yield "is_gif.jpg", written("GIF", *frames)
    yield "is_page.jpg", page
    yield "is_svg.jpg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    yield "is_pdf.jpg", b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>\n%%EOF"
    yield "is_program.jpg", b"MZ" + bytes(200)
    yield "is_zip.jpg", zip_bytes({"1.jpg": good})
    yield "gif_script.jpg", b"GIF89a/*" + bytes(8) + b"*/=1;alert(1)//"
    yield from _archives(good)


def _archives(good: bytes) -> Iterator[tuple[str, bytes]]:
    yield "encrypted.zip", locked(zip_bytes({"1.jpg": good, "2.jpg": good + b"2"}))
    yield (
        "some_encrypted.zip",
        locked(
            zip_bytes({"2022040127.jpg": good, "2022040128.jpg": good + b"2"}), {"2022040128.jpg"}
        ),
    )
    yield "overlapping.zip", overlapping_zip(40, good)
    whole = zip_bytes({"1.jpg": good})
    at = whole.rindex(b"PK\x05\x06")
    yield "false_directory.zip", whole[: at + 16] + struct.pack("<L", 0x7FFFFFFF) + whole[at + 20 :]
    yield "truncated.zip", whole[:-40]
    yield "is_rar.zip", b"Rar!\x1a\x07\x01\x00" + bytes(60)
    yield (
        "traversal.zip",
        zip_bytes(
            {
                "../../../../tmp/xuexin-escaped.jpg": good,
                "/tmp/xuexin-escaped.jpg": good + b"1",  # noqa: S108 -- must not come to be
                "..\\..\\xuexin-escaped.jpg": good + b"2",
                "C:\\xuexin-escaped.jpg": good + b"3",
                "a/../../xuexin-escaped.jpg": good + b"4",
            }
        ),
    )
    yield (
        "nested.zip",
        zip_bytes(
            {
                "inner.zip": zip_bytes({"innermost.zip": whole}),
                "a.tar.gz": b"x",
                "b.7z": b"x",
                "1.jpg": good,
            }
        ),
    )
    squeezed = {"lzma.jpg": ZIP_LZMA, "bzip2.jpg": ZIP_BZIP2}
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, method in squeezed.items():
            archive.writestr(name, bytes(1_000_000), method)
        archive.writestr("deflate.jpg", bytes(1_000_000), 8)
        archive.writestr("2022040127.jpg", good)
    yield "squeezed.zip", buffer.getvalue()


def read(name: str) -> bytes:
    """One of the committed files."""
    return (FOLDER / name).read_bytes()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file_name, content in committed():
        (FOLDER / file_name).write_bytes(content)
