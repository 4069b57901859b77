"""A photo to register out of a picture from a phone: cut, scaled, cleaned, measured."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from imaging.inspection import GRADUATION_RULES, ShotRefusedError, prepare_shot
from tests.imaging.photos import encoded, jpeg, picture

pytestmark = pytest.mark.unit

KILOBYTE = 1024


def opened(data: bytes) -> JpegImageFile:
    return JpegImageFile(BytesIO(data))


def test_phone_picture_becomes_the_registered_size_within_the_bytes() -> None:
    shot = prepare_shot(jpeg(picture((1500, 2000)), quality=95), GRADUATION_RULES)

    registered, original = opened(shot.registered), opened(shot.original)
    assert (registered.size, registered.info["dpi"]) == ((480, 640), (300, 300))
    assert len(shot.registered) <= GRADUATION_RULES.max_bytes
    assert original.size == (1440, 1920)
    assert shot.inspection.ok
    assert shot.inspection.published == shot.registered


def test_middle_of_a_wide_picture_is_kept() -> None:
    wide = Image.new("RGB", (2000, 800), "red")
    wide.paste((100, 197, 255), (700, 0, 1300, 800))

    shot = prepare_shot(jpeg(wide), GRADUATION_RULES)

    assert opened(shot.original).size == (600, 800)
    corners = opened(shot.registered).convert("RGB")
    assert all(corners.getpixel(at)[2] > 200 for at in ((2, 2), (477, 637)))  # type: ignore[index]


def test_picture_of_the_exact_size_is_not_scaled() -> None:
    shot = prepare_shot(jpeg(quality=90), GRADUATION_RULES)

    assert opened(shot.original).size == opened(shot.registered).size == (480, 640)


def test_place_and_device_are_left_behind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    data = jpeg(picture((960, 1280)), exif=exif, comment=b"home address")
    assert b"PhoneMaker" in data

    shot = prepare_shot(data, GRADUATION_RULES)

    for made in (shot.original, shot.registered):
        assert not opened(made).getexif()
        assert b"PhoneMaker" not in made
        assert b"home address" not in made


def test_turned_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = picture((600, 800)).transpose(Image.Transpose.ROTATE_90)

    shot = prepare_shot(jpeg(lying, exif=exif), GRADUATION_RULES)

    assert opened(shot.original).size == (600, 800)


def test_png_is_taken_too() -> None:
    shot = prepare_shot(encoded("PNG", picture((600, 800))), GRADUATION_RULES)

    assert opened(shot.registered).mode == "RGB"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空的"),
        (b"GIF89a" + bytes(40), "内容是 GIF"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "HEIC"),
        (b"hello", "不是可识别的图片"),
        (jpeg()[:4000], "打不开"),
    ],
    ids=["empty", "gif", "heic", "text", "truncated"],
)
def test_what_is_no_picture_is_refused_with_what_to_do(data: bytes, said: str) -> None:
    with pytest.raises(ShotRefusedError, match=said):
        prepare_shot(data, GRADUATION_RULES)


def test_small_picture_is_refused_with_its_size() -> None:
    with pytest.raises(ShotRefusedError, match="裁成 480:640 的样子以后是 300×400"):
        prepare_shot(jpeg(picture((700, 400))), GRADUATION_RULES)


def test_limits_hold_before_anything_is_decoded() -> None:
    small = replace(GRADUATION_RULES, max_upload_bytes=10 * KILOBYTE)
    few = replace(GRADUATION_RULES, max_pixels=480 * 640)

    with pytest.raises(ShotRefusedError, match="超过"):
        prepare_shot(jpeg(), small)
    with pytest.raises(ShotRefusedError, match="百万像素"):
        prepare_shot(jpeg(picture((600, 800))), few)
    with pytest.raises(ShotRefusedError, match="百万像素"):
        prepare_shot(encoded("PNG", picture((600, 800))), few)
