"""The counter: who stands there, seen by staff, once for a session."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from imaging.models import CampaignMember, CaptureSession, CaptureTicket, CaptureVisit, PhotoVersion
from imaging.policies import check_can_run_capture
from imaging.selectors.capture_desk import expected_members, expected_photo, ticket_with
from imaging.services.capture_fees import Payment, checked_payment, payment_details
from imaging.services.tickets import ticket_for

__all__ = ["LOOKS", "Person", "check_in", "person_at_counter", "void_visit"]

# Far above what one counter can photograph, far below what it takes to walk through a school.
LOOKS: Final = Limit("capture-counter", 240, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a ticket means at the counter, and what there is to look at before the click."""

    member: CampaignMember
    ticket: CaptureTicket | None
    photo: PhotoVersion | None
    visit: CaptureVisit | None
    is_expected: bool


@transaction.atomic
def person_at_counter(
    *, session: CaptureSession, typed: str, actor: Actor, now: datetime
) -> Person:
    """Whom the scanned ticket, or a typed student number, means; counted and written down.

    InvalidInputError says what to do: a voided ticket, one of another campaign, nobody's.
    """
    person = _person(session=session, typed=typed, actor=actor, now=now)
    audit.record(
        "capturevisit.viewed", actor=actor, now=now, obj=session, subject=person.member.record
    )
    return person


def _person(*, session: CaptureSession, typed: str, actor: Actor, now: datetime) -> Person:
    check_can_run_capture(actor)
    hit(LOOKS, actor.actor_id, now=now)
    if session.cancelled_at is not None:
        raise NotAllowedError("这一场已经取消。")
    ticket, record = ticket_with(session.campaign, typed)
    if ticket is not None:
        _check_ticket(ticket, session)
        record = ticket.record
    if record is None:
        raise InvalidInputError(
            "没有这个采集号或学号。请对照学生手机上的十位采集号，或者打学号。", field="code"
        )
    member = CampaignMember.objects.filter(
        campaign=session.campaign_id, record=record, removed_at=None
    ).first()
    if member is None or not record.is_shown:
        raise InvalidInputError("这名学生不在这个批次的名单里，请联系教务处学籍科。", field="code")
    if member.photo_waived_at is not None:
        raise InvalidInputError(
            "这名学生登记了免交照片。要拍照，先请教务处在批次成员里恢复收照片。", field="code"
        )
    member.record = record
    return Person(
        member=member,
        ticket=ticket,
        photo=expected_photo(record),
        visit=_visit(session, member),
        is_expected=expected_members(session, now=now).filter(pk=member.pk).exists(),
    )


def _check_ticket(ticket: CaptureTicket, session: CaptureSession) -> None:
    if ticket.campaign_id != session.campaign_id:
        raise InvalidInputError(
            "这是另一个批次的采集号。一人有几份学籍时各有一个，请换这个批次的那个。", field="code"
        )
    if ticket.voided_at is not None:
        raise InvalidInputError(
            "这个采集号已经作废，可能不是本人在用。请学生登录打开“去拍照”，出示新的。", field="code"
        )


@transaction.atomic
def check_in(
    *,
    session: CaptureSession,
    typed: str,
    payment: Payment | None = None,
    actor: Actor,
    now: datetime,
) -> tuple[CaptureVisit, bool]:
    """The person has come and the document was seen; the visit, and whether it is new.

    A second click, or a second counter at the same moment, finds the first one's visit, with the payment
    that was written down then.
    """
    paid = checked_payment(payment or Payment(), session=session)
    person = _person(session=session, typed=typed, actor=actor, now=now)
    if person.visit is not None:
        return person.visit, False
    ticket = person.ticket or ticket_for(member=person.member, actor=actor, now=now)
    try:
        with transaction.atomic():
            visit = CaptureVisit.objects.create(
                session=session,
                member=person.member,
                ticket=ticket,
                arrived_at=now,
                arrived_by=actor.actor_label,
                is_paid=paid.is_paid,
                receipt_no=paid.receipt_no,
            )
    except IntegrityError:
        return CaptureVisit.objects.get(
            session=session, member=person.member, voided_at=None
        ), False
    audit.record(
        "capturevisit.made",
        actor=actor,
        now=now,
        obj=visit,
        subject=person.member.record,
        details={
            "session": session.pk,
            "expected": person.is_expected,
            **(payment_details(visit) if session.has_fee else {}),
        },
    )
    return visit, True


@transaction.atomic
def void_visit(*, visit: CaptureVisit, actor: Actor, now: datetime, reason: str) -> CaptureVisit:
    """The wrong person was checked in: the visit does not count, and the student may come again."""
    check_can_run_capture(actor)
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    there = CaptureVisit.objects.filter(pk=visit.pk, voided_at=None)
    if there.update(voided_at=now, voided_by=actor.actor_label) != 1:
        raise StaleStateError("这次到场已经作废了。")
    visit.refresh_from_db()
    audit.record(
        "capturevisit.voided",
        actor=actor,
        now=now,
        obj=visit,
        subject=visit.member.record,
        reason=reason.strip(),
    )
    return visit


def _visit(session: CaptureSession, member: CampaignMember) -> CaptureVisit | None:
    return CaptureVisit.objects.filter(session=session, member=member, voided_at=None).first()
