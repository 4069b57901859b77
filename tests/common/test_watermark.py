"""Marks of the viewer in a picture: seen, never over the face."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from common.watermark import watermarked
from tests.factories.imaging import portrait

pytestmark = pytest.mark.unit

LINES = ("陈老师（账号 12）", "2026-06-12 14:32 查看")


def small() -> bytes:
    with Image.open(BytesIO(portrait(1))) as picture:
        picture.thumbnail((180, 240))
        out = BytesIO()
        picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def change(data: bytes, box: tuple[float, float, float, float]) -> float:
    """How much the mark has changed a part of the picture, given in shares: 0 is nothing."""
    before = Image.open(BytesIO(data)).convert("RGB")
    after = Image.open(BytesIO(watermarked(data, lines=LINES)))
    assert after.size == before.size
    width, height = before.size
    left, top, right, bottom = box
    part = (int(left * width), int(top * height), int(right * width), int(bottom * height))
    apart = ImageChops.difference(before.crop(part), after.crop(part))
    return max(ImageStat.Stat(apart).mean)


@pytest.mark.parametrize("data", [portrait(1), small()], ids=["registered", "small"])
def test_face_is_left_free_and_the_foot_is_marked(data: bytes) -> None:
    # Hair from 50 of 640 at the highest, face 180 to 300 of 480 wide (教毕指 (2017) 99号).
    assert change(data, (0.15, 0.05, 0.85, 0.75)) < 2
    assert change(data, (0.1, 0.9, 0.9, 0.98)) > 20


def test_edges_of_a_whole_photo_are_marked_too() -> None:
    assert change(portrait(1), (0, 0.2, 0.08, 0.6)) > 2
    assert change(portrait(1), (0.92, 0.2, 1, 0.6)) > 2


def test_another_viewer_leaves_another_mark() -> None:
    data = portrait(1)

    assert watermarked(data, lines=LINES) != watermarked(
        data, lines=("李老师（账号 13）", LINES[1])
    )


def test_long_name_still_fits() -> None:
    lines = ("阿卜杜热合曼·买买提依明·吐尔逊老师（账号 1234567）", "2026-06-12 14:32 查看")

    for data in (portrait(1), small()):
        with Image.open(BytesIO(watermarked(data, lines=lines))) as marked:
            assert marked.format == "JPEG"


def test_mark_brings_no_metadata() -> None:
    with Image.open(BytesIO(watermarked(portrait(1), lines=LINES))) as marked:
        assert not marked.getexif()
        assert "comment" not in marked.info
