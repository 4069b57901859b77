"""Every rule at the edges of its range: verdict, measured value, allowed range, sentence."""

from dataclasses import replace
from typing import Any

import pytest

from imaging.inspection import (
    RULE_NAMES,
    Background,
    CompositionRules,
    Measures,
    PhotoRules,
    RuleCode,
    RuleResult,
    Verdict,
    judge,
    look_from_stored,
    overlay_of,
)
from imaging.inspection.faces import Box, FaceReading, Point
from imaging.inspection.look import Look

pytestmark = pytest.mark.unit

RULES = PhotoRules(composition=CompositionRules())
FACE = Box(130, 170, 220, 290)
EYES = (Point(190, 250), Point(290, 250))
GOOD_LOOK = Look(
    width=480,
    border=0,
    burnt=0.0,
    brightest=200,
    hair_top=80,
    reading=FaceReading((FACE,), EYES, is_frontal=True),
)
GOOD = Measures(
    width=480,
    height=640,
    byte_count=30 * 1024,
    mode="RGB",
    dpi=300,
    quality=75,
    background=Background((100, 197, 255), 3.0),
    sharpness=150.0,
    look=GOOD_LOOK,
)


def with_look(**changes: Any) -> Measures:
    return replace(GOOD, look=GOOD_LOOK._replace(**changes))


def with_reading(**changes: Any) -> Measures:
    assert GOOD_LOOK.reading is not None
    return with_look(reading=GOOD_LOOK.reading._replace(**changes))


def face(left: float = 130, width: float = 220) -> Measures:
    return with_reading(faces=(Box(left, 170, width, 290),))


def eyes(left: int, right: int) -> Measures:
    return with_reading(eyes=(Point(190, left), Point(290, right)))


def result_of(measures: Measures, code: RuleCode, rules: PhotoRules = RULES) -> RuleResult:
    return next(result for result in judge(measures, rules) if result.code is code)


def test_good_photo_meets_every_rule_in_a_fixed_order() -> None:
    results = judge(GOOD, RULES)

    assert [result.code for result in results] == list(RuleCode)
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert not any(result.is_remark for result in results)


def test_every_rule_has_a_name() -> None:
    assert set(RULE_NAMES) == set(RuleCode)


@pytest.mark.parametrize(
    ("code", "inside", "outside"),
    [
        (RuleCode.BYTES, replace(GOOD, byte_count=20 * 1024), replace(GOOD, byte_count=20479)),
        (RuleCode.BYTES, replace(GOOD, byte_count=40 * 1024), replace(GOOD, byte_count=40961)),
        (RuleCode.QUALITY, replace(GOOD, quality=60), replace(GOOD, quality=59)),
        (RuleCode.RESOLUTION, GOOD, replace(GOOD, dpi=72)),
        (RuleCode.RESOLUTION, GOOD, replace(GOOD, dpi=None)),
        (RuleCode.COLOUR, GOOD, replace(GOOD, mode="L")),
        (
            RuleCode.BACKGROUND_COLOUR,
            replace(GOOD, background=Background((100, 197, 207), 0.0)),
            replace(GOOD, background=Background((100, 197, 206), 0.0)),
        ),
        (
            RuleCode.BACKGROUND_UNEVEN,
            replace(GOOD, background=Background((255, 255, 255), 18.0)),
            replace(GOOD, background=Background((255, 255, 255), 18.1)),
        ),
        (RuleCode.BLURRED, replace(GOOD, sharpness=20.0), replace(GOOD, sharpness=19.9)),
        (RuleCode.BORDER, GOOD, with_look(border=1)),
        (RuleCode.FACE_COUNT, GOOD, with_reading(faces=())),
        (RuleCode.FACE_COUNT, GOOD, with_reading(faces=(FACE, FACE))),
        (RuleCode.HAIR_TOP, with_look(hair_top=50), with_look(hair_top=49)),
        (RuleCode.HAIR_TOP, with_look(hair_top=110), with_look(hair_top=111)),
        (RuleCode.EYES, eyes(200, 200), eyes(199, 199)),
        (RuleCode.EYES, eyes(300, 300), eyes(301, 301)),
        (RuleCode.FACE_WIDTH, face(width=180), face(width=179)),
        (RuleCode.FACE_WIDTH, face(width=300), face(width=301)),
        (RuleCode.CENTRING, face(left=160), face(left=161)),
        (RuleCode.CENTRING, face(left=100), face(left=99)),
        (RuleCode.TILT, eyes(250, 260), eyes(250, 263)),
        (RuleCode.TILT, eyes(260, 250), eyes(263, 250)),
        (RuleCode.TILT, GOOD, with_reading(is_frontal=False)),
        (RuleCode.EXPOSURE, with_look(burnt=8.0), with_look(burnt=8.1)),
        (RuleCode.EXPOSURE, with_look(brightest=150), with_look(brightest=149)),
    ],
)
def test_value_at_the_bound_passes_and_one_step_further_is_a_warning(
    code: RuleCode, inside: Measures, outside: Measures
) -> None:
    met, missed = result_of(inside, code), result_of(outside, code)

    assert (met.verdict, missed.verdict) == (Verdict.PASS, Verdict.WARN)
    assert missed.measured in missed.sentence
    assert RULE_NAMES[code] in missed.sentence
    assert met.allowed == missed.allowed != ""


