"""Seats in make-up sessions, and leave from the class's session: the student's own moves."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from imaging.models import CampaignMember, CaptureAbsence, CaptureBooking, CaptureSession
from imaging.policies import check_can_book, check_own_capture
from imaging.selectors.capture_plan import CapturePlan, plan_of
from imaging.states import BookingEnd

__all__ = [
    "BOOKINGS",
    "LEAVE_LONGEST",
    "book_seat",
    "give_back_seat",
    "take_leave",
    "withdraw_leave",
]

BOOKINGS: Final = Limit("capture-book", 30, 3600)
LEAVE_LONGEST: Final = 200


@transaction.atomic
def book_seat(
    *, member: CampaignMember, session: CaptureSession, actor: User, now: datetime
) -> CaptureBooking:
    """Take a seat in a make-up session; a seat held elsewhere is given up for it in the same moment.

    Whoever comes when the last seat is gone is told so and keeps what was held before. There is no
    waiting list: a seat that somebody gives back is free at once for whoever books first. A second
    click on the seat that one has changes nothing.
    """
    hit(BOOKINGS, str(actor.pk), now=now)
    check_own_capture(actor, member, now=now)
    _lock(member, session)
    plan = _plan(member, now=now)
    held = plan.booking
    if held is not None and held.session_id == session.pk:
        return held
    check_can_book(plan, session)
    _let_go(member, actor=actor, now=now)
    free = CaptureSession.objects.filter(
        pk=session.pk,
        cancelled_at=None,
        bookable_until__gt=now,
        seats_taken__lt=F("capacity"),
    )
    if free.update(seats_taken=F("seats_taken") + 1) != 1:
        raise StaleStateError("这一场的名额刚刚约满了，请选别的场次。原来约的没有动。")
    try:
        with transaction.atomic():
            booking = CaptureBooking.objects.create(
                session=session, member=member, booked_at=now, booked_by=actor.actor_label
            )
    except IntegrityError as error:
        raise StaleStateError("你刚刚在另一个窗口约了一场，请刷新页面再看。") from error
    audit.record(
        "capturebooking.made",
        actor=actor,
        now=now,
        obj=booking,
        subject=member.record,
        details={"session": session.pk, "moved": held is not None},
    )
    return booking


@transaction.atomic
def give_back_seat(*, member: CampaignMember, actor: User, now: datetime) -> CaptureBooking:
    """Give the seat back before the session begins; it is free for others at once."""
    hit(BOOKINGS, str(actor.pk), now=now)
    check_own_capture(actor, member, now=now)
    booking = CaptureBooking.objects.filter(member=member, ended_at=None).first()
    if booking is None:
        raise StaleStateError("你现在没有约补拍。")
    _lock(member, booking.session)
    if booking.session.starts_at <= now:
        raise NotAllowedError("这一场已经开始，不能取消了。去不了也没关系，可以再约下一场。")
    _end(booking, BookingEnd.GIVEN_BACK, actor=actor, now=now)
    audit.record(
        "capturebooking.given_back",
        actor=actor,
        now=now,
        obj=booking,
        subject=member.record,
        details={"session": booking.session_id},
    )
    return booking


@transaction.atomic
def take_leave(
    *,
    member: CampaignMember,
    session: CaptureSession,
    reason: str,
    actor: User,
    now: datetime,
) -> CaptureAbsence:
    """Say before the class's session is over that one cannot come; make-up sessions open at once."""
    hit(BOOKINGS, str(actor.pk), now=now)
    check_own_capture(actor, member, now=now)
    plan = _plan(member, now=now)
    if not reason.strip():
        raise InvalidInputError("请写明为什么去不了。", field="reason")
    if len(reason.strip()) > LEAVE_LONGEST:
        raise InvalidInputError(f"原因最多 {LEAVE_LONGEST} 个字。", field="reason")
    if plan.visit is not None:
        raise NotAllowedError("你已经拍过，不用请假。")
    if session not in plan.coming:
        raise StaleStateError("这一场已经结束，或者不是你们班的。没拍上可以约补拍。")
    try:
        with transaction.atomic():
            absence = CaptureAbsence.objects.create(
                session=session,
                member=member,
                reason=reason.strip(),
                told_at=now,
                told_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("这一场你已经请过假。") from error
    audit.record(
        "captureabsence.told",
        actor=actor,
        now=now,
        obj=absence,
        subject=member.record,
        details={"session": session.pk},
    )
    return absence


@transaction.atomic
def withdraw_leave(
    *, member: CampaignMember, session: CaptureSession, actor: User, now: datetime
) -> CaptureAbsence:
    """Come after all, as long as the session is not over."""
    hit(BOOKINGS, str(actor.pk), now=now)
    check_own_capture(actor, member, now=now)
    absence = CaptureAbsence.objects.filter(
        member=member, session=session, withdrawn_at=None
    ).first()
    if absence is None:
        raise StaleStateError("这一场你没有请假。")
    if session.ends_at <= now:
        raise NotAllowedError("这一场已经结束，请约补拍。")
    there = CaptureAbsence.objects.filter(pk=absence.pk, withdrawn_at=None)
    if there.update(withdrawn_at=now, withdrawn_by=actor.actor_label) != 1:
        raise StaleStateError("请假刚刚已经撤回了。")
    absence.refresh_from_db()
    audit.record(
        "captureabsence.withdrawn",
        actor=actor,
        now=now,
        obj=absence,
        subject=member.record,
        details={"session": session.pk},
    )
    return absence


def release_seat(*, member: CampaignMember, actor: Actor, now: datetime) -> None:
    """Free the seat of who need not be photographed; in the caller's transaction."""
    held = CaptureBooking.objects.filter(member=member, ended_at=None).select_related("session")
    booking = held.first()
    if booking is None:
        return
    _lock(member, booking.session)
    is_over = booking.session.ends_at <= now
    _end(booking, BookingEnd.OVER if is_over else BookingEnd.WAIVED, actor=actor, now=now)


def _plan(member: CampaignMember, *, now: datetime) -> CapturePlan:
    plan = plan_of(member.record, now=now)
    if plan is None or plan.member != member:
        raise NotAllowedError("现在不用拍照。")
    return plan


def _lock(member: CampaignMember, wanted: CaptureSession) -> None:
    """Both sessions in one order, so that two who change places wait and never block each other."""
    held = CaptureBooking.objects.filter(member=member, ended_at=None).values("session")
    ids = {wanted.pk, *held.values_list("session", flat=True)}
    list(CaptureSession.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _let_go(member: CampaignMember, *, actor: User, now: datetime) -> None:
    """End what is held: a seat that can still be used is free again, a past one is history."""
    held = (
        CaptureBooking.objects.filter(member=member, ended_at=None)
        .select_related("session")
        .first()
    )
    if held is not None:
        is_over = held.session.ends_at <= now
        _end(held, BookingEnd.OVER if is_over else BookingEnd.MOVED, actor=actor, now=now)


def _end(booking: CaptureBooking, reason: BookingEnd, *, actor: Actor, now: datetime) -> None:
    there = CaptureBooking.objects.filter(pk=booking.pk, ended_at=None)
    if there.update(ended_at=now, ended_by=actor.actor_label, end_reason=reason) != 1:
        raise StaleStateError("你的预约刚刚有了变化，请刷新页面再看。")
    if reason is not BookingEnd.OVER:
        CaptureSession.objects.filter(pk=booking.session_id).update(
            seats_taken=F("seats_taken") - 1
        )
    booking.refresh_from_db()
