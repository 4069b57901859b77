"""What the desk sees of sessions: who is expected, who came, who did not, and in which order."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from enrollment.models import StudentRecord
from enrollment.selectors import has_status
from imaging.identity import canonical_ticket
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureAbsence,
    CaptureBooking,
    CaptureSession,
    CaptureTicket,
    CaptureVisit,
    PhotoVersion,
)
from imaging.selectors.retakes import visits_that_count
from imaging.states import MembershipEffect, PhotoKind, SessionKind, statuses_with

__all__ = [
    "SessionCount",
    "class_alias",
    "expected_members",
    "expected_photo",
    "members_for_tickets",
    "missing_members",
    "session_count",
    "ticket_with",
    "to_be_told",
    "visits_in_order",
]

_PARTS_NO_MORE = frozenset(
    statuses_with(MembershipEffect.REMOVED) | statuses_with(MembershipEffect.SILENT)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCount:
    """A session in numbers; `missing` are expected, not excused, and photographed nowhere."""

    expected: int
    arrived: int
    away: int
    missing: int


def class_alias(class_group_id: int | None) -> str:
    """What the capture unit calls a class: stable, and nothing that a class list would print."""
    return f"B{class_group_id or 0:04d}"


def members_for_tickets(campaign: Campaign, *, now: datetime) -> QuerySet[CampaignMember]:
    """Who is to be photographed for the campaign: taking part, shown, and still here."""
    return campaign.members.filter(
        ~has_status(_PARTS_NO_MORE, now=now, path="record__"),
        removed_at=None,
        photo_waived_at=None,
        record__hidden_at=None,
        record__duplicate_of=None,
    )


def expected_members(session: CaptureSession, *, now: datetime) -> QuerySet[CampaignMember]:
    """Whom a session is for: the members of its classes, or who holds a seat."""
    members = members_for_tickets(session.campaign, now=now)
    if session.kind == SessionKind.CLASS:
        return members.filter(class_group__in=session.class_groups.all())
    seats = CaptureBooking.objects.filter(session=session, member=OuterRef("pk"), ended_at=None)
    return members.filter(Exists(seats))


def missing_members(session: CaptureSession, *, now: datetime) -> QuerySet[CampaignMember]:
    """Expected, not on leave, photographed nowhere in this campaign, and without a photo.

    Being photographed only for a photo that is gone does not count. Whoever holds a seat asked for it
    because no earlier visit or photo helped, so only what came after the booking counts.
    """
    expected = expected_members(session, now=now)
    came = visits_that_count().filter(member=OuterRef("pk"))
    excused = CaptureAbsence.objects.filter(
        session=session, member=OuterRef("pk"), withdrawn_at=None
    )
    photo = _photos(is_current=True)
    if session.kind == SessionKind.MAKEUP:
        seat = CaptureBooking.objects.filter(session=session, member=OuterRef("pk"), ended_at=None)
        expected = expected.annotate(seat_at=Subquery(seat.values("booked_at")[:1]))
        came = came.filter(arrived_at__gte=OuterRef("seat_at"))
        photo = photo.filter(attached_at__gte=OuterRef("seat_at"))
    return expected.filter(~Exists(came), ~Exists(excused), ~Exists(photo))


def to_be_told(session: CaptureSession, *, now: datetime) -> QuerySet[CampaignMember]:
    """Whom a new session concerns: of its classes, or, for a make-up, who is on leave, missed, or again.

    Nobody who came already or has a photo. The SQL twin of `CaptureStep.AWAY`, `MISSED` and `AGAIN`, the
    last for a photo that is gone or a retake that the office arranged; a photo that is there and wrong
    waits for its correction.
    """
    if session.kind == SessionKind.CLASS:
        return missing_members(session, now=now)
    members = members_for_tickets(session.campaign, now=now)
    if session.class_groups.exists():
        members = members.filter(class_group__in=session.class_groups.all())
    came = visits_that_count().filter(member=OuterRef("pk"))
    of_class = CaptureSession.objects.filter(
        campaign=session.campaign_id,
        kind=SessionKind.CLASS,
        cancelled_at=None,
        class_groups=OuterRef("class_group"),
    )
    excused = CaptureAbsence.objects.filter(
        session=OuterRef("pk"), member=OuterRef(OuterRef("pk")), withdrawn_at=None
    )
    seats = CaptureBooking.objects.filter(
        member=OuterRef("pk"), ended_at=None, session__ends_at__gt=now
    )
    photo, gone = _photos(is_current=True), _photos(is_current=False)
    waits = (
        ~Exists(photo)
        & (Exists(of_class) | Exists(gone))
        & ~Exists(of_class.filter(~Exists(excused), ends_at__gt=now))
    )
    again = (
        Q(retake_granted_at__isnull=False)
        & ~Exists(photo.filter(attached_at__gt=OuterRef("retake_granted_at")))
        & ~Exists(gone.filter(ended_at__gte=OuterRef("retake_granted_at")))
    )
    return members.filter(waits | again, ~Exists(came), ~Exists(seats))


def _photos(*, is_current: bool) -> QuerySet[PhotoVersion]:
    """Graduation photos of the member in the outer query."""
    return PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=PhotoKind.GRADUATION, is_current=is_current
    )


def session_count(session: CaptureSession, *, now: datetime) -> SessionCount:
    """The session in numbers, four queries."""
    away = CaptureAbsence.objects.filter(session=session, withdrawn_at=None)
    return SessionCount(
        expected=expected_members(session, now=now).count(),
        arrived=visits_in_order(session).count(),
        away=away.count(),
        missing=missing_members(session, now=now).count(),
    )


def visits_in_order(session: CaptureSession) -> QuerySet[CaptureVisit]:
    """Who came, in the order in which they were photographed: neighbours are who may be swapped."""
    return (
        CaptureVisit.objects.filter(session=session, voided_at=None)
        .select_related("member__record", "member__class_group", "ticket")
        .order_by("arrived_at", "pk")
    )


def ticket_with(
    campaign: Campaign, typed: str
) -> tuple[CaptureTicket | None, StudentRecord | None]:
    """What was scanned or typed at the counter: a ticket of any state, or a student number's record.

    A student number that two schools of the campaign use leads to nobody.
    """
    code = canonical_ticket(typed)
    if code is not None:
        tickets = CaptureTicket.objects.select_related("record__school", "record__class_group")
        ticket = tickets.filter(code=code).first()
        return ticket, None
    records = StudentRecord.objects.filter(
        student_no=typed.strip(), memberships__campaign=campaign, memberships__removed_at=None
    ).select_related("school", "class_group")[:2]
    found = list(records)
    return None, found[0] if len(found) == 1 else None


def expected_photo(record: StudentRecord) -> PhotoVersion | None:
    """The face that should stand at the counter: the admission photo."""
    return PhotoVersion.objects.filter(
        record=record, kind=PhotoKind.ADMISSION, is_current=True
    ).first()
