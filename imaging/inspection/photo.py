"""Inspect one received photo: bytes and rules in, findings and a clean copy out."""

import hashlib
import struct
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from common.pictures import has_too_many_parts, has_too_many_scans, is_drawn_too_often
from imaging.inspection.cut import is_cut_short
from imaging.inspection.findings import Finding, FindingCode
from imaging.inspection.fitting import as_jpeg, fitted
from imaging.inspection.jpeg import content_kind, estimated_quality, orientation, picture_end
from imaging.inspection.judging import Measures
from imaging.inspection.look import Look, framed, measure_look
from imaging.inspection.measure import Background, measure_background, measure_sharpness
from imaging.inspection.remarks import (
    byte_findings,
    encoding_findings,
    look_findings,
    picture_findings,
    size_finding,
    trailing_finding,
)
from imaging.inspection.rules import CompositionRules, PhotoRules

__all__ = ["Inspection", "inspect_photo", "look_at", "make_thumbnail"]

# How to turn each orientation upright (EXIF 2.32, table 4).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Those that exchange width and height.
_TURNED = frozenset({5, 6, 7, 8})
_MEGABYTE = 1024 * 1024
# For pictures whose own tables no longer fit because the pixels were turned or converted.
_CONVERTED_QUALITY = 92
_THUMBNAIL_QUALITY = 85
# What Pillow's decoder raises on damaged files.
_DECODE_ERRORS = (
    *(OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError),
    *(EOFError, OverflowError, ZeroDivisionError, struct.error),
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found; `published` is the copy that people may see, None when the file is refused.

    Width and height are those of the upright picture. Measurements of a refused file are those
    that were reached before it was refused.
    """

    sha256: str
    byte_count: int
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    width: int = 0
    height: int = 0
    mode: str = ""
    dpi: int | None = None
    jpeg_quality: int | None = None
    background: Background | None = None
    sharpness: float | None = None
    look: Look | None = None
    published: bytes | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Tell whether the photo may be stored."""
        return not self.errors

    @property
    def measures(self) -> Measures:
        """What was measured, for `judge`; its bytes are those of the copy, once there is one."""
        return Measures(
            width=self.width,
            height=self.height,
            byte_count=self.byte_count if self.published is None else len(self.published),
            mode=self.mode,
            dpi=self.dpi,
            quality=self.jpeg_quality,
            background=self.background,
            sharpness=self.sharpness,
            look=self.look,
        )


class _RefusedError(Exception):
    """Carries the finding that ends an inspection."""

    def __init__(self, code: FindingCode, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(code, message)


def inspect_photo(data: bytes, rules: PhotoRules, *, digest: str = "") -> Inspection:
    """Judge one photo and make the copy for publication; `digest` is its SHA-256 if it is known.

    Refused are only files that cannot be used: unreadable, no JPEG by content, over the limits
    (found before decoding), and a wrong pixel size where the rules demand the exact one. All else
    is a warning. The copy is a 24-bit RGB JPEG, upright, tagged with the rules' resolution and
    free of metadata and of bytes behind the picture; it keeps the received compression, so it
    loses nothing that can be seen, unless it would be over the wanted bytes: then it is compressed
    as far as they take and the least quality allows. The received bytes are never changed.
    """
    digest = digest or hashlib.sha256(data).hexdigest()
    seen = Inspection(sha256=digest, byte_count=len(data))
    try:
        received, trailing = _opened(data, rules)
        try:
            seen = _read_encoding(seen, received, trailing, rules)
            if seen.errors:
                return seen
            received.load()
            if is_cut_short(received, data[: len(data) - trailing]):
                raise _unreadable()
            return _read_picture(seen, received, rules)
        except _DECODE_ERRORS as error:
            raise _unreadable() from error
    except _RefusedError as refusal:
        return replace(seen, errors=(refusal.finding,), warnings=())


def look_at(published: bytes, rules: PhotoRules) -> tuple[Look, tuple[Finding, ...]]:
    """Measure head, light and border of a published copy, with the findings on them."""
    composition = rules.composition or CompositionRules()
    picture = framed(JpegImageFile(BytesIO(published)).convert("RGB"), rules)
    look = measure_look(picture, rules, composition)
    return look, tuple(look_findings(look, composition))


def make_thumbnail(published: bytes, *, size: tuple[int, int] = (120, 160)) -> bytes:
    """Return a small JPEG of a published copy that fits into `size`, for lists."""
    picture = JpegImageFile(BytesIO(published))
    picture.draft("RGB", size)
    picture.thumbnail(size)
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY)
    return buffer.getvalue()


def _opened(data: bytes, rules: PhotoRules) -> tuple[JpegImageFile, int]:
    """Open a JPEG within the limits without decoding it; also count the bytes behind the picture."""
    _check_bytes(data, rules)
    if has_too_many_scans(data) or has_too_many_parts(data):
        raise _unreadable()
    end = picture_end(data)
    if end is None:
        raise _unreadable()
    try:
        # The plain class: no second frames of multi-picture files, and no limits but ours.
        received = JpegImageFile(BytesIO(data[:end]))
    except _DECODE_ERRORS as error:
        raise _unreadable() from error
    pixels = received.width * received.height
    if pixels > rules.max_pixels:
        raise _RefusedError(
            FindingCode.TOO_MANY_PIXELS,
            f"照片为 {received.width}×{received.height}，共 {pixels / 1e6:.1f} 百万像素，"
            f"超过上限 {rules.max_pixels / 1e6:g} 百万像素，请缩小后再传。",
        )
    if is_drawn_too_often(data, pixels):
        raise _unreadable()
    return received, len(data) - end


def _check_bytes(data: bytes, rules: PhotoRules) -> None:
    if not data:
        raise _RefusedError(FindingCode.EMPTY, "文件是空的（0 字节），请重新导出后再传。")
    if len(data) > rules.max_upload_bytes:
        raise _RefusedError(
            FindingCode.TOO_MANY_BYTES,
            f"文件为 {len(data) / _MEGABYTE:.1f} MB，"
            f"超过上限 {rules.max_upload_bytes / _MEGABYTE:g} MB，请压缩后再传。",
        )
    kind = content_kind(data)
    if kind != "JPEG":
        seen = f"内容其实是 {kind}" if kind else "内容不是可识别的图片"
        raise _RefusedError(
            FindingCode.NOT_JPEG, f"文件不是 JPEG（{seen}），只改扩展名无效，请另存为 JPEG 再传。"
        )


def _unreadable() -> _RefusedError:
    return _RefusedError(
        FindingCode.UNREADABLE,
        "照片打不开：文件不完整、已损坏或编码方式少见，请重新导出后再传。",
    )


def _read_encoding(
    seen: Inspection, received: JpegImageFile, trailing: int, rules: PhotoRules
) -> Inspection:
    """Judge what the headers say; nothing is decoded yet."""
    dpi, quality = _resolution(received), estimated_quality(received.quantization)
    width, height = received.size
    if _orientation(received) in _TURNED:
        width, height = height, width
    warnings = [
        *([trailing_finding(trailing)] if trailing else []),
        *encoding_findings(
            dpi=dpi,
            quality=quality,
            mode=received.mode,
            is_progressive=bool(received.info.get("progressive")),
            rules=rules,
        ),
    ]
    if _orientation(received) in _TURNS:
        warnings.append(
            Finding(FindingCode.ROTATED, "照片带有旋转标记，发布的照片已转正，请核对方向。")
        )
    size = size_finding((width, height), rules)
    is_refused = size is not None and rules.exact_size_required
    if size is not None and not is_refused:
        warnings.append(size)
    return replace(
        seen,
        errors=(size,) if size is not None and is_refused else (),
        warnings=tuple(warnings),
        width=width,
        height=height,
        mode=received.mode,
        dpi=dpi,
        jpeg_quality=quality,
    )


def _read_picture(seen: Inspection, received: JpegImageFile, rules: PhotoRules) -> Inspection:
    """Measure the decoded picture and make the copy for publication."""
    picture = _as_srgb(received)
    warnings = list(seen.warnings)
    if picture is not received and received.mode == "RGB":
        warnings.append(
            Finding(
                FindingCode.COLOUR_PROFILE, "照片带有非 sRGB 的颜色配置，发布的照片已换算为 sRGB。"
            )
        )
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    if (turn := _TURNS.get(_orientation(received))) is not None:
        picture = picture.transpose(turn)
    measured = picture if rules.composition is None else framed(picture, rules)
    background, sharpness = measure_background(measured), measure_sharpness(measured)
    warnings += picture_findings(background, sharpness, rules)
    look = None
    if rules.composition is not None:
        look = measure_look(measured, rules, rules.composition)
        warnings += look_findings(look, rules.composition)
    published, is_compressed = _encoded(picture, received, rules)
    return replace(
        seen,
        warnings=(
            *byte_findings(len(published), rules, is_compressed=is_compressed),
            *warnings,
        ),
        background=background,
        sharpness=sharpness,
        look=look,
        published=published,
    )


def _as_srgb(received: JpegImageFile) -> Image.Image:
    """Return the picture in sRGB; a damaged colour profile counts as none."""
    icc = received.info.get("icc_profile")
    if not icc:
        return received
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(icc))
        if "sRGB" in ImageCms.getProfileDescription(profile):
            return received
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(received, profile, target, outputMode="RGB") or received
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return received


