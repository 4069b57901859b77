"""Two claims on one photo, staff who match while a claim waits: one outcome each, the loser is told why."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry, PhotoClaim, PhotoVersion
from imaging.selectors.repair import guard_of_record
from imaging.services import capture
from imaging.services.capture import attach_entry
from imaging.services.photo_claim import (
    accept_photo_claim,
    lapse_photo_claims,
    submit_photo_claim,
    withdraw_photo_claim,
)
from imaging.states import PhotoClaimState
from tests.factories import enrolment, imaging, people
from tests.factories.finding import make_capture, make_photo_claim, slipped
from tests.factories.racing import Meeting, together

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wang(db: None) -> User:
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def entry(alice: User, record: StudentRecord) -> CaptureEntry:
    imaging.make_member(record)
    return make_capture(name=record.name, student_no=slipped(record.student_no))


@pytest.fixture
def twin(record: StudentRecord, entry: CaptureEntry) -> tuple[User, StudentRecord]:
    """A namesake without a photo, one slip from the photo's number as well."""
    other = enrolment.make_record(
        class_group=record.class_group,
        student_no=f"{record.student_no[:-1]}{(int(record.student_no[-1]) + 3) % 10}",
        name=record.name,
    )
    user = people.make_user("twin@example.test")
    enrolment.bind(other, people.make_identity(user, name=other.name, number=other.id_number))
    imaging.make_member(other)
    return user, other


def whole(claim: PhotoClaim) -> PhotoClaim:
    return PhotoClaim.objects.select_related("record", "entry").get(pk=claim.pk)


def states() -> list[str]:
    return sorted(PhotoClaim.objects.values_list("state", flat=True))


def test_two_students_claim_one_photo_and_both_wait(
    alice: User, record: StudentRecord, entry: CaptureEntry, twin, now: datetime
) -> None:
    people_and_records = [(alice, record), twin]

    told = together(
        [
            partial(submit_photo_claim, record=own, entry_id=entry.pk, note="", actor=user, now=now)
            for user, own in people_and_records
        ]
    )

    assert told == ["", ""]
    assert states() == ["OPEN", "OPEN"]


def test_one_student_claims_twice_at_once(
    alice: User, record: StudentRecord, entry: CaptureEntry, now: datetime
) -> None:
    told = together(
        [
            partial(
                submit_photo_claim, record=record, entry_id=entry.pk, note="", actor=alice, now=now
            )
            for _ in range(2)
        ]
    )

    assert sorted(map(bool, told)) == [False, True]
    assert states() == ["OPEN"]


def test_two_claims_on_one_photo_are_accepted_and_one_wins(
    alice: User, li: User, wang: User, record: StudentRecord, entry: CaptureEntry, twin, now
) -> None:
    claims = [
        make_photo_claim(alice, record, entry, at=now),
        make_photo_claim(twin[0], twin[1], entry, at=now),
    ]

    told = together(
        [
            partial(accept_photo_claim, claim=whole(claim), reason="是本人", actor=person, now=now)
            for claim, person in zip(claims, (li, wang), strict=True)
        ]
    )

    assert sorted(map(bool, told)) == [False, True]
    assert states() == ["ACCEPTED", "LAPSED"]
    assert PhotoVersion.objects.filter(is_current=True).count() == 1


def test_staff_match_while_the_claim_is_accepted(
    alice: User, li: User, wang: User, record: StudentRecord, entry: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, record, entry, at=now)
    other = enrolment.make_record(class_group=record.class_group)

    told = together(
        [
            partial(accept_photo_claim, claim=whole(claim), reason="是本人", actor=li, now=now),
            partial(
                attach_entry,
                entry=CaptureEntry.objects.get(pk=entry.pk),
                record=other,
                actor=wang,
                now=now,
                reason="是另一位",
            ),
        ]
    )

    assert sorted(map(bool, told)) == [False, True]
    (version,) = PhotoVersion.objects.filter(is_current=True)
    claim.refresh_from_db()
    if told[0]:
        assert version.record == other
        assert claim.state == PhotoClaimState.OPEN
        assert lapse_photo_claims(now=now) == 1
    else:
        assert version.record == record
        assert claim.state == PhotoClaimState.ACCEPTED


def test_decision_and_withdrawal_and_one_wins(
    alice: User, li: User, record: StudentRecord, entry: CaptureEntry, now: datetime
) -> None:
    claim = make_photo_claim(alice, record, entry, at=now)

    told = together(
        [
            partial(accept_photo_claim, claim=whole(claim), reason="是本人", actor=li, now=now),
            partial(withdraw_photo_claim, claim=whole(claim), actor=alice, now=now),
        ]
    )

    assert sorted(map(bool, told)) == [False, True]
    claim.refresh_from_db()
    assert claim.state == ("WITHDRAWN" if told[0] else "ACCEPTED")
    assert PhotoVersion.objects.exists() is (not told[0])


def test_claim_is_accepted_while_the_same_photo_is_attached_to_the_same_record(
    alice: User,
    li: User,
    wang: User,
    record: StudentRecord,
    entry: CaptureEntry,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim = whole(make_photo_claim(alice, record, entry, at=now))
    meeting, guard = Meeting(), guard_of_record

    def slow(*args: Any, **kwargs: Any) -> Any:
        meeting.stop()
        return guard(*args, **kwargs)

    monkeypatch.setattr(capture, "guard_of_record", slow)

    told = meeting.told(
        partial(attach_entry, entry=entry, record=record, actor=wang, now=now, reason="认出来了"),
        partial(accept_photo_claim, claim=claim, reason="是本人", actor=li, now=now),
    )

    assert (told[0], "刚刚" in told[1]) == ("", True)
    assert record.photos.count() == 1
