"""Clean what people hand in as a proof: images are decoded and re-encoded, PDFs are checked.

One cleaner for every place where a proof can be handed in: bytes in, bytes out, and the scanner of
the site between, where it has one.
"""

import re
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import InvalidInputError
from common.malware import check_malware
from common.pictures import has_too_many_parts, has_too_many_scans, is_drawn_too_often

__all__ = ["EVIDENCE_BYTES", "CleanEvidence", "clean_evidence"]

EVIDENCE_BYTES: Final = 5 * 1024 * 1024
_MAX_PIXELS = 40_000_000
# A JPEG is drawn smaller at once. Others are drawn whole, a few kilobytes taking a gigabyte.
_MAX_PIXELS_DRAWN_WHOLE = 12_000_000
_MAX_SIDE = 3_000
_QUALITY = 88
_FORMATS = ("JPEG", "PNG", "WEBP")
_DRAWN_SMALLER = ("JPEG", "MPO")
_NAME_LENGTH = 80
# Pillow raises any of these on damaged or hostile files.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    EOFError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_PDF_HEADER = re.compile(rb"%PDF-[12]\.\d")
_PDF_TAIL = 2_048
# Names of a PDF that make it act, or that hide what it holds. `#` escapes are resolved first.
_PDF_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|SubmitForm|ImportData|EmbeddedFiles?|RichMedia|GoToE|XFA|Rendition)"
    rb"(?![A-Za-z0-9])"
)
_PDF_ENCRYPTED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_PDF_OBJECT_STREAM = b"/ObjStm"
_PDF_INFLATED = 20 * 1024 * 1024
_PDF_OBJECT_STREAMS = 2_000
_PDF_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class CleanEvidence:
    """A proof that may be kept and shown: `content_type` is image/jpeg or application/pdf."""

    data: bytes
    content_type: str
    name: str


def clean_evidence(data: bytes, name: str) -> CleanEvidence:
    """The proof in a form that is safe to keep, or InvalidInputError with what to do about it.

    Judged by content, never by its name: JPEG, PNG and WebP become a JPEG without any metadata; a PDF
    is kept as it is when it is whole, not encrypted and does nothing by itself. At most 5 MB.
    """
    if not data:
        raise InvalidInputError("这个文件是空的，请重新选择。", field="evidence")
    if len(data) > EVIDENCE_BYTES:
        raise InvalidInputError("文件超过 5 MB，请缩小以后再传。", field="evidence")
    check_malware(data)
    stem = PurePath(name.replace("\\", "/")).stem[:_NAME_LENGTH].strip() or "证明材料"
    if _PDF_HEADER.match(data):
        _check_pdf(data)
        return CleanEvidence(data, "application/pdf", f"{stem}.pdf")
    return CleanEvidence(_redrawn(data), "image/jpeg", f"{stem}.jpg")


def _redrawn(data: bytes) -> bytes:
    if has_too_many_scans(data) or has_too_many_parts(data):
        raise _too_intricate()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=_FORMATS) as picture:
                _check_pixels(picture)
                if is_drawn_too_often(data, picture.width * picture.height):
                    raise _too_intricate()
                picture.draft("RGB", (_MAX_SIDE, _MAX_SIDE))
                upright = ImageOps.exif_transpose(picture)
                flat = _on_white(upright)
        flat.thumbnail((_MAX_SIDE, _MAX_SIDE))
        out = BytesIO()
        # Pillow copies a received comment unless told otherwise.
        flat.save(out, "JPEG", quality=_QUALITY, optimize=True, comment=b"")
    except _DECODE_ERRORS as error:
        raise InvalidInputError(
            "打不开这个文件。请传照片（JPG、PNG、WebP）或 PDF；iPhone 的 HEIC 照片请先转成 JPG。",
            field="evidence",
        ) from error
    return out.getvalue()


def _too_intricate() -> InvalidInputError:
    return InvalidInputError("这张图片的编码太复杂，请截屏或重新拍一张再传。", field="evidence")


def _check_pixels(picture: Image.Image) -> None:
    pixels = picture.width * picture.height
    if pixels > _MAX_PIXELS:
        raise InvalidInputError("图片太大（超过 4000 万像素），请缩小以后再传。", field="evidence")
    if picture.format not in _DRAWN_SMALLER and pixels > _MAX_PIXELS_DRAWN_WHOLE:
        raise InvalidInputError(
            "图片太大（超过 1200 万像素），请存成 JPG，或者缩小以后再传。", field="evidence"
        )


def _on_white(picture: Image.Image) -> Image.Image:
    if "transparency" not in picture.info and picture.mode not in {"RGBA", "LA", "PA"}:
        return picture.convert("RGB")
    coloured = picture.convert("RGBA")
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    return flat


def _check_pdf(data: bytes) -> None:
    if b"%%EOF" not in data[-_PDF_TAIL:]:
        raise InvalidInputError("这份 PDF 不完整，请重新导出一次再传。", field="evidence")
    seen = _resolved(data)
    if _PDF_ENCRYPTED.search(seen):
        raise InvalidInputError("这份 PDF 有密码保护，请去掉密码以后再传。", field="evidence")
    if _PDF_ACTIVE.search(seen) or any(_PDF_ACTIVE.search(part) for part in _object_streams(data)):
        raise InvalidInputError(
            "这份 PDF 里有会自动运行的内容或附件，不能收。请打印成新的 PDF，或者拍照上传。",
            field="evidence",
        )


def _resolved(data: bytes) -> bytes:
    """The text with `#xx` escapes of names resolved, so that `/J#61vaScript` is seen for what it is."""
    return _PDF_ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), data)


def _object_streams(data: bytes) -> list[bytes]:
    """Objects that hide in compressed object streams, within a limit of unpacked bytes.

    Every byte is looked at once: a pattern over the whole of such a stream takes days on a hostile file.
    """
    found, left, position, seen = [], _PDF_INFLATED, 0, 0
    for match in _PDF_STREAM.finditer(data):
        before = _resolved(data[position : match.start()])
        position = match.end()
        if _PDF_OBJECT_STREAM not in before:
            continue
        seen += 1
        if seen > _PDF_OBJECT_STREAMS:
            raise _too_complex()
        try:
            part = _inflated(data, position, most=left)
        except zlib.error:
            if b"/Filter" in before:  # packed in a way that no ordinary program uses, or damaged
                raise _too_complex() from None
            continue  # not packed, so it was looked at with the rest
        found.append(_resolved(part))
        left -= len(part)
    return found


def _inflated(data: bytes, start: int, *, most: int) -> bytes:
    """What is packed from `start` on, wherever it says that it ends."""
    unpack, found = zlib.decompressobj(), bytearray()
    for at in range(start, len(data), _PDF_CHUNK):
        found += unpack.decompress(data[at : at + _PDF_CHUNK], most - len(found) + 1)
        if len(found) > most:
            raise _too_complex()
        if unpack.eof:
            break
    return bytes(found)


def _too_complex() -> InvalidInputError:
    return InvalidInputError("这份 PDF 太复杂，请打印成新的 PDF 再传。", field="evidence")
