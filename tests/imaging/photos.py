"""Small real photos for tests, made by Pillow: nothing is read from disk."""

import random
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageChops, ImageFilter

LIGHT_BLUE = (100, 197, 255)


@lru_cache
def picture(
    size: tuple[int, int] = (480, 640),
    background: tuple[int, int, int] = LIGHT_BLUE,
    grain: int = 85,
) -> Image.Image:
    """Return a sharp head-and-shoulders shape before an even backdrop."""
    width, height = size
    rng = random.Random(7)
    skin = Image.frombytes(
        "L", (200, 266), bytes(rng.randrange(170, 170 + grain) for _ in range(200 * 266))
    )
    face = Image.merge(
        "RGB", (skin, skin.point(lambda level: level * 0.8), skin.point(lambda level: level * 0.7))
    )
    scene = Image.new("RGB", size, background)
    scene.paste(face.resize((width * 5 // 12, height * 5 // 12)), (width * 7 // 24, height // 6))
    scene.paste((40, 44, 60), (width // 12, height * 3 // 4, width * 11 // 12, height))
    return scene


@lru_cache
def noisy(spread: int = 10) -> Image.Image:
    """Return the picture with grain all over, as a camera gives in bad light."""
    rng = random.Random(3)
    width, height = size = (480, 640)
    grain = Image.frombytes("L", size, bytes(rng.randrange(spread) for _ in range(width * height)))
    return ImageChops.add(picture(), Image.merge("RGB", (grain, grain, grain)))


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    """Return a JPEG of the picture: quality 75 and 300 dpi unless told otherwise."""
    buffer = BytesIO()
    (image or picture()).save(buffer, "JPEG", **{"quality": 75, "dpi": (300, 300), **options})
    return buffer.getvalue()


def encoded(kind: str, image: Image.Image | None = None) -> bytes:
    """Return the picture in another format."""
    buffer = BytesIO()
    (image or picture()).save(buffer, kind)
    return buffer.getvalue()


def blurred() -> Image.Image:
    """Return the picture out of focus."""
    return picture().filter(ImageFilter.GaussianBlur(6))
