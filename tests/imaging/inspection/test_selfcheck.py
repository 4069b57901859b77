"""A picture that somebody tries out: JPEG and PNG of any size, and every file that is neither."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from imaging.inspection import (
    GRADUATION_RULES,
    CompositionRules,
    PictureCheck,
    RuleCode,
    Verdict,
    check_picture,
)
from tests.imaging.photos import encoded, jpeg, picture

pytestmark = pytest.mark.unit

RULES = replace(GRADUATION_RULES, composition=CompositionRules())


def verdicts(check: PictureCheck) -> dict[RuleCode, Verdict]:
    return {result.code: result.verdict for result in check.results}


def test_good_jpeg_is_measured_and_shown_back_small() -> None:
    check = check_picture(jpeg(), RULES)

    assert check.refusal == ""
    assert verdicts(check)[RuleCode.SIZE] is Verdict.PASS
    assert len(check.results) >= 12
    assert Image.open(BytesIO(check.preview)).size == (480, 640)


def test_other_size_is_a_result_and_stops_nothing() -> None:
    check = check_picture(jpeg(picture((1500, 2000))), RULES)

    size = next(result for result in check.results if result.code is RuleCode.SIZE)
    assert (size.verdict, size.measured, size.allowed) == (Verdict.FAIL, "1500×2000", "480×640")
    assert verdicts(check)[RuleCode.BACKGROUND_COLOUR] is Verdict.PASS
    assert Image.open(BytesIO(check.preview)).size == (480, 640)


def test_png_is_measured_like_a_jpeg_and_fails_by_its_format() -> None:
    check = check_picture(encoded("PNG"), RULES)

    assert verdicts(check)[RuleCode.FORMAT] is Verdict.FAIL
    assert verdicts(check)[RuleCode.QUALITY] is Verdict.UNKNOWN
    assert verdicts(check)[RuleCode.BACKGROUND_COLOUR] is Verdict.PASS
    assert check.measures is not None
    assert check.measures.byte_count == len(encoded("PNG"))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "I;16"])
def test_png_of_every_mode_is_measured(mode: str) -> None:
    image = Image.new("I;16", (480, 640)) if mode == "I;16" else picture().convert(mode)

    check = check_picture(encoded("PNG", image), RULES)

    assert check.refusal == ""
    expected = Verdict.WARN if mode in {"LA", "1", "L", "I;16"} else Verdict.PASS
    assert verdicts(check)[RuleCode.COLOUR] is expected


def test_transparent_png_lies_on_white() -> None:
    clear = Image.new("RGBA", (480, 640), (0, 0, 0, 0))

    check = check_picture(encoded("PNG", clear), RULES)

    assert check.measures is not None
    assert check.measures.background is not None
    assert check.measures.background.rgb == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 字节"),
        (b"just text", "不是可识别的图片"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(200), "HEIC"),
        (encoded("WEBP"), "WebP"),
        (encoded("GIF"), "GIF"),
        (b"%PDF-1.7\n", "PDF"),
        (jpeg()[:3000], "打不开"),
        (encoded("PNG")[:3000], "打不开"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "打不开"),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)), "打不开"),
        (bytes(5 * 1024 * 1024 + 1), "5 MB"),
    ],
)
def test_file_that_cannot_be_measured_gets_a_sentence_that_says_what_to_do(
    data: bytes, words: str
) -> None:
    check = check_picture(data, RULES)

    assert words in check.refusal
    assert "请" in check.refusal or "要" in check.refusal or "先" in check.refusal
    assert (check.results, check.preview) == ((), b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def test_bombs_are_refused_before_they_are_decoded() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
    data = jpeg()
    frame = data.index(b"\xff\xc0")
    bomb = data[: frame + 5] + struct.pack(">HH", 65500, 65500) + data[frame + 9 :]

    refused = [check_picture(each, RULES).refusal for each in (png, bomb)]

    assert "60000×60000" in refused[0]
    assert "65500×65500" in refused[1]


def test_extreme_strip_is_measured_without_growing() -> None:
    check = check_picture(jpeg(Image.new("RGB", (30_000, 8), "white")), RULES)

    assert verdicts(check)[RuleCode.SIZE] is Verdict.FAIL
    assert len(check.preview) < 100_000
