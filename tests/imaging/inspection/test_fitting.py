"""The published copy keeps to the wanted bytes, with no more loss than that takes (edge case 45)."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.JpegImagePlugin import JpegImageFile

from imaging.inspection import (
    FindingCode,
    Inspection,
    PhotoRules,
    RuleCode,
    Verdict,
    check_picture,
    inspect_photo,
    judge,
    prepare_shot,
)
from imaging.inspection.fitting import as_jpeg, fitted
from imaging.inspection.jpeg import estimated_quality
from tests.imaging.photos import jpeg, noisy

pytestmark = pytest.mark.unit

RULES = PhotoRules()
LEAST = 20 * 1024
MOST = 40 * 1024


def lying(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return jpeg(image.transpose(Image.Transpose.ROTATE_90), exif=exif)


def with_profile(image: Image.Image) -> bytes:
    """Under a profile that is not called sRGB, so that the colours are worked out anew."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = srgb.replace("sRGB".encode("utf-16-be"), "aRGB".encode("utf-16-be"))
    return jpeg(image, icc_profile=other)


def opened(data: bytes | None) -> JpegImageFile:
    return JpegImageFile(BytesIO(data or b""))


def codes(seen: Inspection) -> set[FindingCode]:
    return {finding.code for finding in seen.warnings}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(jpeg(noisy(), quality=92), id="over-as-it-came"),
        pytest.param(jpeg(noisy().convert("CMYK")), id="cmyk"),
        pytest.param(jpeg(noisy(16).convert("L")), id="grey"),
        pytest.param(lying(noisy(16)), id="turned"),
        pytest.param(with_profile(noisy(16)), id="other-profile"),
    ],
)
def test_copy_over_the_most_bytes_is_compressed_until_it_fits(data: bytes) -> None:
    whole = inspect_photo(data, replace(RULES, is_fitted=False))
    assert len(whole.published or b"") > MOST

    seen = inspect_photo(data, RULES)

    copy = opened(seen.published)
    assert seen.ok
    assert LEAST <= len(seen.published or b"") <= MOST
    assert (copy.size, copy.mode, copy.info["dpi"]) == ((480, 640), "RGB", (300, 300))
    assert 60 <= estimated_quality(copy.quantization) < 92
    assert FindingCode.COMPRESSED in codes(seen)
    assert not {FindingCode.MANY_BYTES, FindingCode.FEW_BYTES} & codes(seen)
    results = {result.code: result for result in judge(seen.measures, RULES)}
    assert results[RuleCode.BYTES].verdict is Verdict.PASS


def test_copy_that_fits_keeps_the_compression_that_it_came_with() -> None:
    data = jpeg(quality=92)

    seen = inspect_photo(data, RULES)

    assert opened(seen.published).quantization == opened(data).quantization
    assert seen == inspect_photo(data, replace(RULES, is_fitted=False))
    assert FindingCode.COMPRESSED not in codes(seen)


def test_same_picture_in_fewer_bytes_comes_before_a_coarser_one() -> None:
    data = jpeg(noisy(), quality=80)
    plain = inspect_photo(data, replace(RULES, is_fitted=False)).published or b""
    rules = replace(RULES, max_bytes=len(plain) - 1)

    seen = inspect_photo(data, rules)

    assert len(seen.published or b"") < len(plain)
    assert opened(seen.published).tobytes() == opened(plain).tobytes()
    assert FindingCode.COMPRESSED not in codes(seen)


def test_what_no_allowed_quality_fits_is_remarked_and_not_refused() -> None:
    data = jpeg(noisy(80), quality=90)

    seen = inspect_photo(data, RULES)

    assert seen.ok
    assert estimated_quality(opened(seen.published).quantization) == RULES.min_quality
    (said,) = [f.message for f in seen.warnings if f.code is FindingCode.MANY_BYTES]
    assert f"{len(seen.published or b'') / 1024:.1f} KB" in said
    assert "品质 60 还是偏大" in said
    assert FindingCode.COMPRESSED not in codes(seen)


def test_coarser_than_allowed_is_never_written_larger_again() -> None:
    data = jpeg(noisy(80), quality=40)

    seen = inspect_photo(data, RULES)

    assert opened(seen.published).quantization == opened(data).quantization
    assert {FindingCode.LOW_QUALITY, FindingCode.MANY_BYTES} <= codes(seen)


def test_remark_measures_what_is_published_and_not_what_surrounds_it() -> None:
    data = jpeg(comment=bytes(30 * 1024))
    assert len(data) > MOST

    seen = inspect_photo(data, RULES)

    assert not {FindingCode.MANY_BYTES, FindingCode.COMPRESSED} & codes(seen)
    assert seen.measures.byte_count == len(seen.published or b"")
    assert seen.byte_count == len(data)


def test_picture_of_another_size_keeps_its_compression() -> None:
    data = jpeg(noisy().resize((720, 960)), quality=92)
    rules = replace(RULES, exact_size_required=False)

    seen = inspect_photo(data, rules)

    assert opened(seen.published).quantization == opened(data).quantization
    assert FindingCode.MANY_BYTES in codes(seen)


def test_trial_judges_the_file_that_somebody_has() -> None:
    data = jpeg(noisy(), quality=92)

    check = check_picture(data, RULES)

    assert check.measures is not None
    assert check.measures.byte_count == len(data)
    (weight,) = [result for result in check.results if result.code is RuleCode.BYTES]
    assert weight.verdict is Verdict.WARN


def test_cut_picture_stays_fine_and_the_registered_one_fits() -> None:
    shot = prepare_shot(jpeg(noisy(), quality=95), RULES)

    assert len(shot.registered) <= MOST
    assert estimated_quality(opened(shot.original).quantization) == 92
    assert not {FindingCode.COMPRESSED, FindingCode.MANY_BYTES} & codes(shot.inspection)


@pytest.mark.parametrize(
    ("most", "wanted"),
    [
        (lambda at: len(at(96)), 96),
        (lambda at: len(at(96)) - 1, 95),
        (lambda at: len(at(75)), 75),
        (lambda at: len(at(60)), 60),
        (lambda at: len(at(60)) - 1, 60),
    ],
)
def test_finest_quality_that_fits_is_found(
    most: Callable[[Callable[[int], bytes]], int], wanted: int
) -> None:
    def at(quality: int, **more: Any) -> bytes:
        return as_jpeg(noisy(), RULES, quality=quality, optimize=True, **more)

    rules = replace(RULES, max_bytes=most(at))

    assert fitted(noisy(), rules) == at(wanted)
