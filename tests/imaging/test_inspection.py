"""Photos as they arrive: what refuses them, what is only remarked, what is published."""

import hashlib
import struct
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

from imaging.inspection import FindingCode, Inspection, PhotoRules, inspect_photo, make_thumbnail
from imaging.inspection.jpeg import estimated_quality, picture_end
from tests.imaging.photos import blurred, encoded, jpeg, picture

pytestmark = pytest.mark.unit

RULES = PhotoRules()
ADMISSION = replace(RULES, exact_size_required=False)


def error_codes(inspection: Inspection) -> list[FindingCode]:
    return [finding.code for finding in inspection.errors]


def warning_codes(inspection: Inspection) -> list[FindingCode]:
    return [finding.code for finding in inspection.warnings]


def published(inspection: Inspection) -> Image.Image:
    assert inspection.published is not None
    image = Image.open(BytesIO(inspection.published))
    image.load()
    return image


def segments(data: bytes) -> set[int]:
    """Markers before the first scan."""
    position, markers = 2, set()
    while data[position + 1] != 0xDA:
        markers.add(data[position + 1])
        position += 2 + struct.unpack(">H", data[position + 2 : position + 4])[0]
    return markers


def exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "SECRET-CAMERA"
    data.get_ifd(0x8825)[1] = "N"
    return data


# --- a good photo


def test_good_photo_has_no_findings_and_all_measurements() -> None:
    data = jpeg()

    seen = inspect_photo(data, RULES)

    assert (seen.errors, seen.warnings) == ((), ())
    assert (seen.width, seen.height, seen.mode, seen.dpi, seen.jpeg_quality) == (
        480,
        640,
        "RGB",
        300,
        75,
    )
    assert seen.byte_count == len(data)
    assert seen.sha256 == hashlib.sha256(data).hexdigest()
    assert seen.background is not None
    assert seen.background.distance_to((100, 197, 255)) < 5
    assert seen.sharpness is not None
    assert seen.sharpness > RULES.min_sharpness


def test_published_copy_is_rgb_300_dpi_and_looks_the_same() -> None:
    seen = inspect_photo(jpeg(), RULES)

    copy = published(seen)

    assert (copy.format, copy.mode, copy.size, copy.info["dpi"]) == (
        "JPEG",
        "RGB",
        (480, 640),
        (300, 300),
    )
    assert max(ImageStat.Stat(ImageChops.difference(copy, Image.open(BytesIO(jpeg())))).mean) < 1
    assert abs(len(seen.published or b"") - seen.byte_count) < 0.1 * seen.byte_count


def test_inspection_is_repeatable() -> None:
    assert inspect_photo(jpeg(), RULES) == inspect_photo(jpeg(), RULES)


# --- refused: edge cases 43 and 44


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded("PNG"), "PNG"),
        (encoded("GIF"), "GIF"),
        (encoded("WEBP"), "WebP"),
        (encoded("BMP"), "BMP"),
        (encoded("TIFF"), "TIFF"),
        (encoded("AVIF"), "AVIF"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(200), "HEIC"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04" + bytes(60), "ZIP"),
    ],
)
def test_other_formats_are_refused_by_content_and_named(data: bytes, kind: str) -> None:
    seen = inspect_photo(data, RULES)

    assert error_codes(seen) == [FindingCode.NOT_JPEG]
    assert kind in seen.errors[0].message
    assert seen.published is None
    assert not seen.ok


def test_png_with_alpha_and_16_bit_png_are_refused() -> None:
    with_alpha = encoded("PNG", picture().convert("RGBA"))
    deep = encoded("PNG", Image.new("I;16", (480, 640)))

    assert [error_codes(inspect_photo(data, RULES)) for data in (with_alpha, deep)] == [
        [FindingCode.NOT_JPEG],
        [FindingCode.NOT_JPEG],
    ]


def test_text_is_refused_without_a_guess() -> None:
    seen = inspect_photo("我是照片".encode(), RULES)

    assert error_codes(seen) == [FindingCode.NOT_JPEG]


def test_empty_file_is_refused_with_its_own_message() -> None:
    seen = inspect_photo(b"", RULES)

    assert error_codes(seen) == [FindingCode.EMPTY]
    assert "0 字节" in seen.errors[0].message


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9, 0.99])
def test_truncated_photo_is_refused(share: float) -> None:
    data = jpeg()

    assert error_codes(inspect_photo(data[: int(len(data) * share)], RULES)) == [
        FindingCode.UNREADABLE
    ]


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_photo_without_its_last_bytes_is_refused(missing: int) -> None:
    assert error_codes(inspect_photo(jpeg()[:-missing], RULES)) == [FindingCode.UNREADABLE]


def test_jpeg_start_with_rubbish_behind_is_refused() -> None:
    seen = inspect_photo(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20 + b"\xff\xd9", RULES)

    assert error_codes(seen) == [FindingCode.UNREADABLE]