def _encoded(
    picture: Image.Image, received: JpegImageFile, rules: PhotoRules
) -> tuple[bytes, bool]:
    """The copy for publication, and whether it was compressed more to keep to the wanted bytes.

    The received compression stays where it can; only a picture of the registered size is fitted,
    because the wanted bytes are meant for its pixels.
    """
    how: dict[str, Any] = {"quality": _CONVERTED_QUALITY}
    finest = _CONVERTED_QUALITY
    if picture is received:
        how = {"qtables": received.quantization, "subsampling": get_sampling(received)}
        finest = estimated_quality(received.quantization)
    data = as_jpeg(picture, rules, **how)
    is_registered_size = picture.size == (rules.width, rules.height)
    if len(data) <= rules.max_bytes or not (rules.is_fitted and is_registered_size):
        return data, False
    data = as_jpeg(picture, rules, optimize=True, **how)  # the same picture in fewer bytes
    if len(data) <= rules.max_bytes:
        return data, False
    coarser = fitted(picture, rules, finest=finest)
    return (coarser, True) if len(coarser) < len(data) else (data, False)


def _resolution(received: JpegImageFile) -> int | None:
    dpi = received.info.get("dpi")
    return round(dpi[0]) if dpi and dpi[0] > 0 else None


def _orientation(received: JpegImageFile) -> int:
    return orientation(received.info.get("exif", b""))
