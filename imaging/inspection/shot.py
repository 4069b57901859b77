"""Make a photo to register out of a picture from a phone or a mail: cut, scaled, measured."""

from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Final

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from common.pictures import has_too_many_parts
from imaging.inspection.fitting import as_jpeg, fitted
from imaging.inspection.jpeg import content_kind
from imaging.inspection.photo import Inspection, inspect_photo
from imaging.inspection.rules import PhotoRules
from imaging.inspection.selfcheck import DECODE_ERRORS, TooLargeError, read_png

__all__ = ["Shot", "ShotRefusedError", "prepare_shot"]

_MEGABYTE: Final = 1024 * 1024
# The cut picture that stays behind the registered one: enough for the press, no more.
_LARGEST: Final = 3
_KEPT_QUALITY: Final = 92
_UNREADABLE: Final = "照片打不开：文件不完整、已损坏或编码方式少见。请重拍一张，或者换一个文件。"


class ShotRefusedError(Exception):
    """No photo can be made of this file; says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """`original` is the cut picture as large as it came, within bounds; `registered` is made from it."""

    original: bytes = field(repr=False)
    registered: bytes = field(repr=False)
    inspection: Inspection


def prepare_shot(data: bytes, rules: PhotoRules) -> Shot:
    """Cut the middle of a JPEG or PNG to the wanted shape and measure what would be registered.

    A picture that has the shape already is not cut, one that has the exact size not scaled. All
    metadata is left behind, so no place and no device comes along. ShotRefusedError where the file
    cannot be read, is over the limits, or too small to be sharp.
    """
    whole = _read(data, rules)
    cut = whole.crop(_middle(whole.size, rules))
    if cut.width < rules.width or cut.height < rules.height:
        raise ShotRefusedError(
            f"照片太小：裁成 {rules.width}:{rules.height} 的样子以后是 {cut.width}×{cut.height} 像素，"
            f"不到 {rules.width}×{rules.height}，放大会糊。请拍大一点，或者换原图。"
        )
    most = (_LARGEST * rules.width, _LARGEST * rules.height)
    original = cut.copy()
    original.thumbnail(most, Image.Resampling.LANCZOS)
    size = (rules.width, rules.height)
    small = cut if cut.size == size else cut.resize(size, Image.Resampling.LANCZOS)
    inspection = inspect_photo(fitted(small, rules), rules)
    if inspection.published is None:
        raise ShotRefusedError(inspection.errors[0].message if inspection.errors else _UNREADABLE)
    return Shot(
        original=as_jpeg(original, rules, quality=_KEPT_QUALITY),
        registered=inspection.published,
        inspection=inspection,
    )


def _read(data: bytes, rules: PhotoRules) -> Image.Image:
    """The upright picture in sRGB, within the limits."""
    if not data:
        raise ShotRefusedError("这个文件是空的（0 字节），请重新选择。")
    if len(data) > rules.max_upload_bytes:
        raise ShotRefusedError(
            f"文件超过 {rules.max_upload_bytes / _MEGABYTE:g} MB。请在手机相机设置里调小照片，再拍一张。"
        )
    kind = content_kind(data)
    if kind not in {"JPEG", "PNG"}:
        raise ShotRefusedError(_other_kind(kind))
    if has_too_many_parts(data):
        raise ShotRefusedError(_UNREADABLE)
    try:
        picture = read_png(data, rules).jpeg if kind == "PNG" else data
    except TooLargeError as error:
        raise ShotRefusedError(str(error)) from error
    except DECODE_ERRORS as error:
        raise ShotRefusedError(_UNREADABLE) from error
    lenient = replace(
        rules,
        exact_size_required=False,
        is_fitted=False,
        composition=None,
        max_upload_bytes=max(len(picture), rules.max_upload_bytes),
    )
    seen = inspect_photo(picture, lenient)
    if seen.published is None:
        raise ShotRefusedError(seen.errors[0].message if seen.errors else _UNREADABLE)
    return JpegImageFile(BytesIO(seen.published)).convert("RGB")


def _other_kind(kind: str | None) -> str:
    if kind == "HEIC":
        return (
            "这是 HEIC 照片，这里只收 JPEG 和 PNG。"
            "iPhone 在“设置—相机—格式”里选“兼容性最佳”再拍，或者先转成 JPG。"
        )
    seen = f"这个文件的内容是 {kind}" if kind else "这个文件不是可识别的图片"
    return f"{seen}，这里只收 JPEG 和 PNG；只改扩展名不行。"


def _middle(size: tuple[int, int], rules: PhotoRules) -> tuple[int, int, int, int]:
    """The largest part of the wanted shape in the middle."""
    width, height = size
    across = min(width, height * rules.width // rules.height)
    down = min(height, width * rules.height // rules.width)
    left, top = (width - across) // 2, (height - down) // 2
    return left, top, left + across, top + down
