"""What makes a photo be taken again: a fault or the office's word, not the wish alone."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureSession
from imaging.selectors.capture_plan import CapturePlan, CaptureStep, plan_of
from imaging.selectors.retakes import RetakeCause, visits_that_count
from imaging.services.bookings import book_seat
from imaging.services.retakes import end_retake, grant_retake
from imaging.states import Conclusion, ConclusionKind, PhotoReason, SessionKind
from tests.factories import capture, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def member(alice: User, record: StudentRecord, now: datetime) -> CampaignMember:
    """Alice with a photo that came five days ago."""
    member = imaging.make_member(record)
    imaging.make_photo(record, at=now - 5 * DAY)
    return member


@pytest.fixture
def makeup(member: CampaignMember, now: datetime) -> CaptureSession:
    """A make-up in two days."""
    return capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 2 * DAY)


def wrong(member: CampaignMember, now: datetime, *reasons: PhotoReason) -> None:
    imaging.make_conclusion(
        member,
        ConclusionKind.PHOTO,
        Conclusion.INCORRECT,
        at=now - 3 * DAY,
        reasons=[each.value for each in reasons],
    )


def plan(member: CampaignMember, now: datetime) -> CapturePlan:
    found = plan_of(StudentRecord.objects.get(pk=member.record_id), now=now)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([PhotoReason.WANTS_RETAKE], CaptureStep.DONE),
        ([PhotoReason.WANTS_RETAKE, PhotoReason.POOR_QUALITY], CaptureStep.AGAIN),
        ([PhotoReason.NOT_ME], CaptureStep.AGAIN),
    ],
)
def test_wish_alone_opens_no_seats(
    reasons: list[PhotoReason],
    expected: CaptureStep,
    alice: User,
    member: CampaignMember,
    makeup: CaptureSession,
    now: datetime,
) -> None:
    wrong(member, now, *reasons)

    assert plan(member, now).step is expected
    if expected is CaptureStep.DONE:
        with pytest.raises(NotAllowedError, match="照片已经到了"):
            book_seat(member=member, session=makeup, actor=alice, now=now)


def test_granted_retake_opens_seats_until_the_student_has_come_and_the_photo_is_there(
    alice: User, li: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    capture.make_session(member.campaign, starts_at=now + DAY, classes=[member.class_group])
    wrong(member, now, PhotoReason.WANTS_RETAKE)

    grant_retake(member=member, case="勘误单 7", actor=li, now=now)

    found = plan(member, now)
    assert (found.step, found.sessions) == (CaptureStep.AGAIN, ())
    assert found.retake is not None
    assert (found.retake.since, found.retake.cause) == (now, RetakeCause.GRANTED)
    (event,) = AuditEvent.objects.filter(action="retake.granted")
    assert (event.subject_id, event.actor_id, event.reason) == (
        str(member.record_id),
        str(li.pk),
        "勘误单 7",
    )

    book_seat(member=member, session=makeup, actor=alice, now=now)
    assert plan(member, now).step is CaptureStep.BOOKED
    capture.make_visit(makeup, member, at=makeup.starts_at)
    assert plan(member, makeup.starts_at + SECOND).step is CaptureStep.ARRIVED
    imaging.make_photo(member.record, at=makeup.starts_at + DAY)
    assert plan(member, makeup.starts_at + 2 * DAY).step is CaptureStep.DONE


@pytest.mark.parametrize(
    ("attached", "expected"),
    [
        (-SECOND, CaptureStep.AGAIN),
        (timedelta(0), CaptureStep.AGAIN),
        (SECOND, CaptureStep.DONE),
    ],
)
def test_photo_that_came_later_has_overtaken_the_retake(
    attached: timedelta, expected: CaptureStep, li: User, member: CampaignMember, now: datetime
) -> None:
    grant_retake(member=member, case="勘误单 7", actor=li, now=now)
    member.record.photos.update(attached_at=now + attached)

    assert plan(member, now + DAY).step is expected


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (-SECOND, CaptureStep.AGAIN),
        (timedelta(0), CaptureStep.AGAIN),
        (SECOND, CaptureStep.ARRIVED),
    ],
)
def test_visit_whose_photo_never_came_counts_only_after_the_grant_in_python_and_in_sql(
    came: timedelta,
    expected: CaptureStep,
    li: User,
    record: StudentRecord,
    now: datetime,
) -> None:
    member = imaging.make_member(record)
    session = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now - DAY)
    capture.make_visit(session, member, at=now + came)
    assert plan(member, now).step is CaptureStep.ARRIVED

    grant_retake(member=member, case="勘误单 7", actor=li, now=now)

    assert plan(member, now).step is expected
    counts = visits_that_count().filter(member=member).exists()
    assert counts is (expected is CaptureStep.ARRIVED)


def test_ended_retake_leaves_no_way(li: User, member: CampaignMember, now: datetime) -> None:
    grant_retake(member=member, case="勘误单 7", actor=li, now=now)

    end_retake(member=member, case="勘误单 7", actor=li, now=now + SECOND)
    end_retake(member=member, case="勘误单 7", actor=li, now=now + SECOND)

    assert plan(member, now + SECOND).step is CaptureStep.DONE
    assert AuditEvent.objects.filter(action="retake.ended").count() == 1


def test_retake_is_not_set_twice_from_the_same_look(
    li: User, member: CampaignMember, now: datetime
) -> None:
    stale = CampaignMember.objects.get(pk=member.pk)
    grant_retake(member=member, case="勘误单 7", actor=li, now=now)

    with pytest.raises(StaleStateError, match="重拍安排"):
        grant_retake(member=stale, case="勘误单 8", actor=li, now=now + SECOND)


def test_only_the_registrar_grants(
    chen: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    for actor in (chen, alice):
        with pytest.raises(NotAllowedError, match="教务处"):
            grant_retake(member=member, case="勘误单 7", actor=actor, now=now)


def test_grant_has_its_moment_and_its_person(member: CampaignMember, now: datetime) -> None:
    for half in ({"retake_granted_at": now}, {"retake_granted_by": "李老师"}):
        with (
            transaction.atomic(),
            pytest.raises(IntegrityError, match="imaging_campaignmember_retake_whole"),
        ):
            CampaignMember.objects.filter(pk=member.pk).update(**half)
