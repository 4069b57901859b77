"""Who looked and when, drawn into a picture for one viewer: bytes in, bytes out, nothing is kept."""

import functools
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from common.paper.fonts import FONT_PATH

__all__ = ["watermarked"]

_QUALITY: Final = 88
# Shares of the picture. The head of a portrait ends above the band and between the edges.
_LETTER: Final = 1 / 22
_SMALLEST: Final = 9
_BAND_FROM_BOTTOM: Final = 0.02
_EDGE_ROOM: Final = 0.4
_INK: Final = (20, 20, 20)
_PAPER: Final = (255, 255, 255)
_BAND_STRENGTH: Final = 0.62
_EDGE_STRENGTH: Final = 120


def watermarked(picture: bytes, *, lines: tuple[str, ...]) -> bytes:
    """The JPEG with these lines in a band along its foot and, faintly, along both edges.

    What lies in the band stays recognisable and the face is left free; cutting the marks off
    takes more than a tenth of the picture with them.
    """
    with Image.open(BytesIO(picture), formats=("JPEG",)) as received:
        drawn = received.convert("RGB")
    size = max(round(drawn.width * _LETTER), _SMALLEST)
    _draw_band(drawn, lines, size)
    if drawn.width * _LETTER > _SMALLEST:  # smaller ones have no room beside the head
        _draw_edges(drawn, " · ".join(lines), size)
    buffer = BytesIO()
    drawn.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


@functools.lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT_PATH), size)


def _draw_band(picture: Image.Image, lines: tuple[str, ...], size: int) -> None:
    """White letters on a darkened band, each line as large as the width allows."""
    room = picture.width * 0.96
    fonts = []
    for line in lines:
        width = _font(size).getlength(line)
        fonts.append(_font(size if width <= room else max(int(size * room / width), 6)))
    height = sum(round(font.size * 1.35) for font in fonts)
    top = picture.height - height - round(picture.height * _BAND_FROM_BOTTOM)
    box = (0, top, picture.width, top + height)
    ground = Image.new("RGB", (picture.width, height), _INK)
    picture.paste(Image.blend(picture.crop(box), ground, _BAND_STRENGTH), box)
    draw = ImageDraw.Draw(picture)
    for line, font in zip(lines, fonts, strict=True):
        left = (picture.width - font.getlength(line)) / 2
        draw.text((left, top), line, font=font, fill=_PAPER)
        top += round(font.size * 1.35)


def _draw_edges(picture: Image.Image, text: str, size: int) -> None:
    """The text upright along the left edge and the right one, half transparent."""
    font = _font(max(round(size * 0.7), _SMALLEST))
    length, height = round(font.getlength(text)) + 2, round(font.size * 1.4)
    strip = Image.new("L", (length, height))
    ImageDraw.Draw(strip).text((1, 0), text, font=font, fill=_EDGE_STRENGTH)
    for angle, left in ((90, 2), (270, picture.width - height - 2)):
        turned = strip.rotate(angle, expand=True)
        top = max(round(picture.height * _EDGE_ROOM) - turned.height // 2, 0)
        shade = Image.new("RGB", turned.size, _INK)
        picture.paste(shade, (left, top), turned)
