"""Telling students about their session: one notice and one mail or SMS each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from common import outbox
from common.models import Channel, OutboxMessage
from common.outbox import Message
from imaging.models import CampaignMember, CaptureSession
from imaging.selectors.capture_desk import to_be_told
from imaging.states import SessionKind

__all__ = ["last_look", "session_params", "tell_members", "tell_planned"]

_PLANNED: Final[Mapping[str, str]] = {
    SessionKind.CLASS: "capture_planned",
    SessionKind.MAKEUP: "capture_makeup",
}
_PLANNED_KEY: Final = "capture-planned:"


def tell_members(
    members: QuerySet[CampaignMember],
    *,
    template: str,
    key: str,
    params: Mapping[str, Any],
    now: datetime,
) -> int:
    """Queue the message for every member with an account, in the caller's transaction; returns how many.

    `key` makes it idempotent: the same thing is told to a member once. Whose family is to be left in
    peace is not among the members that selectors give.
    """
    people = members.filter(record__binding__isnull=False).values_list(
        "pk",
        "record__binding__identity__user_id",
        "record__binding__identity__user__email",
    )
    messages = [
        Message(
            key=f"{key}:{member_id}:{channel}",
            channel=channel,
            template=template,
            user_id=user_id,
            params=params,
        )
        for member_id, user_id, email in people.order_by("pk")
        for channel in (Channel.NOTICE, Channel.EMAIL if email else Channel.SMS)
    ]
    outbox.queue_many(messages, now=now, is_awaited=False)
    return len(messages) // 2


def tell_planned(session: CaptureSession, *, now: datetime) -> int:
    """Tell whom a new session concerns when and where it is, once each; returns how many."""
    return tell_members(
        to_be_told(session, now=now),
        template=_PLANNED[session.kind],
        key=f"{_PLANNED_KEY}{session.pk}",
        params=session_params(session),
        now=now,
    )


def last_look(message: OutboxMessage, *, now: datetime) -> dict[str, Any] | None:
    """What a new session is by now; None when it was cancelled, is over, or can no more be booked."""
    number = message.key.removeprefix(_PLANNED_KEY).partition(":")[0]
    session = (
        CaptureSession.objects.filter(pk=int(number), cancelled_at=None, ends_at__gt=now)
        .select_related("campaign", "place")
        .first()
    )
    if session is None:
        return None
    if session.kind == SessionKind.MAKEUP and not session.is_bookable_at(now):
        return None
    return session_params(session)


def session_params(session: CaptureSession) -> dict[str, Any]:
    """What messages say of a session."""
    until = session.bookable_until
    return {
        "campaign": session.campaign.title,
        "kind": session.get_kind_display(),
        "place": session.place.name,
        "address": session.place.address,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "bookable_at": until.isoformat() if until else "",
    }
