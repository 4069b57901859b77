"""The ticket as a picture: it can be scanned, and it says nothing about anybody."""

from io import BytesIO

import pytest
import segno
from PIL import Image

from imaging.documents.ticket_image import TICKET_SIZE, ticket_png, ticket_svg
from imaging.identity import new_ticket_code

pytestmark = pytest.mark.unit


def modules_of(picture: Image.Image) -> list[list[bool]]:
    """Dark and light squares of the code in the picture, read from its middle points."""
    grey = picture.convert("L").crop((120, 210, 600, 690))
    box = grey.point([255 if level < 128 else 0 for level in range(256)]).getbbox()
    assert box is not None
    code = grey.crop(box)
    count = next(
        size for size in range(21, 58, 4) if code.width % size == 0 and code.width // size > 3
    )
    step = code.width // count
    pixels, width = code.tobytes(), code.width
    middles = [number * step + step // 2 for number in range(count)]
    return [[pixels[y * width + x] < 128 for x in middles] for y in middles]


def test_picture_holds_exactly_the_codes_modules() -> None:
    code = new_ticket_code()

    picture = Image.open(BytesIO(ticket_png(code, school="远山大学", campaign="2026 届")))

    assert picture.size == TICKET_SIZE
    drawn = [[bool(module) for module in row] for row in segno.make_qr(code, error="q").matrix]
    assert modules_of(picture) == drawn


def test_long_names_stay_on_the_picture() -> None:
    data = ticket_png(new_ticket_code(), school="远" * 80, campaign="届" * 80)

    assert Image.open(BytesIO(data)).size == TICKET_SIZE


def test_svg_is_plain() -> None:
    data = ticket_svg(new_ticket_code())

    assert data.startswith(b"<svg")
    assert b"style" not in data
    assert b"script" not in data
