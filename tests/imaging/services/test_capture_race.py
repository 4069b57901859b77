"""The last seat, the same seat, two counters at once: exactly one outcome each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import (
    CampaignMember,
    CaptureBooking,
    CaptureSession,
    CaptureTicket,
    CaptureVisit,
)
from imaging.services.arrivals import check_in
from imaging.services.bookings import book_seat, give_back_seat
from imaging.services.sessions import cancel_session
from imaging.services.tickets import issue_tickets, renew_ticket
from imaging.states import SessionKind
from tests.factories import capture, enrolment, imaging, people
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)
PEOPLE = 6


@pytest.fixture
def students(record: StudentRecord) -> list[tuple[User, CampaignMember]]:
    """Six students of a class, each with an account and a place in the campaign."""
    found = []
    for number in range(PEOPLE):
        user = people.make_user(f"student{number}@example.test")
        own = enrolment.make_record(class_group=record.class_group)
        enrolment.bind(own, people.make_identity(user, name=own.name, number=own.id_number))
        found.append((user, imaging.make_member(own)))
    return found


def makeup(member: CampaignMember, now: datetime, *, seats: int) -> CaptureSession:
    return capture.make_session(
        member.campaign, SessionKind.MAKEUP, starts_at=now + DAY, capacity=seats
    )


def seats_are_right(session: CaptureSession) -> bool:
    session.refresh_from_db()
    open_bookings = CaptureBooking.objects.filter(session=session, ended_at=None).count()
    return session.seats_taken == open_bookings


def test_last_seat_goes_to_one(students: list[tuple[User, CampaignMember]], now: datetime) -> None:
    for seats in (1, 3):
        session = makeup(students[0][1], now, seats=seats)
        acts: list[Callable[[], object]] = [
            partial(book_seat, member=member, session=session, actor=user, now=now)
            for user, member in students
        ]

        told = together(acts)

        assert told.count("") == seats
        assert all("约满" in each for each in told if each)
        assert seats_are_right(session)
        assert session.seats_taken == seats


def test_six_clicks_of_one_student_take_one_seat(
    students: list[tuple[User, CampaignMember]], now: datetime
) -> None:
    user, member = students[0]
    session = makeup(member, now, seats=3)

    told = together(
        [
            partial(book_seat, member=member, session=session, actor=user, now=now)
            for _ in range(PEOPLE)
        ]
    )

    assert all(each == "" or "另一个窗口" in each for each in told)
    assert CaptureBooking.objects.filter(ended_at=None).count() == 1
    assert seats_are_right(session)
    assert session.seats_taken == 1
    assert AuditEvent.objects.filter(action="capturebooking.made").count() == 1


def test_changing_places_blocks_nobody(
    students: list[tuple[User, CampaignMember]], now: datetime
) -> None:
    one, other = (makeup(students[0][1], now, seats=PEOPLE) for _ in range(2))
    for number, (user, member) in enumerate(students):
        book_seat(member=member, session=(one, other)[number % 2], actor=user, now=now)

    told = together(
        [
            partial(book_seat, member=member, session=(other, one)[number % 2], actor=user, now=now)
            for number, (user, member) in enumerate(students)
        ]
    )

    assert told == [""] * PEOPLE
    assert seats_are_right(one)
    assert seats_are_right(other)
    assert one.seats_taken + other.seats_taken == PEOPLE


def test_cancelled_session_keeps_no_booking(
    students: list[tuple[User, CampaignMember]], li: User, now: datetime
) -> None:
    session = makeup(students[0][1], now, seats=PEOPLE)
    book_seat(member=students[0][1], session=session, actor=students[0][0], now=now)

    together(
        [
            partial(cancel_session, session=session, actor=li, now=now, reason="停电"),
            partial(give_back_seat, member=students[0][1], actor=students[0][0], now=now),
            *(
                partial(book_seat, member=member, session=session, actor=user, now=now)
                for user, member in students[1:]
            ),
        ]
    )

    assert not CaptureBooking.objects.filter(session=session, ended_at=None).exists()
    assert seats_are_right(session)
    assert session.cancelled_at == now


def test_two_counters_check_in_once(
    students: list[tuple[User, CampaignMember]], li: User, now: datetime
) -> None:
    member = students[0][1]
    session = capture.make_session(member.campaign, starts_at=now, classes=[member.class_group])
    ticket = capture.make_ticket(member)

    told = together(
        [partial(check_in, session=session, typed=ticket.code, actor=li, now=now) for _ in range(4)]
    )

    assert told == [""] * 4
    assert CaptureVisit.objects.count() == 1
    assert AuditEvent.objects.filter(action="capturevisit.made").count() == 1


def test_two_officers_give_everybody_one_ticket(
    students: list[tuple[User, CampaignMember]], li: User, now: datetime
) -> None:
    campaign = students[0][1].campaign

    told = together(
        [partial(issue_tickets, campaign=campaign, actor=li, now=now) for _ in range(3)]
    )

    assert told == [""] * 3
    assert CaptureTicket.objects.filter(voided_at=None).count() == PEOPLE


def test_two_devices_renew_and_one_ticket_is_valid(
    students: list[tuple[User, CampaignMember]], now: datetime
) -> None:
    user, member = students[0]
    capture.make_ticket(member)

    together([partial(renew_ticket, member=member, actor=user, now=now) for _ in range(3)])

    assert CaptureTicket.objects.filter(record=member.record, voided_at=None).count() == 1
