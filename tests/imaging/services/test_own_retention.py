"""What becomes of photos that were not taken in: erased with proof, never one that is in use."""

from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from common.models import PurgeProof, StoredFile
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, OwnPhoto
from imaging.services.own_retention import OWN_PHOTO_RULE
from imaging.services.own_review import accept_own, claim_own
from imaging.states.own_photo import DRAFT_LIVES, OwnPhotoState
from tests.factories import imaging, own_photo
from xuexin.retention import purge_expired

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

SECOND = timedelta(seconds=1)
MONTH = timedelta(days=30)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    return imaging.make_member(record)


def is_there(photo: OwnPhoto) -> bool:
    photo.refresh_from_db()
    rows = StoredFile.objects.filter(pk__in=[photo.original_id, photo.published_id])
    kept = {default_storage.exists(row.key) for row in rows}
    assert kept == {row.purged_at is None for row in rows}
    assert len(kept) == 1
    return kept.pop()


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (OwnPhotoState.DRAFT, DRAFT_LIVES),
        (OwnPhotoState.DISCARDED, timedelta(0)),
        (OwnPhotoState.RETURNED, MONTH),
        (OwnPhotoState.WITHDRAWN, MONTH),
    ],
)
def test_erased_on_its_day_with_a_proof(
    state: OwnPhotoState, after: timedelta, member: CampaignMember, now: datetime
) -> None:
    photo = own_photo.make_own_photo(member, state, at=now, measures={"width": 480})

    assert OWN_PHOTO_RULE.count(now + after - SECOND) == 0
    purge_expired(now=now + after - SECOND)
    assert is_there(photo)
    assert OWN_PHOTO_RULE.count(now + after) == 1
    assert purge_expired(now=now + after)["own_photos"] == 1

    assert not is_there(photo)
    assert photo.measures == {}
    assert photo.state == (OwnPhotoState.DISCARDED if state == OwnPhotoState.DRAFT else state)
    proofs = PurgeProof.objects.filter(object_type="common.storedfile")
    assert set(proofs.values_list("subject_id", flat=True)) == {str(member.record_id)}
    assert proofs.count() == 2
    assert purge_expired(now=now + after)["own_photos"] == 0


def test_waiting_and_accepted_photos_are_kept(
    li: User, member: CampaignMember, now: datetime
) -> None:
    photo = own_photo.make_own_photo(member, at=now)
    purge_expired(now=now + 10 * MONTH)
    assert is_there(photo)
    claim_own(photo=photo, actor=li, now=now)
    accept_own(photo=photo, actor=li, now=now)

    purge_expired(now=now + 10 * MONTH)

    assert is_there(photo)
