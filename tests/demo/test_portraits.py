"""Drawn portraits: they pass the portal's own inspection and cannot be taken for one another."""

from dataclasses import replace
from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image, ImageChops, ImageStat

from accounts.identity import Sex
from imaging.inspection import PhotoRules, inspect_photo
from xuexin.demo.portraits import Variant, draw_portrait, portrait_jpeg
from xuexin.demo.portraits.person import person_of

pytestmark = pytest.mark.unit

SAMPLE = [(seed, sex, variant) for seed in range(8) for sex in Sex for variant in Variant]


@pytest.mark.parametrize(("seed", "sex", "variant"), SAMPLE)
def test_portrait_passes_the_strict_inspection(seed: int, sex: Sex, variant: Variant) -> None:
    seen = inspect_photo(portrait_jpeg(seed, sex=sex, variant=variant), PhotoRules())

    assert (seen.errors, seen.warnings) == ((), ())
    assert (seen.width, seen.height, seen.dpi) == (480, 640, 300)


def test_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first = portrait_jpeg(7, sex=Sex.FEMALE)

    assert first == portrait_jpeg(7, sex=Sex.FEMALE)
    assert len({portrait_jpeg(seed, sex=sex) for seed in range(5) for sex in Sex} | {first}) == 11


def test_graduation_background_is_the_reference_colour() -> None:
    seen = inspect_photo(portrait_jpeg(1, sex=Sex.MALE), PhotoRules())

    assert seen.background is not None
    assert seen.background.distance_to((100, 197, 255)) < 20


def test_both_photos_show_the_same_face_in_other_clothes() -> None:
    graduation = person_of(3, Sex.FEMALE, Variant.GRADUATION)
    admission = person_of(3, Sex.FEMALE, Variant.ADMISSION)

    assert graduation.outfit != admission.outfit
    assert replace(graduation, outfit=admission.outfit) == admission


def test_people_are_clearly_distinct() -> None:
    faces = [draw_portrait(seed, sex=Sex.MALE).crop((100, 50, 380, 450)) for seed in range(10)]

    distances = [
        sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)
        for one, other in combinations(faces, 2)
    ]

    assert min(distances) > 12


@pytest.mark.parametrize("sex", Sex)
def test_geometry_keeps_to_the_capture_standard(sex: Sex) -> None:
    for seed in range(40):
        head = person_of(seed, sex, Variant.GRADUATION).head_warp()
        face_width = head(342, 250)[0] - head(138, 250)[0]

        assert 180 <= face_width <= 300
        assert 50 <= hair_top(draw_portrait(seed, sex=sex)) <= 110


def hair_top(picture: Image.Image) -> int:
    """Return the first row in the middle of the picture that is darker than backdrop and mark."""
    column = picture.crop((235, 0, 245, 200)).convert("L").resize((1, 200), Image.Resampling.BOX)
    return next(row for row, level in enumerate(column.tobytes()) if level < 90)


def test_portrait_carries_the_demonstration_mark() -> None:
    picture = draw_portrait(1, sex=Sex.MALE)

    strip = picture.crop((0, 0, 480, 45)).convert("L")

    levels = strip.tobytes()
    assert max(levels) - min(levels) > 15


def test_jpeg_is_of_the_standard_length() -> None:
    sizes = [len(portrait_jpeg(seed, sex=sex)) for seed in range(6) for sex in Sex]

    assert min(sizes) >= 20 * 1024
    assert max(sizes) <= 40 * 1024
    assert Image.open(BytesIO(portrait_jpeg(0, sex=Sex.MALE))).format == "JPEG"
