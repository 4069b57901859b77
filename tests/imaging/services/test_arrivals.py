"""The counter: whom a ticket means, once, with a trace."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from common.ratelimit import TooManyError
from enrollment.models import StudentRecord
from imaging.identity import new_ticket_code
from imaging.models import CampaignMember, CaptureSession, CaptureTicket, CaptureVisit
from imaging.services.arrivals import LOOKS, check_in, person_at_counter, void_visit
from imaging.services.tickets import renew_ticket
from imaging.states import PhotoKind, SessionKind
from tests.factories import capture, enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


@pytest.fixture
def session(member: CampaignMember, now: datetime) -> CaptureSession:
    """The session of Alice's class, running."""
    return capture.make_session(member.campaign, starts_at=now, classes=[member.class_group])


def test_ticket_shows_who_should_stand_there(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    photo = imaging.make_photo(member.record, PhotoKind.ADMISSION)
    ticket = capture.make_ticket(member)

    person = person_at_counter(session=session, typed=ticket.code.lower(), actor=li, now=now)

    assert (person.member, person.ticket, person.photo) == (member, ticket, photo)
    assert (person.visit, person.is_expected) == (None, True)
    event = AuditEvent.objects.get(action="capturevisit.viewed")
    assert (event.subject_id, event.actor_id) == (str(member.record_id), str(li.pk))
    assert ticket.code not in str(event.__dict__)


def test_check_in_is_once_with_whom_and_when(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    ticket = capture.make_ticket(member)

    visit, is_new = check_in(session=session, typed=ticket.code, actor=li, now=now)
    again, is_new_again = check_in(
        session=session, typed=ticket.code, actor=li, now=now + timedelta(minutes=5)
    )

    assert (visit.arrived_at, visit.arrived_by, visit.ticket) == (now, li.actor_label, ticket)
    assert (is_new, is_new_again, again) == (True, False, visit)
    assert AuditEvent.objects.filter(action="capturevisit.made").count() == 1


def test_student_number_does_without_a_phone_and_gives_a_ticket(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    visit, is_new = check_in(
        session=session, typed=f" {member.record.student_no} ", actor=li, now=now
    )

    assert is_new
    assert visit.ticket == CaptureTicket.objects.get(record=member.record)


def test_somebody_of_another_class_may_come_and_that_is_written_down(
    session: CaptureSession, li: User, now: datetime
) -> None:
    other = imaging.make_member(
        enrolment.make_record(class_group=enrolment.make_class("哲学 2201 班"))
    )
    ticket = capture.make_ticket(other)

    assert not person_at_counter(session=session, typed=ticket.code, actor=li, now=now).is_expected
    check_in(session=session, typed=ticket.code, actor=li, now=now)

    event = AuditEvent.objects.get(action="capturevisit.made")
    assert event.details == {"session": session.pk, "expected": False}


def test_voided_ticket_is_refused_and_the_new_one_is_not(
    session: CaptureSession, member: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    old = capture.make_ticket(member)
    new = renew_ticket(member=member, actor=alice, now=now)

    with pytest.raises(InvalidInputError, match="作废"):
        check_in(session=session, typed=old.code, actor=li, now=now)

    assert check_in(session=session, typed=new.code, actor=li, now=now)[1]


def test_ticket_of_another_campaign_is_refused(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    other = imaging.make_campaign(title="上一年")
    ticket = capture.make_ticket(imaging.make_member(member.record, other))

    with pytest.raises(InvalidInputError, match="另一个批次"):
        check_in(session=session, typed=ticket.code, actor=li, now=now)


@pytest.mark.parametrize("typed", ["", "2099999999", "沈若溪"])
def test_nobodys_number_is_told_alike(
    typed: str, session: CaptureSession, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="没有这个采集号或学号"):
        check_in(session=session, typed=typed, actor=li, now=now)
    with pytest.raises(InvalidInputError, match="没有这个采集号或学号"):
        check_in(session=session, typed=new_ticket_code(), actor=li, now=now)


def test_removed_member_is_refused(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    ticket = capture.make_ticket(member)
    CampaignMember.objects.filter(pk=member.pk).update(removed_at=now, removed_by="测试")

    with pytest.raises(InvalidInputError, match="不在这个批次"):
        check_in(session=session, typed=ticket.code, actor=li, now=now)


def test_cancelled_session_checks_nobody_in(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    ticket = capture.make_ticket(member)
    CaptureSession.objects.filter(pk=session.pk).update(cancelled_at=now, cancelled_by="测试")
    session.refresh_from_db()

    with pytest.raises(NotAllowedError, match="取消"):
        check_in(session=session, typed=ticket.code, actor=li, now=now)


@pytest.mark.parametrize("person", ["alice", "auditor", "chen"])
def test_only_the_registrar_stands_at_the_counter(
    person: str,
    session: CaptureSession,
    member: CampaignMember,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    ticket = capture.make_ticket(member)

    with pytest.raises(NotAllowedError, match="教务处"):
        check_in(session=session, typed=ticket.code, actor=request.getfixturevalue(person), now=now)

    assert not CaptureVisit.objects.exists()


def test_looking_through_a_school_is_stopped(
    session: CaptureSession, li: User, now: datetime
) -> None:
    for _ in range(LOOKS.amount):
        with pytest.raises(InvalidInputError):
            person_at_counter(session=session, typed="2099999999", actor=li, now=now)

    with pytest.raises(TooManyError):
        person_at_counter(session=session, typed="2099999999", actor=li, now=now)


def test_voided_visit_lets_the_student_come_again(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    ticket = capture.make_ticket(member)
    visit, _ = check_in(session=session, typed=ticket.code, actor=li, now=now)

    void_visit(visit=visit, actor=li, now=now, reason="报错了人")

    with pytest.raises(StaleStateError):
        void_visit(visit=visit, actor=li, now=now, reason="报错了人")
    assert check_in(session=session, typed=ticket.code, actor=li, now=now)[1]
    event = AuditEvent.objects.get(action="capturevisit.voided")
    assert (event.reason, event.subject_id) == ("报错了人", str(member.record_id))


def test_visit_in_a_makeup_counts_too(member: CampaignMember, li: User, now: datetime) -> None:
    makeup = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now)
    ticket = capture.make_ticket(member)

    person = person_at_counter(session=makeup, typed=ticket.code, actor=li, now=now)

    assert not person.is_expected  # no seat booked, and still welcome
    assert check_in(session=makeup, typed=ticket.code, actor=li, now=now)[1]
