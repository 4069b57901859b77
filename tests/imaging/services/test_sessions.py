"""The timetable: what may be set, who is told, what stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from common.outbox import deliver_pending, rendered
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign, CampaignMember, CaptureBooking, CaptureSession
from imaging.selectors.capture_desk import missing_members
from imaging.services.bookings import book_seat
from imaging.services.sessions import (
    SessionTerms,
    cancel_session,
    create_session,
    move_session,
    tell_missing,
)
from imaging.states import BookingEnd, CampaignKind, Conclusion, ConclusionKind, SessionKind
from tests.factories import capture, enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


@pytest.fixture
def campaign(member: CampaignMember) -> Campaign:
    """Its campaign."""
    return member.campaign


def terms(now: datetime, **fields: Any) -> SessionTerms:
    place = fields.pop("place", None) or capture.make_place()
    return SessionTerms(
        **{"place": place, "starts_at": now + DAY, "ends_at": now + DAY + 3 * HOUR, **fields}
    )


def create(
    campaign: Campaign,
    li: User,
    now: datetime,
    kind: SessionKind = SessionKind.MAKEUP,
    **fields: Any,
) -> CaptureSession:
    return create_session(
        campaign=campaign,
        kind=kind,
        class_groups=fields.pop("class_groups", []),
        terms=terms(now, **fields),
        actor=li,
        now=now,
    )


def texts(template: str) -> list[str]:
    return [rendered(row)[1] for row in OutboxMessage.objects.filter(template=template)]


def test_class_session_is_for_its_classes(
    campaign: Campaign, class_group: ClassGroup, li: User, now: datetime
) -> None:
    session = create(
        campaign, li, now, SessionKind.CLASS, class_groups=[class_group], wear="深色上衣"
    )

    assert list(session.class_groups.all()) == [class_group]
    assert (session.capacity, session.bookable_until, session.wear) == (None, None, "深色上衣")
    event = AuditEvent.objects.get(action="capturesession.created")
    assert (event.actor_id, event.details["classes"]) == (str(li.pk), 1)


def test_makeup_is_booked_until_it_begins_unless_said_otherwise(
    campaign: Campaign, li: User, now: datetime
) -> None:
    assert create(campaign, li, now, capacity=3).bookable_until == now + DAY
    early = create(campaign, li, now, capacity=3, bookable_until=now + HOUR)
    assert early.bookable_until == now + HOUR


@pytest.mark.parametrize(
    ("fields", "kind", "named"),
    [
        ({}, SessionKind.MAKEUP, "capacity"),
        ({"capacity": 0}, SessionKind.MAKEUP, "capacity"),
        ({"capacity": 2, "after_end": 1}, SessionKind.MAKEUP, "bookable_until"),
        ({"backwards": 1, "capacity": 2}, SessionKind.MAKEUP, "ends_at"),
        ({"past": 1, "capacity": 2}, SessionKind.MAKEUP, "ends_at"),
        ({}, SessionKind.CLASS, "class_groups"),
        ({"closed_place": 1, "capacity": 2}, SessionKind.MAKEUP, "place"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    fields: dict[str, Any],
    kind: SessionKind,
    named: str,
    campaign: Campaign,
    li: User,
    now: datetime,
) -> None:
    fields = dict(fields)
    if fields.pop("after_end", 0):
        fields["bookable_until"] = now + 2 * DAY
    if fields.pop("backwards", 0):
        fields["ends_at"] = now
    if fields.pop("past", 0):
        fields |= {"starts_at": now - DAY, "ends_at": now}
    if fields.pop("closed_place", 0):
        fields["place"] = capture.make_place(is_used=False)

    with pytest.raises(InvalidInputError) as caught:
        create(campaign, li, now, kind, **fields)

    assert caught.value.field == named


def test_only_the_office_makes_sessions(campaign: Campaign, alice: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="教务处"):
        create(campaign, alice, now, capacity=2)


def test_campaign_without_photos_has_no_sessions(li: User, now: datetime) -> None:
    campaign = imaging.make_campaign(kind=CampaignKind.FRESHMAN)

    with pytest.raises(NotAllowedError, match="不要照片"):
        create(campaign, li, now, capacity=2)


def test_database_never_holds_more_bookings_than_seats(
    campaign: Campaign, li: User, now: datetime
) -> None:
    session = create(campaign, li, now, capacity=2)

    with pytest.raises(IntegrityError), transaction.atomic():
        CaptureSession.objects.filter(pk=session.pk).update(seats_taken=3)


def test_moved_session_tells_its_class_and_nobody_else(
    campaign: Campaign, member: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    imaging.make_member(enrolment.make_record(class_group=enrolment.make_class("哲学 2201 班")))
    session = capture.make_session(campaign, starts_at=now + DAY, classes=[member.class_group])

    moved = move_session(
        session=session,
        terms=terms(
            now, place=session.place, starts_at=now + 2 * DAY, ends_at=now + 2 * DAY + HOUR
        ),
        actor=li,
        now=now,
        reason="停电",
    )

    assert moved.starts_at == now + 2 * DAY
    rows = OutboxMessage.objects.filter(template="capture_moved")
    assert {(row.user_id, row.channel) for row in rows} == {
        (alice.pk, Channel.NOTICE),
        (alice.pk, Channel.EMAIL),
    }
    assert all(
        "6月14日（星期日）14:32" in text and "停电" in text for text in texts("capture_moved")
    )


def test_reason_that_begins_like_a_rehearsal_reaches_everybody(
    campaign: Campaign,
    member: CampaignMember,
    alice: User,
    li: User,
    now: datetime,
    mailoutbox: list[Any],
) -> None:
    session = capture.make_session(campaign, starts_at=now + DAY, classes=[member.class_group])

    move_session(
        session=session,
        terms=terms(
            now, place=session.place, starts_at=now + 2 * DAY, ends_at=now + 2 * DAY + HOUR
        ),
        actor=li,
        now=now,
        reason="【演练】消防演练占用场地",
    )
    deliver_pending(now=now)

    assert [mail.to for mail in mailoutbox] == [[alice.email]]
    assert not OutboxMessage.objects.filter(is_rehearsal=True).exists()


def test_more_seats_tell_nobody(campaign: Campaign, li: User, now: datetime) -> None:
    session = capture.make_session(campaign, SessionKind.MAKEUP, starts_at=now + DAY)

    move_session(
        session=session,
        terms=terms(now, place=session.place, capacity=9),
        actor=li,
        now=now,
        reason="加一台机器",
    )

    assert session.capacity == 9
    assert not OutboxMessage.objects.exists()


def test_seats_are_never_fewer_than_bookings(
    campaign: Campaign, member: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    session = capture.make_session(
        campaign, SessionKind.MAKEUP, starts_at=now + DAY, capacity=3, seats_taken=2
    )

    with pytest.raises(InvalidInputError, match="已经约出去 2 个"):
        move_session(
            session=session,
            terms=terms(now, place=session.place, capacity=1),
            actor=li,
            now=now,
            reason="少一台",
        )


def test_second_of_two_movers_is_told(campaign: Campaign, li: User, now: datetime) -> None:
    session = capture.make_session(campaign, SessionKind.MAKEUP, starts_at=now + DAY)
    stale = CaptureSession.objects.get(pk=session.pk)
    later = terms(
        now, place=session.place, starts_at=now + 2 * DAY, ends_at=now + 3 * DAY, capacity=2
    )
    move_session(session=session, terms=later, actor=li, now=now, reason="停电")

    with pytest.raises(StaleStateError, match="刚刚"):
        move_session(session=stale, terms=later, actor=li, now=now, reason="停电")


def test_cancelled_session_ends_its_bookings_and_says_so(
    campaign: Campaign, member: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    session = capture.make_session(campaign, SessionKind.MAKEUP, starts_at=now + DAY)
    book_seat(member=member, session=session, actor=alice, now=now)

    cancel_session(session=session, actor=li, now=now, reason="停电")

    booking = CaptureBooking.objects.get()
    assert (booking.end_reason, booking.ended_at) == (BookingEnd.CANCELLED, now)
    assert session.seats_taken == 0
    assert len(texts("capture_cancelled")) == 2
    with pytest.raises(StaleStateError, match="已经取消"):
        cancel_session(session=session, actor=li, now=now, reason="停电")
    with pytest.raises(StaleStateError, match="不能约"):
        book_seat(member=member, session=session, actor=alice, now=now)


def test_past_session_is_not_cancelled(campaign: Campaign, li: User, now: datetime) -> None:
    session = capture.make_session(campaign, SessionKind.MAKEUP, starts_at=now - DAY)

    with pytest.raises(NotAllowedError, match="已经结束"):
        cancel_session(session=session, actor=li, now=now, reason="停电")


def test_missing_are_told_once_and_the_excused_never(
    campaign: Campaign, member: CampaignMember, alice: User, monitor: User, li: User, now: datetime
) -> None:
    session = capture.make_session(campaign, starts_at=now - DAY, classes=[member.class_group])
    came = imaging.make_member(StudentRecord.objects.get(binding__identity__user=monitor))
    capture.make_visit(session, came, at=now - DAY)

    assert tell_missing(session=session, actor=li, now=now) == 1
    tell_missing(session=session, actor=li, now=now + HOUR)

    rows = OutboxMessage.objects.filter(template="capture_missed")
    assert {row.user_id for row in rows} == {alice.pk}
    assert rows.count() == 2  # one notice, one mail


def test_whose_photo_is_gone_is_told_though_they_had_come(
    campaign: Campaign, member: CampaignMember, alice: User, li: User, now: datetime
) -> None:
    session = capture.make_session(campaign, starts_at=now - 9 * DAY, classes=[member.class_group])
    capture.make_visit(session, member, at=now - 9 * DAY)
    photo = imaging.make_photo(member.record, at=now - 5 * DAY)
    assert tell_missing(session=session, actor=li, now=now - 2 * DAY) == 0

    imaging.end_photo(photo, at=now - DAY)

    assert tell_missing(session=session, actor=li, now=now) == 1
    assert {row.user_id for row in OutboxMessage.objects.filter(template="capture_missed")} == {
        alice.pk
    }


def test_holder_of_a_seat_is_missing_without_a_visit_or_photo_after_the_booking(
    campaign: Campaign, member: CampaignMember, alice: User, now: datetime
) -> None:
    imaging.make_photo(member.record, at=now - 5 * DAY)
    imaging.make_conclusion(member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY)
    session = capture.make_session(campaign, SessionKind.MAKEUP, starts_at=now + DAY)
    book_seat(member=member, session=session, actor=alice, now=now)
    later = now + 2 * DAY
    assert list(missing_members(session, now=later)) == [member]

    visit = capture.make_visit(session, member, at=now + DAY)
    assert not missing_members(session, now=later).exists()

    visit.delete()
    imaging.make_photo(member.record, at=now + DAY)
    assert not missing_members(session, now=later).exists()


def test_missing_are_not_told_before_the_end(
    campaign: Campaign, class_group: ClassGroup, li: User, now: datetime
) -> None:
    session = capture.make_session(campaign, starts_at=now, classes=[class_group])

    with pytest.raises(NotAllowedError, match="还没结束"):
        tell_missing(session=session, actor=li, now=session.ends_at - timedelta(seconds=1))
