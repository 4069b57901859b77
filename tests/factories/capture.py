"""Places, sessions, tickets, and who came."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from enrollment.models import ClassGroup
from imaging.identity import new_ticket_code
from imaging.models import (
    Campaign,
    CampaignMember,
    CapturePlace,
    CaptureSession,
    CaptureTicket,
    CaptureVisit,
)
from imaging.states import PlaceKind, SessionKind

_serial = count(1)
HOUR = timedelta(hours=1)


def make_place(**fields: Any) -> CapturePlace:
    """A room on the campus of 远山大学."""
    values: dict[str, Any] = {
        "kind": PlaceKind.CAMPUS,
        "name": f"图书馆 {100 + next(_serial)}",
        "address": "远山路 1 号",
        **fields,
    }
    return CapturePlace.objects.create(**values)


def make_session(
    campaign: Campaign,
    kind: SessionKind = SessionKind.CLASS,
    *,
    starts_at: datetime,
    classes: Iterable[ClassGroup | None] = (),
    **fields: Any,
) -> CaptureSession:
    """Three hours of photos; a make-up has two seats and is booked until it begins."""
    values: dict[str, Any] = {
        "place": fields.pop("place", None) or make_place(),
        "ends_at": starts_at + 3 * HOUR,
        "created_at": starts_at - timedelta(days=20),
        "created_by": "测试",
    }
    if kind == SessionKind.MAKEUP:
        values |= {"capacity": 2, "bookable_until": starts_at}
    session = CaptureSession.objects.create(
        campaign=campaign, kind=kind, starts_at=starts_at, **{**values, **fields}
    )
    session.class_groups.set([each for each in classes if each is not None])
    return session


def make_ticket(member: CampaignMember, **fields: Any) -> CaptureTicket:
    """The member's ticket."""
    values: dict[str, Any] = {
        "code": new_ticket_code(),
        "issued_at": member.added_at,
        "issued_by": "测试",
        **fields,
    }
    return CaptureTicket.objects.create(campaign=member.campaign, record=member.record, **values)


def make_visit(
    session: CaptureSession, member: CampaignMember, *, at: datetime, **fields: Any
) -> CaptureVisit:
    """The member was seen at the counter."""
    ticket = CaptureTicket.objects.filter(
        campaign=member.campaign, record=member.record, voided_at=None
    ).first()
    values: dict[str, Any] = {"ticket": ticket or make_ticket(member), **fields}
    return CaptureVisit.objects.create(
        session=session, member=member, arrived_at=at, arrived_by="测试", **values
    )
