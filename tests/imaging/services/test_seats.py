"""Who leaves the campaign leaves the seat to others."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord
from enrollment.services.status import NewStatus, change_status
from enrollment.states import EnrollmentStatus
from imaging.models import CampaignMember, CaptureBooking, CaptureSession
from imaging.services.bookings import book_seat
from imaging.services.campaign import remove_member
from imaging.services.membership import follow_statuses
from imaging.states import BookingEnd, SessionKind
from tests.factories import capture, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def makeup(alice: User, record: StudentRecord, now: datetime) -> CaptureSession:
    """A make-up in two days in which Alice holds a seat."""
    member = imaging.make_member(record)
    session = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 2 * DAY)
    book_seat(member=member, session=session, actor=alice, now=now)
    return session


def seats(session: CaptureSession) -> int:
    session.refresh_from_db()
    return session.seats_taken


def test_removed_member_frees_the_seat(
    li: User, record: StudentRecord, makeup: CaptureSession, now: datetime
) -> None:
    assert seats(makeup) == 1

    remove_member(member=CampaignMember.objects.get(), actor=li, now=now, reason="转学")

    booking = CaptureBooking.objects.get()
    assert (booking.end_reason, booking.ended_at, booking.ended_by) == (
        BookingEnd.REMOVED,
        now,
        li.actor_label,
    )
    assert seats(makeup) == 0
    (event,) = AuditEvent.objects.filter(action="capturebooking.freed")
    assert (event.subject_id, event.details) == (str(record.pk), {"session": makeup.pk})


def test_status_that_takes_out_frees_the_seat_once(
    li: User, record: StudentRecord, makeup: CaptureSession, now: datetime
) -> None:
    record.refresh_from_db()
    gone = NewStatus(status=EnrollmentStatus.WITHDRAWN, effective_from=date(2026, 6, 12))
    change_status(record=record, new=gone, reason="决定", actor=li, now=now)

    assert follow_statuses(now=now) == 1
    assert follow_statuses(now=now) == 0

    assert CaptureBooking.objects.get().end_reason == BookingEnd.REMOVED
    assert seats(makeup) == 0


def test_seat_in_a_session_that_is_over_stays_history(li: User, makeup: CaptureSession) -> None:
    over = makeup.ends_at

    remove_member(member=CampaignMember.objects.get(), actor=li, now=over, reason="转学")

    assert CaptureBooking.objects.get().ended_at is None
    assert seats(makeup) == 1
    assert not AuditEvent.objects.filter(action="capturebooking.freed").exists()
