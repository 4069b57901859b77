"""A delivery's photo is registered within the bytes of its standard, and its file kept as it came."""

from datetime import datetime

import pytest

from common import files
from enrollment.models import StudentRecord
from imaging.inspection import RuleCode, Verdict
from imaging.models import PhotoVersion
from imaging.selectors.inspections import inspection_of
from imaging.selectors.registration import Scope, candidates
from imaging.states.registration import Blocker
from tests.factories import imaging
from tests.imaging.photos import jpeg, noisy
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

MOST = 40 * 1024


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (jpeg(noisy(), quality=92), {"compressed"}),
        (jpeg(noisy().convert("CMYK")), {"compressed", "colour_mode"}),
    ],
    ids=["rgb", "cmyk"],
)
def test_too_large_photo_is_registered_smaller_and_kept_as_it_came(
    record: StudentRecord, now: datetime, data: bytes, codes: set[str]
) -> None:
    campaign = imaging.make_campaign(profile=imaging.make_profile(has_face_check=False))
    imaging.make_member(record, campaign)

    deliver({f"{record.student_no}.jpg": data}, now=now, campaign=campaign)
    entry = PhotoVersion.objects.get(record=record).entry
    scope = Scope(campaign=campaign, school=record.school)
    (person,) = candidates(scope, now=now, more=lambda _records: {})

    assert files.read(entry.original) == data
    assert len(files.read(entry.published)) == entry.measures["bytes"] <= MOST < len(data)
    assert {remark["code"] for remark in entry.warnings} == codes
    (weight,) = [each for each in inspection_of(entry).results if each.code is RuleCode.BYTES]
    assert weight.verdict is Verdict.PASS
    assert person.remark == ""
    assert Blocker.PHOTO_SIZE not in {each.blocker for each in person.found}