def test_twelve_bit_jpeg_is_refused() -> None:
    data = jpeg()
    frame = data.index(b"\xff\xc0")

    assert error_codes(inspect_photo(data[: frame + 4] + b"\x0c" + data[frame + 5 :], RULES)) == [
        FindingCode.UNREADABLE
    ]


def test_too_many_bytes_are_refused_before_reading() -> None:
    seen = inspect_photo(bytes(2 * 1024 * 1024), replace(RULES, max_upload_bytes=1024 * 1024))

    assert error_codes(seen) == [FindingCode.TOO_MANY_BYTES]
    assert "2.0 MB" in seen.errors[0].message
    assert "1 MB" in seen.errors[0].message


def test_decompression_bomb_is_refused_before_decoding() -> None:
    data = jpeg()
    frame = data.index(b"\xff\xc0")
    bomb = data[: frame + 5] + struct.pack(">HH", 65500, 65500) + data[frame + 9 :]

    seen = inspect_photo(bomb, RULES)

    assert error_codes(seen) == [FindingCode.TOO_MANY_PIXELS]
    assert "65500×65500" in seen.errors[0].message


def test_wrong_pixel_size_refuses_a_graduation_photo() -> None:
    seen = inspect_photo(jpeg(picture((360, 480))), RULES)

    assert error_codes(seen) == [FindingCode.WRONG_SIZE]
    assert (seen.width, seen.height, seen.published) == (360, 480, None)
    assert "360×480" in seen.errors[0].message
    assert "480" in seen.errors[0].message


def test_swapped_width_and_height_are_named() -> None:
    seen = inspect_photo(jpeg(picture((640, 480))), RULES)

    assert error_codes(seen) == [FindingCode.WRONG_SIZE]
    assert seen.errors[0].message.startswith("宽和高颠倒了")


def test_other_pixel_size_is_a_warning_for_an_admission_photo() -> None:
    seen = inspect_photo(jpeg(picture((360, 480))), ADMISSION)

    assert seen.ok
    assert FindingCode.OTHER_SIZE in warning_codes(seen)
    assert published(seen).size == (360, 480)


# --- remarks: edge cases 43 and 45


@pytest.mark.parametrize(
    ("options", "code", "value"),
    [
        ({"quality": 20}, FindingCode.FEW_BYTES, "KB"),
        ({"quality": 59}, FindingCode.LOW_QUALITY, "59"),
        ({"dpi": (72, 72)}, FindingCode.RESOLUTION, "72"),
        ({"dpi": (0, 0)}, FindingCode.RESOLUTION, "没有标注"),
        ({"progressive": True}, FindingCode.PROGRESSIVE, "渐进式"),
    ],
)
def test_deviation_is_a_warning_with_its_value(
    options: dict[str, Any], code: FindingCode, value: str
) -> None:
    seen = inspect_photo(jpeg(**options), RULES)

    assert seen.ok
    messages = {finding.code: finding.message for finding in seen.warnings}
    assert code in messages
    assert value in messages[code]


def test_quality_60_and_20_and_40_kilobytes_are_still_right() -> None:
    copy = inspect_photo(jpeg(quality=60), RULES).published or b""
    rules = replace(RULES, min_bytes=len(copy), max_bytes=len(copy))

    assert inspect_photo(jpeg(quality=60), rules).warnings == ()


def test_progressive_photo_is_published_as_baseline() -> None:
    seen = inspect_photo(jpeg(progressive=True), RULES)

    assert not published(seen).info.get("progressive")


@pytest.mark.parametrize(("mode", "word"), [("L", "灰度"), ("CMYK", "CMYK")])
def test_other_colour_modes_are_converted_with_a_warning(mode: str, word: str) -> None:
    seen = inspect_photo(jpeg(picture().convert(mode)), RULES)

    assert seen.ok
    assert seen.mode == mode
    assert any(f.code is FindingCode.COLOUR_MODE and word in f.message for f in seen.warnings)
    assert published(seen).mode == "RGB"


def test_cmyk_photo_keeps_its_colours() -> None:
    seen = inspect_photo(jpeg(picture().convert("CMYK")), RULES)

    assert seen.background is not None
    assert seen.background.distance_to((100, 197, 255)) < 10


@pytest.mark.parametrize("byte_order", ["big", "little"])
@pytest.mark.parametrize("value", range(2, 9))
def test_photo_with_an_orientation_is_turned_as_pillow_would(value: int, byte_order: str) -> None:
    lying = picture() if value <= 4 else picture().transpose(Image.Transpose.ROTATE_90)
    mark = exif(value)
    mark.endian = "<" if byte_order == "little" else ">"
    data = jpeg(lying, exif=mark)

    seen = inspect_photo(data, RULES)

    assert seen.ok
    assert FindingCode.ROTATED in warning_codes(seen)
    assert (seen.width, seen.height) == (480, 640)
    copy, expected = published(seen), ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert copy.size == expected.size == (480, 640)
    assert max(ImageStat.Stat(ImageChops.difference(copy, expected)).mean) < 6


