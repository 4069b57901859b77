"""The timetable of taking photos: sessions are made, moved, cancelled, and missed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from enrollment.models import ClassGroup
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureBooking,
    CapturePlace,
    CaptureSession,
)
from imaging.policies import check_can_run_capture
from imaging.selectors.capture_desk import expected_members, missing_members
from imaging.services.capture_notices import session_params, tell_members, tell_planned
from imaging.states import BookingEnd, ConclusionKind, SessionKind

__all__ = ["SessionTerms", "cancel_session", "create_session", "move_session", "tell_missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """When, where, for how many, and what people must know before they come."""

    place: CapturePlace
    starts_at: datetime
    ends_at: datetime
    capacity: int | None = None
    bookable_until: datetime | None = None
    bring: str = ""
    wear: str = ""
    note: str = ""
    has_fee: bool | None = None
    fee_text: str = ""


@transaction.atomic
def create_session(
    *,
    campaign: Campaign,
    kind: SessionKind,
    terms: SessionTerms,
    class_groups: Collection[ClassGroup],
    actor: Actor,
    now: datetime,
) -> CaptureSession:
    """A session of a campaign; with the class of nobody for a make-up that is open to all.

    A make-up needs seats, and may be booked until it begins unless an earlier moment is given. Whom
    the session concerns is told in the same transaction.
    """
    check_can_run_capture(actor)
    if ConclusionKind.PHOTO not in campaign.asked:
        raise NotAllowedError("这个批次不要照片，不用安排拍照。")
    if kind == SessionKind.CLASS and not class_groups:
        raise InvalidInputError("集中拍照要选班级。", field="class_groups")
    values = _checked(kind, terms, now=now)
    if not terms.place.is_used:
        raise InvalidInputError("这个地点已经不用了，请选别的。", field="place")
    session = CaptureSession.objects.create(
        campaign=campaign, kind=kind, created_at=now, created_by=actor.actor_label, **values
    )
    session.class_groups.set(class_groups)
    told = tell_planned(session, now=now)
    audit.record(
        "capturesession.created",
        actor=actor,
        now=now,
        obj=session,
        details={**_shown(session), "classes": len(class_groups), "members": told},
    )
    return session


@transaction.atomic
def move_session(
    *, session: CaptureSession, terms: SessionTerms, actor: Actor, now: datetime, reason: str
) -> CaptureSession:
    """Another place, time or number of seats; whoever is expected is told when place or time changed.

    Seats that are taken stay taken: there are never fewer seats than bookings.
    """
    check_can_run_capture(actor)
    reason = _reason(reason)
    before = _shown(session)
    is_elsewhere = (session.place_id, session.starts_at, session.ends_at) != (
        terms.place.pk,
        terms.starts_at,
        terms.ends_at,
    )
    values = _checked(SessionKind(session.kind), terms, now=now)
    current = _held_still(session)
    if terms.capacity is not None and terms.capacity < current.seats_taken:
        raise InvalidInputError(
            f"已经约出去 {current.seats_taken} 个，名额不能更少。", field="capacity"
        )
    CaptureSession.objects.filter(pk=session.pk).update(**values)
    session.refresh_from_db()
    told = 0
    if is_elsewhere:
        told = tell_members(
            expected_members(session, now=now),
            template="capture_moved",
            key=f"capture-moved:{session.pk}:{now.isoformat()}",
            params=session_params(session) | {"reason": reason},
            now=now,
        )
    audit.record(
        "capturesession.moved",
        actor=actor,
        now=now,
        obj=session,
        reason=reason,
        details={"before": before, "after": _shown(session), "members": told},
    )
    return session


def _held_still(session: CaptureSession) -> CaptureSession:
    """The session as the caller saw it, locked, so that no seat is taken between looking and writing."""
    current = (
        CaptureSession.objects.select_for_update()
        .filter(
            pk=session.pk,
            cancelled_at=None,
            place=session.place_id,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
        )
        .first()
    )
    if current is None:
        raise StaleStateError("这一场刚刚被别人改过，请刷新页面再看。")
    return current


@transaction.atomic
def cancel_session(
    *, session: CaptureSession, actor: Actor, now: datetime, reason: str
) -> CaptureSession:
    """The session does not take place: bookings end, everybody expected is told what to do."""
    check_can_run_capture(actor)
    reason = _reason(reason)
    if session.ends_at <= now:
        raise NotAllowedError("这一场已经结束，不能取消。")
    there = CaptureSession.objects.filter(pk=session.pk, cancelled_at=None)
    if there.update(cancelled_at=now, cancelled_by=actor.actor_label, cancel_reason=reason) != 1:
        raise StaleStateError("这一场已经取消了。")
    expected = list(expected_members(session, now=now).values_list("pk", flat=True))
    CaptureBooking.objects.filter(session=session, ended_at=None).update(
        ended_at=now, ended_by=actor.actor_label, end_reason=BookingEnd.CANCELLED
    )
    CaptureSession.objects.filter(pk=session.pk).update(seats_taken=0)
    session.refresh_from_db()
    told = tell_members(
        CampaignMember.objects.filter(pk__in=expected),
        template="capture_cancelled",
        key=f"capture-cancelled:{session.pk}",
        params=session_params(session) | {"reason": reason},
        now=now,
    )
    audit.record(
        "capturesession.cancelled",
        actor=actor,
        now=now,
        obj=session,
        reason=reason,
        details={"members": told},
    )
    return session


@transaction.atomic
def tell_missing(*, session: CaptureSession, actor: Actor, now: datetime) -> int:
    """Tell those who did not come, and were photographed nowhere else, to book a make-up; once each."""
    check_can_run_capture(actor)
    if now < session.ends_at:
        raise NotAllowedError("这一场还没结束，还不知道谁没到。")
    told = tell_members(
        missing_members(session, now=now),
        template="capture_missed",
        key=f"capture-missed:{session.pk}",
        params=session_params(session),
        now=now,
    )
    audit.record(
        "capturesession.missing_told", actor=actor, now=now, obj=session, details={"members": told}
    )
    return told


def _checked(kind: SessionKind, terms: SessionTerms, *, now: datetime) -> dict[str, Any]:
    """The columns of the terms, or which of them cannot be."""
    if not terms.starts_at < terms.ends_at:
        raise InvalidInputError("结束时间要晚于开始时间。", field="ends_at")
    if terms.ends_at <= now:
        raise InvalidInputError("这个时间已经过去了。", field="ends_at")
    fee_text = terms.fee_text.strip()
    if terms.has_fee and not fee_text:
        raise InvalidInputError("收费的要写怎么收，学生去以前要知道。", field="fee_text")
    if fee_text and not terms.has_fee:
        raise InvalidInputError("写了怎么收费，上面就要选“收费”。", field="fee_text")
    bookable_until = None
    if kind == SessionKind.MAKEUP:
        if not terms.capacity:
            raise InvalidInputError("补拍要写名额，至少 1 个。", field="capacity")
        bookable_until = terms.bookable_until or terms.starts_at
        if bookable_until > terms.ends_at:
            raise InvalidInputError("预约截止不能晚于这一场结束。", field="bookable_until")
    return {
        "place": terms.place,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "capacity": terms.capacity,
        "bookable_until": bookable_until,
        "bring": terms.bring.strip(),
        "wear": terms.wear.strip(),
        "note": terms.note.strip(),
        "has_fee": terms.has_fee,
        "fee_text": fee_text,
    }


def _reason(reason: str) -> str:
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    return reason.strip()


def _shown(session: CaptureSession) -> dict[str, Any]:
    return {
        "place": session.place.name,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "capacity": session.capacity,
        "fee": session.fee_words,
    }