def test_only_format_and_a_demanded_size_fail() -> None:
    worst = Measures(
        kind="PNG",
        width=640,
        height=480,
        byte_count=1,
        mode="L",
        quality=1,
        background=Background((200, 0, 0), 90.0),
        sharpness=0.0,
        look=Look(width=480, border=9, burnt=90, brightest=10, reading=FaceReading()),
    )

    failed = [result.code for result in judge(worst, RULES) if result.verdict is Verdict.FAIL]
    advised = judge(worst, replace(RULES, exact_size_required=False))

    assert failed == [RuleCode.FORMAT, RuleCode.SIZE]
    assert result_of(worst, RuleCode.SIZE).sentence.endswith("宽和高颠倒了。")
    assert [r.code for r in advised if r.verdict is Verdict.FAIL] == [RuleCode.FORMAT]


@pytest.mark.parametrize(
    ("measures", "unknown"),
    [
        (
            replace(GOOD, look=GOOD_LOOK._replace(hair_top=None, reading=FaceReading())),
            [
                RuleCode.HAIR_TOP,
                RuleCode.EYES,
                RuleCode.FACE_WIDTH,
                RuleCode.CENTRING,
                RuleCode.TILT,
            ],
        ),
        (with_reading(eyes=()), [RuleCode.EYES, RuleCode.TILT]),
        (with_look(hair_top=None), [RuleCode.HAIR_TOP]),
        (with_look(reading=None), [RuleCode.FACE_COUNT]),
        (replace(GOOD, kind="PNG", quality=None), [RuleCode.QUALITY]),
    ],
)
def test_what_could_not_be_measured_says_why_and_is_no_remark(
    measures: Measures, unknown: list[RuleCode]
) -> None:
    results = [r for r in judge(measures, RULES) if r.verdict is Verdict.UNKNOWN]

    assert [result.code for result in results] == unknown
    assert {result.measured for result in results} == {"–"}
    assert all(result.sentence and not result.is_remark for result in results)


def test_rules_without_composition_ask_nothing_about_what_is_in_the_picture() -> None:
    codes = {result.code for result in judge(GOOD, PhotoRules())}

    assert RuleCode.FACE_COUNT not in codes
    assert RuleCode.BORDER not in codes
    assert RuleCode.BLURRED in codes


def test_profile_without_backgrounds_judges_no_colour() -> None:
    codes = {result.code for result in judge(GOOD, replace(RULES, backgrounds=()))}

    assert RuleCode.BACKGROUND_COLOUR not in codes
    assert RuleCode.BACKGROUND_UNEVEN in codes


def test_sentences_speak_of_the_picture_and_never_of_looks() -> None:
    worst = with_look(
        border=5,
        burnt=50,
        brightest=20,
        hair_top=1,
        reading=FaceReading((Box(0, 0, 400, 500),), (Point(100, 400), Point(200, 480)), True),
    )
    sentences = "".join(result.sentence for result in judge(worst, RULES))

    assert not any(
        word in sentences for word in ("丑", "胖", "瘦", "肤", "黑", "难看", "长相", "你")
    )


def test_look_survives_being_stored() -> None:
    for look in (GOOD_LOOK, GOOD_LOOK._replace(reading=None, hair_top=None)):
        assert look_from_stored(look.as_stored()) == look


def test_overlay_draws_bands_of_the_rules_and_dashes_what_is_off() -> None:
    good, low = overlay_of(GOOD_LOOK, RULES), overlay_of(with_look(hair_top=130).look, RULES)

    assert [(band.top, band.height) for band in good.bands] == [(50, 60), (200, 100)]
    assert all(mark.is_met for mark in good.marks)
    assert [mark.y1 for mark in low.marks if not mark.is_met] == [130]
    assert good.dots == ((190, 250), (290, 250))


def test_overlay_of_a_photo_that_was_not_looked_at_draws_nothing() -> None:
    assert overlay_of(None, RULES) == overlay_of(GOOD_LOOK, PhotoRules())
    assert overlay_of(None, RULES).bands == ()
