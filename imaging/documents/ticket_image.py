"""A capture ticket as a picture for the phone: the code large, the QR code, and no word about whom."""

import functools
from io import BytesIO
from typing import Final

import segno
from PIL import Image, ImageDraw, ImageFont

from common.paper.fonts import FONT_PATH
from imaging.identity import grouped_ticket

__all__ = ["TICKET_SIZE", "ticket_png", "ticket_svg"]

TICKET_SIZE: Final = (720, 960)
_QUIET: Final = 4  # modules of white around the code, by the standard
_INK: Final = (26, 24, 21)
_GREY: Final = (90, 85, 77)
_QR_TOP: Final = 210
_QR_SIDE: Final = 480
_LONGEST: Final = 22  # characters of a title in one line


def ticket_svg(code: str) -> bytes:
    """The code alone as a QR code, as an SVG file without styles or scripts."""
    target = BytesIO()
    _qr(code).save(
        target, kind="svg", scale=4, border=_QUIET, xmldecl=False, light="#fff", nl=False
    )
    return target.getvalue()


def ticket_png(code: str, *, school: str, campaign: str) -> bytes:
    """The whole ticket as a PNG, to be kept among the photos of the phone.

    It names the school and the campaign, so that two tickets of one person are told apart; it bears
    no name and no number, so that whoever sees it learns nothing.
    """
    picture = Image.new("RGB", TICKET_SIZE, (255, 255, 255))
    draw = ImageDraw.Draw(picture)
    middle = TICKET_SIZE[0] / 2
    draw.rectangle((40, 40, 680, 44), fill=_INK)
    draw.rectangle((40, 48, 680, 49), fill=_INK)
    draw.text((middle, 96), school[:_LONGEST], _INK, _font(34), anchor="mm")
    draw.text((middle, 152), campaign[:_LONGEST], _GREY, _font(28), anchor="mm")
    picture.paste(_qr_picture(code), (round(middle - _QR_SIDE / 2), _QR_TOP))
    draw.text((middle, 740), "采集号", _GREY, _font(26), anchor="mm")
    draw.text((middle, 795), grouped_ticket(code), _INK, _font(56), anchor="mm")
    draw.text(
        (middle, 868), "拍照时给老师扫。上面没有你的姓名和号码。", _GREY, _font(24), anchor="mm"
    )
    draw.text((middle, 908), "这不是学信网的图像采集码", _GREY, _font(24), anchor="mm")
    target = BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def _qr(code: str) -> segno.QRCode:
    return segno.make_qr(code, error="q")


def _qr_picture(code: str) -> Image.Image:
    """Whole pixels per module, the rest is white: a stretched code is hard to scan."""
    rows = [bytes(row) for row in _qr(code).matrix]
    small = Image.new("L", (len(rows), len(rows)))
    small.putdata([0 if dark else 255 for row in rows for dark in row])
    scale = _QR_SIDE // (len(rows) + 2 * _QUIET)
    drawn = small.resize((len(rows) * scale, len(rows) * scale), Image.Resampling.NEAREST)
    framed = Image.new("RGB", (_QR_SIDE, _QR_SIDE), (255, 255, 255))
    at = (_QR_SIDE - drawn.width) // 2
    framed.paste(drawn, (at, at))
    return framed


@functools.lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_PATH), size)
