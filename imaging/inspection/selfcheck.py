"""Check a picture that somebody tries out before it is handed in; nothing of it is kept."""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from common.pictures import has_too_many_parts
from imaging.inspection.jpeg import content_kind
from imaging.inspection.judging import Measures, judge
from imaging.inspection.photo import inspect_photo, make_thumbnail
from imaging.inspection.results import RuleResult, Verdict
from imaging.inspection.rules import PhotoRules

__all__ = ["DECODE_ERRORS", "PictureCheck", "TooLargeError", "check_picture", "read_png"]

# A PNG is decoded whole before it can be made smaller.
_MAX_PNG_PIXELS: Final = 12_000_000
_MEGABYTE: Final = 1024 * 1024
_NEAR_LOSSLESS: Final = 95
_GREY_MODES: Final = frozenset({"1", "L", "LA"})
DECODE_ERRORS: Final = (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCheck:
    """What the rules say, or in `refusal` why the file could not be looked at.

    `preview` is a small JPEG of the upright picture, to draw the measures on.
    """

    refusal: str = ""
    results: tuple[RuleResult, ...] = ()
    measures: Measures | None = None
    preview: bytes = b""

    def count(self, *verdicts: Verdict) -> int:
        """How many rules ended with one of these."""
        return sum(result.verdict in verdicts for result in self.results)


def check_picture(data: bytes, rules: PhotoRules) -> PictureCheck:
    """Measure a JPEG or PNG of any size within the limits; pure, nothing is written anywhere.

    A size other than the wanted one is a result here and stops nothing: positions are measured as if
    the picture had the wanted height.
    """
    if refusal := _refusal(data, rules):
        return PictureCheck(refusal=refusal)
    png = None
    if content_kind(data) == "PNG":
        try:
            png = read_png(data, rules)
        except TooLargeError as error:
            return PictureCheck(refusal=str(error))
        except DECODE_ERRORS:
            return PictureCheck(refusal=_UNREADABLE)
    picture = data if png is None else png.jpeg
    lenient = replace(
        rules, exact_size_required=False, is_fitted=False, max_upload_bytes=len(picture)
    )
    seen = inspect_photo(picture, lenient)
    if seen.published is None:
        return PictureCheck(refusal=seen.errors[0].message if seen.errors else _UNREADABLE)
    # What is tried out is the file that somebody has, not the copy that would be made of it.
    measures = replace(seen.measures, byte_count=len(data))
    if png is not None:
        measures = replace(measures, kind="PNG", mode=png.mode, dpi=png.dpi, quality=None)
    return PictureCheck(
        results=judge(measures, rules),
        measures=measures,
        preview=make_thumbnail(seen.published, size=(2 * rules.width, rules.height)),
    )


_UNREADABLE: Final = "图片打不开：文件不完整、已损坏或编码方式少见。请重新导出，或者换一张再试。"


class TooLargeError(Exception):
    """More pixels than are decoded here."""


def _refusal(data: bytes, rules: PhotoRules) -> str:
    if not data:
        return "这个文件是空的（0 字节），请重新选择。"
    if len(data) > rules.max_upload_bytes:
        return f"文件超过 {rules.max_upload_bytes / _MEGABYTE:g} MB，请缩小或压缩后再试。"
    kind = content_kind(data)
    if kind == "HEIC":
        return (
            "这是 HEIC 图片，自检只看 JPEG 和 PNG。"
            "iPhone 在“设置—相机—格式”里选“兼容性最佳”再拍，或者先转成 JPG。"
        )
    if kind not in {"JPEG", "PNG"}:
        seen = f"这个文件的内容是 {kind}" if kind else "这个文件不是可识别的图片"
        return f"{seen}，自检只看 JPEG 和 PNG；只改扩展名不行，要另存为 JPEG。"
    return _UNREADABLE if has_too_many_parts(data) else ""


class _Png(NamedTuple):
    """A PNG as it was, and its picture on white, nearly without loss, to be measured like any other."""

    jpeg: bytes
    mode: str
    dpi: int | None


def read_png(data: bytes, rules: PhotoRules) -> _Png:
    """A PNG within the limits as a JPEG; TooLargeError, or one of DECODE_ERRORS."""
    received = PngImageFile(BytesIO(data))
    most = min(rules.max_pixels, _MAX_PNG_PIXELS)
    if received.width * received.height > most:
        raise TooLargeError(
            f"图片为 {received.width}×{received.height}，"
            f"超过上限 {most / 1e6:g} 百万像素，请缩小后再试。"
        )
    received.load()
    picture: Image.Image = received
    if picture.mode.startswith("I"):
        picture = picture.point(lambda level: level / 256).convert("L")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        picture = Image.new("RGB", coloured.size, "white")
        picture.paste(coloured, mask=coloured.getchannel("A"))
    buffer = BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=_NEAR_LOSSLESS, subsampling=0)
    dpi = received.info.get("dpi")
    return _Png(
        jpeg=buffer.getvalue(),
        mode="L" if received.mode in _GREY_MODES or received.mode.startswith("I") else "RGB",
        dpi=round(dpi[0]) if dpi and dpi[0] > 0 else None,
    )
