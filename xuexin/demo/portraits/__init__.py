"""Portraits of people who never existed, for the demonstration school: drawn, never photographed."""

import random
from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFont

from accounts.identity import Sex
from common.paper.fonts import FONT_PATH
from xuexin.demo.portraits.canvas import HEIGHT, WIDTH, Canvas, Colour
from xuexin.demo.portraits.clothes import draw_clothes
from xuexin.demo.portraits.face import draw_features, draw_head, draw_neck
from xuexin.demo.portraits.hair import draw_back_hair, draw_front_hair
from xuexin.demo.portraits.person import Variant, person_of

__all__ = ["Variant", "draw_portrait", "portrait_jpeg"]

# The first reference colour of the capture standard, and its light grey for the older photo.
_BACKGROUNDS: dict[Variant, Colour] = {
    Variant.GRADUATION: (100, 197, 255),
    Variant.ADMISSION: (240, 240, 240),
}
_MARK = "演 示"
_MARK_TINTS: dict[Variant, tuple[Colour, float]] = {
    Variant.GRADUATION: ((255, 255, 255), 0.5),
    Variant.ADMISSION: ((140, 160, 180), 0.4),
}
_DPI = 300
_QUALITIES = (92, 95, 88, 84, 80, 75)
_MIN_BYTES, _MAX_BYTES = 20 * 1024, 40 * 1024
_GRAIN = 6


def draw_portrait(seed: int, *, sex: Sex, variant: Variant = Variant.GRADUATION) -> Image.Image:
    """Return a 480×640 portrait; the same seed always gives the same person.

    It keeps to the capture standard's geometry: hair 50–110 and eyes 200–300 pixels below the
    upper edge, face 180–300 wide, an even backdrop. A tiled 演示 says what it is.
    """
    person = person_of(seed, sex, variant)
    canvas = Canvas(_BACKGROUNDS[variant])
    canvas.warp = head = person.head_warp()
    draw_back_hair(canvas, person.outfit.hair, person.hair_colour)
    canvas.warp = person.body_warp()
    draw_neck(canvas, person)
    draw_clothes(canvas, person)
    canvas.warp = head
    draw_head(canvas, person)
    draw_front_hair(canvas, person.outfit.hair, person.hair_colour)
    draw_features(canvas, person)
    return _with_mark(_with_grain(canvas.finished(), seed), variant)


def portrait_jpeg(seed: int, *, sex: Sex, variant: Variant = Variant.GRADUATION) -> bytes:
    """Return the portrait as a JPEG of 20–40 KB at 300 dpi; the same seed gives the same bytes."""
    picture = draw_portrait(seed, sex=sex, variant=variant)
    data = b""
    for quality in _QUALITIES:
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=quality, dpi=(_DPI, _DPI))
        data = buffer.getvalue()
        if _MIN_BYTES <= len(data) <= _MAX_BYTES:
            break
    return data


def _with_grain(picture: Image.Image, seed: int) -> Image.Image:
    """Add the faint grain of a camera, without which every measurement would be too good."""
    rng = random.Random(seed)
    grain = Image.frombytes("L", (WIDTH // 2, HEIGHT // 2), rng.randbytes(WIDTH * HEIGHT // 4))
    grain = grain.point([level * _GRAIN // 255 for level in range(256)]).resize((WIDTH, HEIGHT))
    return ImageChops.add(picture, Image.merge("RGB", (grain,) * 3), offset=-_GRAIN // 2)


def _with_mark(picture: Image.Image, variant: Variant) -> Image.Image:
    tint, opacity = _MARK_TINTS[variant]
    picture.paste(tint, mask=_mark(opacity))
    return picture


@cache
def _mark(opacity: float) -> Image.Image:
    """Return the tiled mark as a mask over the whole picture."""
    font = ImageFont.truetype(str(FONT_PATH), 32)
    side = 900
    sheet = Image.new("L", (side, side))
    draw = ImageDraw.Draw(sheet)
    for row, y in enumerate(range(0, side, 135)):
        for x in range(-120 * (row % 2), side, 250):
            draw.text((x, y), _MARK, font=font, fill=round(255 * opacity))
    left, top = (side - WIDTH) // 2, (side - HEIGHT) // 2
    turned = sheet.rotate(24, Image.Resampling.BICUBIC)
    return turned.crop((left, top, left + WIDTH, top + HEIGHT))