def test_photo_lying_by_its_mark_is_refused_for_its_size() -> None:
    seen = inspect_photo(jpeg(exif=exif(8)), RULES)

    assert error_codes(seen) == [FindingCode.WRONG_SIZE]
    assert (seen.width, seen.height) == (640, 480)


def test_odd_background_is_a_warning_with_both_colours() -> None:
    seen = inspect_photo(jpeg(picture(background=(170, 30, 40))), RULES)

    finding = next(f for f in seen.warnings if f.code is FindingCode.BACKGROUND_COLOUR)
    assert seen.ok
    assert "浅灰" in finding.message
    assert "48" in finding.message


@pytest.mark.parametrize("colour", [(255, 255, 255), (240, 240, 240), (90, 190, 245)])
def test_allowed_backgrounds_pass(colour: tuple[int, int, int]) -> None:
    assert FindingCode.BACKGROUND_COLOUR not in warning_codes(
        inspect_photo(jpeg(picture(background=colour)), RULES)
    )


def test_gradient_behind_the_head_is_a_warning() -> None:
    image = picture().copy()
    image.paste((20, 60, 110), (0, 0, 240, 120))

    assert FindingCode.BACKGROUND_UNEVEN in warning_codes(inspect_photo(jpeg(image), RULES))


def test_blurred_photo_is_a_warning() -> None:
    seen = inspect_photo(jpeg(blurred()), RULES)

    assert seen.ok
    assert FindingCode.BLURRED in warning_codes(seen)


# --- what is not published: edge case 46


def test_published_copy_carries_no_metadata_and_the_original_is_untouched() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = jpeg(exif=exif(1), comment=b"SECRET-COMMENT", icc_profile=srgb, xmp=b"<x>SECRET-XMP</x>")
    assert data.count(b"SECRET") == 3

    seen = inspect_photo(data, RULES)

    assert seen.published is not None
    assert b"SECRET" not in seen.published
    # JFIF header, tables and frame; no APP1–APP15, no comment.
    assert segments(seen.published) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDD}
    assert hashlib.sha256(data).hexdigest() == seen.sha256


def test_polyglot_tail_is_dropped_with_a_warning() -> None:
    tail = b"<script>alert(1)</script>\xff\xd9"

    seen = inspect_photo(jpeg() + tail, RULES)

    assert seen.ok
    assert any(
        f.code is FindingCode.TRAILING_BYTES and str(len(tail)) in f.message for f in seen.warnings
    )
    assert b"script" not in (seen.published or b"")
    assert (seen.published or b"").endswith(b"\xff\xd9")


def test_second_picture_of_a_multi_picture_file_is_dropped() -> None:
    buffer = BytesIO()
    picture().save(
        buffer, "MPO", save_all=True, append_images=[blurred()], quality=75, dpi=(300, 300)
    )

    seen = inspect_photo(buffer.getvalue(), RULES)

    assert seen.ok
    assert FindingCode.TRAILING_BYTES in warning_codes(seen)
    assert published(seen).format == "JPEG"


def test_broken_colour_profile_and_broken_exif_do_not_refuse() -> None:
    broken_profile = jpeg(icc_profile=b"no profile at all")
    broken_exif = jpeg(exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")

    assert [inspect_photo(data, RULES).ok for data in (broken_profile, broken_exif)] == [True, True]


def test_foreign_colour_profile_is_converted_with_a_warning() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    data = jpeg(icc_profile=lab.tobytes())

    seen = inspect_photo(data, RULES)

    assert seen.ok
    assert published(seen).mode == "RGB"


# --- parts


@pytest.mark.parametrize("quality", [1, 10, 30, 50, 59, 60, 61, 75, 85, 90, 95, 99, 100])
def test_estimated_quality_is_exact_for_libjpeg_tables(quality: int) -> None:
    with Image.open(BytesIO(jpeg(quality=quality))) as image:
        assert estimated_quality(image.quantization) == quality  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"restart_marker_blocks": 4}, {"subsampling": 0}]
)
def test_picture_end_is_the_end_of_a_plain_file(options: dict[str, Any]) -> None:
    data = jpeg(**options)

    assert picture_end(data) == len(data)
    assert picture_end(data + b"tail \xff\xd9") == len(data)
    assert picture_end(data[:-2]) is None


def test_picture_end_is_not_fooled_by_an_end_mark_in_metadata() -> None:
    data = jpeg(comment=b"\xff\xd9 and \xff\xda")

    assert picture_end(data) == len(data)


def test_thumbnail_is_small_and_whole() -> None:
    seen = inspect_photo(jpeg(), RULES)

    small = Image.open(BytesIO(make_thumbnail(seen.published or b"")))
    small.load()

    assert small.size == (120, 160)
