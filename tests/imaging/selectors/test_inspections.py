"""Which rules a photo is held against, and what was kept of its measurements."""

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.inspection import CompositionRules, RuleCode, Verdict
from imaging.models import CaptureEntry
from imaging.selectors.inspections import (
    inspection_of,
    self_check_rules,
    stored_measures,
    waiting_for_eyes,
)
from imaging.selectors.profiles import measuring_rules, photo_rules
from imaging.services.rulings import measure_entry, rule_on_photo
from imaging.states import MatchState, PhotoKind, Ruling
from tests.factories import imaging
from tests.factories.imaging import portrait
from tests.imaging.photos import jpeg, picture
from tests.imaging.services.deliveries import deliver, entry_named

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

GRADUATION = PhotoKind.GRADUATION


def test_profile_switches_the_face_check_and_sets_its_bounds() -> None:
    profile = imaging.make_profile(is_default=True, geometry={"eyes": [150, 250], "max_tilt": 9})

    rules = photo_rules(GRADUATION)

    assert rules.composition == CompositionRules(eyes=(150, 250), max_tilt=9)

    profile.has_face_check = False
    profile.save()
    assert photo_rules(GRADUATION).composition is None
    assert measuring_rules(GRADUATION).composition == rules.composition


def test_installation_can_switch_the_face_check_off(settings) -> None:
    imaging.make_profile(is_default=True)
    settings.FACE_CHECK = False

    assert photo_rules(GRADUATION).composition is None
    assert measuring_rules(GRADUATION).composition == CompositionRules(has_faces=False)


def test_model_file_of_the_site_goes_into_the_rules(settings) -> None:
    imaging.make_profile(is_default=True)
    settings.YUNET_MODEL = "/srv/yunet.onnx"

    composition = photo_rules(GRADUATION).composition

    assert composition is not None
    assert composition.model == "/srv/yunet.onnx"


def test_without_a_profile_batches_look_for_no_faces_and_a_trial_does() -> None:
    assert photo_rules(GRADUATION).composition is None
    assert self_check_rules().composition == CompositionRules()


@pytest.mark.parametrize(
    "geometry",
    [
        [],
        {"eyes": 200},
        {"eyes": [300, 200]},
        {"eyes": [200]},
        {"eyes": ["200", "300"]},
        {"eyes": [-1, 300]},
        {"mouth": [1, 2]},
        {"max_tilt": "5"},
        {"max_tilt": True},
        {"max_tilt": -1},
    ],
)
def test_geometry_that_nobody_could_measure_by_is_refused(geometry: object) -> None:
    profile = imaging.make_profile()
    profile.geometry = geometry

    with pytest.raises(ValidationError) as refused:
        profile.full_clean()

    assert list(refused.value.message_dict) == ["geometry"]


def test_known_geometry_is_taken() -> None:
    profile = imaging.make_profile()
    profile.geometry = {"hair_top": [40, 120], "max_off_centre": 40, "min_brightest": 120}

    profile.full_clean()


@pytest.mark.parametrize(
    "backgrounds",
    [
        [100, 197, 255],
        [[100, 197]],
        [[100, 197, 255, 0]],
        [[100, 197, 256]],
        [[-1, 197, 255]],
        [["100", "197", "255"]],
        [[True, 197, 255]],
        [[100.5, 197, 255]],
        [[[100, 197, 255]]],
        ["浅蓝"],
        "浅蓝",
        255,
        {"浅蓝": [100, 197, 255]},
    ],
)
def test_backgrounds_that_are_no_list_of_colours_are_refused(backgrounds: object) -> None:
    profile = imaging.make_profile()
    profile.backgrounds = backgrounds

    with pytest.raises(ValidationError) as refused:
        profile.full_clean()

    assert list(refused.value.message_dict) == ["backgrounds"]
    assert "外面也要再套一对方括号" in refused.value.message_dict["backgrounds"][0]


@pytest.mark.parametrize(
    "backgrounds", [[[100, 197, 255]], [[0, 0, 0], [255, 255, 255], [240, 240, 240]]]
)
def test_colours_are_taken_and_measured_by(backgrounds: list[list[int]]) -> None:
    profile = imaging.make_profile(is_default=True)
    profile.backgrounds = backgrounds

    profile.full_clean()
    profile.save()

    assert photo_rules(GRADUATION).backgrounds == tuple(map(tuple, backgrounds))


def test_most_bytes_in_kilobytes_are_refused() -> None:
    profile = imaging.make_profile(min_bytes=20)
    profile.max_bytes = 40

    with pytest.raises(ValidationError, match="40 KB 要填 40960"):
        profile.full_clean()


def test_photo_of_a_checked_batch_keeps_its_measures(now: datetime) -> None:
    campaign = imaging.make_campaign()

    report = deliver({"2022049999.jpg": portrait(5)}, now=now, campaign=campaign)
    entry = entry_named("2022049999.jpg")
    seen = inspection_of(entry)

    assert seen.is_looked_at
    assert [result.code for result in seen.results] == list(RuleCode)
    assert entry.measures["look"]["width"] == 480
    assert {"face_count"} <= {remark["code"] for remark in entry.warnings} or seen.overlay.marks
    assert {remark.code for remark in report.warnings} == {r["code"] for r in entry.warnings}


def test_photo_of_an_unchecked_batch_is_judged_by_what_was_measured(now: datetime) -> None:
    deliver({"2022049999.jpg": portrait(5)}, now=now)

    seen = inspection_of(entry_named("2022049999.jpg"))

    assert not seen.is_looked_at
    assert RuleCode.FACE_COUNT not in {result.code for result in seen.results}
    assert seen.results[0].verdict is Verdict.PASS
    assert seen.overlay.bands == ()


def test_entry_without_measures_has_no_results_until_it_is_looked_at(
    record: StudentRecord, li: User, now: datetime
) -> None:
    bare = imaging.make_photo(record).entry
    assert stored_measures(bare.measures) is None
    assert inspection_of(bare).results == ()

    seen = inspection_of(measure_entry(entry=bare, actor=li, now=now))

    assert seen.is_looked_at
    assert seen.results[0].code is RuleCode.BORDER
    assert seen.overlay.bands


def test_remarks_wait_until_somebody_rules(li, now: datetime) -> None:
    clean = picture()
    deliver({"1.jpg": portrait(5), "2.jpg": portrait(6), "3.jpg": jpeg(clean)}, now=now)
    entries = CaptureEntry.objects.all()
    CaptureEntry.objects.filter(pk=entry_named("3.jpg").pk).update(warnings=[])
    for name in ("1.jpg", "2.jpg"):
        remark = {"code": "blurred", "message": "偏模糊"}
        CaptureEntry.objects.filter(pk=entry_named(name).pk).update(warnings=[remark])
    assert set(waiting_for_eyes(entries)) == {entry_named("1.jpg"), entry_named("2.jpg")}

    rule_on_photo(
        entry=entry_named("1.jpg"), ruling=Ruling.USABLE, reason="清楚", actor=li, now=now
    )
    CaptureEntry.objects.filter(pk=entry_named("2.jpg").pk).update(state=MatchState.VOIDED)

    assert set(waiting_for_eyes(entries)) == set()
