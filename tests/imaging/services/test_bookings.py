"""Make-up seats and leave: who may, until when, and what is said to who may not."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from common.ratelimit import TooManyError
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureAbsence, CaptureBooking, CaptureSession
from imaging.selectors.capture_plan import CaptureStep, plan_of
from imaging.selectors.retakes import visits_that_count
from imaging.services.bookings import book_seat, give_back_seat, take_leave, withdraw_leave
from imaging.states import BookingEnd, Conclusion, ConclusionKind, SessionKind
from tests.factories import capture, enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


@pytest.fixture
def makeup(member: CampaignMember, now: datetime) -> CaptureSession:
    """A make-up in two days, two seats."""
    return capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 2 * DAY)


def step(member: CampaignMember, now: datetime) -> CaptureStep:
    plan = plan_of(member.record, now=now)
    assert plan is not None
    return plan.step


def taken(session: CaptureSession) -> int:
    session.refresh_from_db()
    return session.seats_taken


def test_seat_is_taken_once_however_often_it_is_clicked(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    first = book_seat(member=member, session=makeup, actor=alice, now=now)
    again = book_seat(member=member, session=makeup, actor=alice, now=now)

    assert again == first
    assert taken(makeup) == 1
    assert step(member, now) is CaptureStep.BOOKED
    (event,) = AuditEvent.objects.filter(action="capturebooking.made")
    assert (event.subject_id, event.actor_id) == (str(member.record_id), str(alice.pk))


def test_full_session_keeps_what_was_held(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    full = capture.make_session(
        member.campaign,
        SessionKind.MAKEUP,
        starts_at=now + 3 * DAY,
        capacity=1,
        seats_taken=1,
    )
    held = book_seat(member=member, session=makeup, actor=alice, now=now)

    with pytest.raises(StaleStateError, match="约满"):
        book_seat(member=member, session=full, actor=alice, now=now)

    held.refresh_from_db()
    assert held.ended_at is None
    assert (taken(makeup), taken(full)) == (1, 1)


def test_changing_frees_the_seat_before(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    other = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 3 * DAY)
    first = book_seat(member=member, session=makeup, actor=alice, now=now)

    book_seat(member=member, session=other, actor=alice, now=now)

    first.refresh_from_db()
    assert first.end_reason == BookingEnd.MOVED
    assert (taken(makeup), taken(other)) == (0, 1)


def test_given_back_seat_is_free_at_once(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    book_seat(member=member, session=makeup, actor=alice, now=now)

    ended = give_back_seat(member=member, actor=alice, now=now)

    assert (ended.end_reason, ended.ended_by) == (BookingEnd.GIVEN_BACK, alice.actor_label)
    assert taken(makeup) == 0
    with pytest.raises(StaleStateError, match="没有约"):
        give_back_seat(member=member, actor=alice, now=now)


@pytest.mark.parametrize(
    ("moment", "is_open"), [(-SECOND, True), (timedelta(0), False), (SECOND, False)]
)
def test_booking_closes_at_its_moment(
    moment: timedelta,
    is_open: bool,
    alice: User,
    member: CampaignMember,
    makeup: CaptureSession,
) -> None:
    assert makeup.bookable_until is not None
    at = makeup.bookable_until + moment

    if is_open:
        assert book_seat(member=member, session=makeup, actor=alice, now=at).pk
    else:
        with pytest.raises(StaleStateError, match="不能约"):
            book_seat(member=member, session=makeup, actor=alice, now=at)
        assert taken(makeup) == 0


def test_begun_session_is_not_given_back_but_another_can_be_booked(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    later = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 3 * DAY)
    book_seat(member=member, session=makeup, actor=alice, now=now)

    with pytest.raises(NotAllowedError, match="已经开始"):
        give_back_seat(member=member, actor=alice, now=makeup.starts_at)

    book_seat(member=member, session=later, actor=alice, now=makeup.ends_at)
    past = CaptureBooking.objects.get(session=makeup)
    assert past.end_reason == BookingEnd.OVER
    assert (taken(makeup), taken(later)) == (1, 1)


def test_class_session_comes_first_and_leave_opens_the_makeups(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )
    with pytest.raises(NotAllowedError, match="先请假"):
        book_seat(member=member, session=makeup, actor=alice, now=now)

    absence = take_leave(member=member, session=session, reason=" 实习 ", actor=alice, now=now)

    assert absence.reason == "实习"
    assert step(member, now) is CaptureStep.AWAY
    book_seat(member=member, session=makeup, actor=alice, now=now)


def test_leave_is_encrypted_and_not_in_the_audit_trail(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )
    take_leave(member=member, session=session, reason="住院手术", actor=alice, now=now)

    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM imaging_captureabsence")
        assert "住院手术".encode() not in bytes(cursor.fetchone()[0])
    event = AuditEvent.objects.get(action="captureabsence.told")
    assert "住院" not in f"{event.reason}{event.details}"


def test_leave_is_asked_once_and_can_be_taken_back(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )
    take_leave(member=member, session=session, reason="实习", actor=alice, now=now)
    with pytest.raises(StaleStateError, match="请过假"):
        take_leave(member=member, session=session, reason="实习", actor=alice, now=now)

    withdraw_leave(member=member, session=session, actor=alice, now=now)

    assert step(member, now) is CaptureStep.COMING
    take_leave(member=member, session=session, reason="又不行了", actor=alice, now=now)
    assert CaptureAbsence.objects.count() == 2


def test_leave_ends_with_the_session(alice: User, member: CampaignMember, now: datetime) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )

    with pytest.raises(StaleStateError, match="已经结束"):
        take_leave(member=member, session=session, reason="实习", actor=alice, now=session.ends_at)
    take_leave(
        member=member, session=session, reason="实习", actor=alice, now=session.ends_at - SECOND
    )
    with pytest.raises(NotAllowedError, match="已经结束"):
        withdraw_leave(member=member, session=session, actor=alice, now=session.ends_at)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_leave_needs_a_reason_of_some_length(
    reason: str, alice: User, member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )

    with pytest.raises(InvalidInputError):
        take_leave(member=member, session=session, reason=reason, actor=alice, now=now)


def test_who_missed_the_class_session_may_book(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now - DAY, classes=[member.class_group]
    )
    assert session.ends_at < now
    assert step(member, now) is CaptureStep.MISSED

    book_seat(member=member, session=makeup, actor=alice, now=now)


def test_who_was_photographed_books_nothing(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now - DAY, classes=[member.class_group]
    )
    capture.make_visit(session, member, at=now - DAY)

    assert step(member, now) is CaptureStep.ARRIVED
    with pytest.raises(NotAllowedError, match="已经拍过"):
        book_seat(member=member, session=makeup, actor=alice, now=now)


def test_whose_photo_is_there_books_nothing(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    imaging.make_photo(member.record)

    assert step(member, now) is CaptureStep.DONE
    with pytest.raises(NotAllowedError, match="已经到了"):
        book_seat(member=member, session=makeup, actor=alice, now=now)


def test_whose_photo_is_locked_as_wrong_may_be_photographed_again(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now - 9 * DAY, classes=[member.class_group]
    )
    capture.make_visit(session, member, at=now - 9 * DAY)
    imaging.make_photo(member.record, at=now - 5 * DAY)
    imaging.make_conclusion(member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY)

    assert step(member, now) is CaptureStep.AGAIN
    book_seat(member=member, session=makeup, actor=alice, now=now)

    capture.make_visit(makeup, member, at=makeup.starts_at)
    assert step(member, makeup.starts_at + SECOND) is CaptureStep.ARRIVED


def test_photo_that_is_gone_is_taken_again_though_the_student_had_come(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now - 9 * DAY, classes=[member.class_group]
    )
    capture.make_visit(session, member, at=now - 9 * DAY)
    imaging.end_photo(imaging.make_photo(member.record, at=now - 5 * DAY), at=now - DAY)

    assert step(member, now) is CaptureStep.AGAIN
    book_seat(member=member, session=makeup, actor=alice, now=now)

    capture.make_visit(makeup, member, at=makeup.starts_at)
    assert step(member, makeup.starts_at + SECOND) is CaptureStep.ARRIVED


def test_photo_that_is_gone_is_taken_with_the_class_where_it_is_still_to_come(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    capture.make_session(member.campaign, starts_at=now + DAY, classes=[member.class_group])
    imaging.end_photo(imaging.make_photo(member.record, at=now - 5 * DAY), at=now - DAY)

    assert step(member, now) is CaptureStep.COMING
    assert step(member, now + 2 * DAY) is CaptureStep.MISSED


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (-SECOND, CaptureStep.ARRIVED),
        (timedelta(0), CaptureStep.AGAIN),
        (SECOND, CaptureStep.AGAIN),
    ],
)
def test_visit_counts_only_after_the_photo_was_gone_in_python_and_in_sql(
    ended: timedelta,
    expected: CaptureStep,
    member: CampaignMember,
    makeup: CaptureSession,
    now: datetime,
) -> None:
    visit = capture.make_visit(makeup, member, at=now - DAY)
    imaging.end_photo(
        imaging.make_photo(member.record, at=now - 5 * DAY), at=visit.arrived_at + ended
    )

    counts = visits_that_count().filter(member=member).exists()

    assert step(member, now) is expected
    assert counts is (expected is CaptureStep.ARRIVED)


def test_makeup_for_other_classes_is_not_offered(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    other = enrolment.make_class("哲学 2201 班")
    makeup = capture.make_session(
        member.campaign, SessionKind.MAKEUP, starts_at=now + DAY, classes=[other]
    )
    own = capture.make_session(
        member.campaign,
        SessionKind.MAKEUP,
        starts_at=now + 2 * DAY,
        classes=[other, member.class_group],
    )

    plan = plan_of(member.record, now=now)

    assert plan is not None
    assert plan.makeups == (own,)
    with pytest.raises(StaleStateError):
        book_seat(member=member, session=makeup, actor=alice, now=now)


def test_stranger_moves_nothing(
    eve: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )
    for act in (
        lambda: book_seat(member=member, session=makeup, actor=eve, now=now),
        lambda: give_back_seat(member=member, actor=eve, now=now),
        lambda: take_leave(member=member, session=session, reason="实习", actor=eve, now=now),
        lambda: withdraw_leave(member=member, session=session, actor=eve, now=now),
    ):
        with pytest.raises(NotAllowedError, match="本人"):
            act()

    assert (taken(makeup), CaptureBooking.objects.count()) == (0, 0)


def test_moves_are_limited(
    alice: User, member: CampaignMember, makeup: CaptureSession, now: datetime
) -> None:
    for _ in range(15):
        book_seat(member=member, session=makeup, actor=alice, now=now)
        give_back_seat(member=member, actor=alice, now=now)

    with pytest.raises(TooManyError):
        book_seat(member=member, session=makeup, actor=alice, now=now)
