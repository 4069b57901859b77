"""What staff see when they settle mismatches."""

from dataclasses import replace
from datetime import datetime

import pytest

from imaging import selectors
from imaging.inspection import GRADUATION_RULES, CompositionRules
from imaging.matching import Claim, KeyKind, PhotoKey, RecordRef
from imaging.selectors.lookup import lookup_for
from imaging.selectors.profiles import photo_rules
from imaging.states import PhotoKind
from tests.factories import enrolment, imaging
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver, entry_named

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_captures_without_record_are_those_that_wait(now: datetime) -> None:
    record = enrolment.make_record()
    files = {f"{record.student_no}.jpg": portrait(1), "2022049999.jpg": portrait(2)}
    deliver(files, now=now)
    deliver({"2022049998.jpg": portrait(3)}, now=now, kind=PhotoKind.ADMISSION)
    first, second = entry_named("2022049999.jpg"), entry_named("2022049998.jpg")

    assert list(selectors.captures_without_record()) == [first, second]
    assert list(selectors.captures_without_record(kind=PhotoKind.ADMISSION)) == [second]


def test_captures_of_a_school_are_its_own_and_those_without_one(now: datetime) -> None:
    school, branch = enrolment.make_school(), enrolment.make_school("99998", "远山大学云岭学院")
    deliver({"2022049991.jpg": portrait(1)}, now=now)
    deliver({"2022049992.jpg": portrait(2)}, now=now, school=school)
    deliver({"2022049993.jpg": portrait(3)}, now=now, school=branch)

    found = selectors.captures_without_record(school_code="99999")

    assert [entry.student_no for entry in found] == ["2022049991", "2022049992"]


def test_records_without_photo_are_members_that_lack_the_campaigns_kind() -> None:
    with_photo, without, removed, admission = (enrolment.make_record() for _ in range(4))
    campaign = imaging.make_campaign()
    for record in (with_photo, without, admission):
        imaging.make_member(record, campaign)
    imaging.make_member(removed, campaign, removed_at=imaging.OPENS, removed_by="测试")
    imaging.make_photo(with_photo)
    imaging.make_photo(admission, PhotoKind.ADMISSION)

    assert set(selectors.records_without_photo(campaign)) == {without, admission}


@pytest.mark.parametrize("count", [1, 60])
def test_lookup_asks_three_times_however_many_claims(count: int, django_assert_num_queries) -> None:
    records = [enrolment.make_record() for _ in range(3)]
    claims = [Claim((PhotoKey(f"20991234{serial:02d}"),)) for serial in range(count)]
    claims += [
        Claim((PhotoKey(records[0].id_number),)),
        Claim((PhotoKey(records[1].candidate_no),)),
    ]

    with django_assert_num_queries(3):
        lookup = lookup_for(claims)

    one, two = (RecordRef(each.pk, "99999", each.name_key) for each in records[:2])
    assert list(lookup.find(KeyKind.DOCUMENT_NO, records[0].id_number)) == [one]
    assert list(lookup.find(KeyKind.CANDIDATE_NO, records[1].candidate_no)) == [two]
    assert list(lookup.find(KeyKind.STUDENT_NO, records[2].student_no)) == []


def test_rules_come_from_the_campaign_then_from_the_default_then_from_the_standard() -> None:
    assert photo_rules(PhotoKind.GRADUATION) == GRADUATION_RULES
    assert photo_rules(PhotoKind.ADMISSION).exact_size_required is False

    imaging.make_profile(name="本校", width=300, is_default=True)
    campaign = imaging.make_campaign(profile=imaging.make_profile(name="今年", width=400))

    assert photo_rules(PhotoKind.GRADUATION).width == 300
    assert photo_rules(PhotoKind.GRADUATION, campaign).width == 400
    assert photo_rules(PhotoKind.ADMISSION, campaign).width == 480


def test_default_profile_row_says_what_the_standard_says() -> None:
    imaging.make_profile(is_default=True)

    rules = photo_rules(PhotoKind.GRADUATION)

    assert replace(rules, composition=None) == GRADUATION_RULES
    assert rules.composition == CompositionRules()
