"""Two windows that send, two who claim, and a student who withdraws while staff accept: one outcome each."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest

from accounts.models import User
from accounts.states import Role
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureEntry, OwnPhoto, PhotoVersion
from imaging.services.own_photos import measure_own, send_own, withdraw_own
from imaging.services.own_review import accept_own, claim_own
from imaging.states.own_photo import OwnPhotoState, PhotoChannel
from tests.factories import imaging, own_photo, people
from tests.factories.racing import together
from tests.imaging.photos import jpeg

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice, with one attempt."""
    member = imaging.make_member(record)
    own_photo.make_channels(member.campaign, attempts=1)
    return member


def copies(photo: OwnPhoto, count: int) -> list[OwnPhoto]:
    """The photo as so many windows have read it."""
    return [
        OwnPhoto.objects.select_related(
            "member__record__school", "member__campaign__profile", "original", "published"
        ).get(pk=photo.pk)
        for _ in range(count)
    ]


def test_last_attempt_is_sent_once(alice: User, member: CampaignMember, now: datetime) -> None:
    draft = measure_own(
        record=member.record, channel=PhotoChannel.UPLOAD, data=jpeg(), actor=alice, now=now
    )

    told = together(
        [partial(send_own, photo=each, actor=alice, now=now) for each in copies(draft, 4)]
    )

    assert told.count("") == 1
    sent = OwnPhoto.objects.exclude(attempt_no=None)
    assert list(sent.values_list("attempt_no", "state")) == [(1, OwnPhotoState.SENT)]


def test_sending_while_another_window_measures_leaves_one_of_each(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    draft = measure_own(
        record=member.record, channel=PhotoChannel.UPLOAD, data=jpeg(), actor=alice, now=now
    )
    measure = partial(
        measure_own,
        record=member.record,
        channel=PhotoChannel.UPLOAD,
        data=jpeg(),
        actor=alice,
        now=now,
    )

    together([partial(send_own, photo=copies(draft, 1)[0], actor=alice, now=now), measure])

    states = list(OwnPhoto.objects.filter(member=member).values_list("state", flat=True))
    assert states.count(OwnPhotoState.DRAFT) <= 1
    assert states.count(OwnPhotoState.SENT) <= 1
    assert OwnPhoto.objects.exclude(attempt_no=None).count() <= 1


def test_one_of_two_officials_claims(li: User, member: CampaignMember, now: datetime) -> None:
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    photo = own_photo.make_own_photo(member, at=now)

    told = together(
        [
            partial(claim_own, photo=each, actor=actor, now=now)
            for each, actor in zip(copies(photo, 4), (li, wang, li, wang), strict=True)
        ]
    )

    assert told.count("") == 1
    photo.refresh_from_db()
    assert photo.reviewer_id in {str(li.pk), str(wang.pk)}


@pytest.mark.parametrize("turn", range(3))
def test_accepting_and_withdrawing_end_in_one_of_both(
    turn: int, alice: User, li: User, member: CampaignMember, now: datetime
) -> None:
    photo = own_photo.make_own_photo(member, at=now)
    claim_own(photo=copies(photo, 1)[0], actor=li, now=now)
    mine, theirs = copies(photo, 2)
    acts: list[Callable[[], object]] = [
        partial(withdraw_own, photo=mine, actor=alice, now=now),
        partial(accept_own, photo=theirs, actor=li, now=now),
    ]

    told = together(acts if turn % 2 else acts[::-1])

    assert told.count("") == 1
    photo.refresh_from_db()
    is_in = photo.state == OwnPhotoState.ACCEPTED
    assert is_in or photo.state == OwnPhotoState.WITHDRAWN
    assert CaptureEntry.objects.count() == PhotoVersion.objects.count() == int(is_in)


def test_two_clicks_accept_once(li: User, member: CampaignMember, now: datetime) -> None:
    photo = own_photo.make_own_photo(member, at=now)
    claim_own(photo=copies(photo, 1)[0], actor=li, now=now)

    told = together(
        [partial(accept_own, photo=each, actor=li, now=now) for each in copies(photo, 3)]
    )

    assert told.count("") == 1
    assert CaptureEntry.objects.count() == PhotoVersion.objects.count() == 1
