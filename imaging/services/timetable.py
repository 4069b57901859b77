"""Moving the moments of a campaign: all at once, for one school, later, ended early, opened again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.wording import moment_field
from enrollment.models import School
from imaging.models import PHASES, Campaign, CampaignMember, SchoolTimetable, Timetable
from imaging.policies import check_can_manage_campaigns
from imaging.services.deadline_notices import deadlines_awaited, tell_more_time
from imaging.services.deadlines import apply_deadlines

__all__ = [
    "close_campaign",
    "extend_campaign",
    "extended",
    "move_timetable",
    "reopen_campaign",
    "set_school_timetable",
]

_OVER: Final = "这个批次已经结束。要再收结论，请先“重新开放批次”。"
_MOVED: Final = "这个批次的时间刚刚被别人改过，请刷新页面再看。"
_CLOSING: Final = ("closes_at", "sheet_freeze_at", "hand_in_at", "ends_at")


def extended(timetable: Timetable, *, closes_at: datetime) -> Timetable:
    """The timetable with a later deadline; freeze, hand-in and end move along by the same time."""
    more = closes_at - timetable.closes_at
    return replace(
        timetable,
        closes_at=closes_at,
        sheet_freeze_at=timetable.sheet_freeze_at + more,
        hand_in_at=timetable.hand_in_at and timetable.hand_in_at + more,
        ends_at=timetable.ends_at and timetable.ends_at + more,
    )


@transaction.atomic
def move_timetable(
    *,
    campaign: Campaign,
    timetable: Timetable,
    actor: Actor,
    now: datetime,
    reason: str,
    graduation_date: date | None = None,
) -> Campaign:
    """Give the campaign these moments; members' own moments and unlocked conclusions follow at once.

    What is locked stays locked. StaleStateError when somebody has moved them since `campaign` was read.
    """
    check_can_manage_campaigns(actor)
    if campaign.closed_at is not None:
        raise NotAllowedError(_OVER)
    frozen = timetable.sheet_freeze_at
    if frozen != campaign.sheet_freeze_at and frozen < now:
        _check(timetable)
        raise InvalidInputError("反馈表定稿时间不能改到过去。", field="sheet_freeze_at")
    return _give(
        campaign,
        timetable,
        actor=actor,
        now=now,
        reason=reason,
        action="deadlines_moved",
        extra={"graduation_date": graduation_date} if graduation_date else None,
    )


@transaction.atomic
def extend_campaign(
    *, campaign: Campaign, timetable: Timetable, actor: Actor, now: datetime, reason: str
) -> Campaign:
    """More time for everybody: a later deadline, and nothing after it comes forward.

    A school with moments of its own gets at least the new ones. Who still owes a conclusion is told.
    """
    check_can_manage_campaigns(actor)
    if campaign.is_over_at(now):
        raise NotAllowedError(_OVER)
    if timetable.closes_at <= max(campaign.closes_at, now):
        raise InvalidInputError(
            f"要晚于现在的截止时间 {moment_field(campaign.closes_at)}，也要晚于此刻。",
            field="closes_at",
        )
    for name in _CLOSING[1:]:
        old, new = getattr(campaign, name), getattr(timetable, name)
        if old is not None and (new is None or new < old):
            raise InvalidInputError(f"延期时，{PHASES[name]}不能提前。", field=name)
    for own in campaign.school_timetables.all():
        later = {
            name: max(getattr(own, name), getattr(timetable, name) or getattr(own, name))
            for name in _CLOSING
            if getattr(own, name) is not None
        }
        SchoolTimetable.objects.filter(pk=own.pk).update(**later)
    return _give(campaign, timetable, actor=actor, now=now, reason=reason, action="extended_whole")


@transaction.atomic
def close_campaign(*, campaign: Campaign, actor: Actor, now: datetime, reason: str) -> Campaign:
    """End a campaign before its time: no conclusion is given any more, what was given locks now.

    Extensions granted before end with it; one granted afterwards counts again.
    """
    check_can_manage_campaigns(actor)
    if campaign.is_over_at(now):
        raise StaleStateError("这个批次已经结束了。")
    if now <= campaign.opens_at:
        raise NotAllowedError("还没开始的批次不用结束，移动时间就行。")
    for own in campaign.school_timetables.all():
        _bring_forward(own, now)
    ended = {
        name: now
        for name in _CLOSING
        if name == "ends_at" or (getattr(campaign, name) or now) > now
    }
    timetable = campaign.timetable.with_moments(ended)
    return _give(
        campaign,
        timetable,
        actor=actor,
        now=now,
        reason=reason,
        action="closed",
        extra={"closed_at": now, "closed_by": actor.actor_label},
    )


def _bring_forward(own: SchoolTimetable, now: datetime) -> None:
    """A school's moments that were still to come are now, too; one that had not begun falls in line."""
    later: dict[str, datetime | None] = {
        name: now
        for name in _CLOSING
        if getattr(own, name) is not None and getattr(own, name) > now
    }
    if own.opens_at is not None and own.opens_at >= now:
        later |= {"opens_at": None, "publishes_at": None}
    if later:
        SchoolTimetable.objects.filter(pk=own.pk).update(**later)


@transaction.atomic
def reopen_campaign(
    *, campaign: Campaign, timetable: Timetable, actor: Actor, now: datetime, reason: str
) -> Campaign:
    """Take conclusions again after the deadline or the end, until the new one.

    What is locked stays locked; who missed it may conclude, and is told. Moments of a school that
    have passed give way to the campaign's.
    """
    check_can_manage_campaigns(actor)
    if campaign.closes_at > now and not campaign.is_over_at(now):
        raise NotAllowedError("这个批次还在进行，不用重新开放；要多给时间，请用“整体延期”。")
    if timetable.closes_at <= now:
        raise InvalidInputError("新的学生截止时间要在此刻以后。", field="closes_at")
    for own in campaign.school_timetables.all():
        gone = {
            name: None
            for name in _CLOSING
            if getattr(own, name) is not None and getattr(own, name) <= now
        }
        if gone:
            SchoolTimetable.objects.filter(pk=own.pk).update(**gone)
    return _give(
        campaign,
        timetable,
        actor=actor,
        now=now,
        reason=reason,
        action="reopened",
        extra={"closed_at": None, "closed_by": ""},
    )


@transaction.atomic
def set_school_timetable(
    *,
    campaign: Campaign,
    school: School,
    moments: Mapping[str, datetime | None],
    actor: Actor,
    now: datetime,
    reason: str,
) -> SchoolTimetable | None:
    """Give one school moments of its own; None in all of them takes them away again.

    The school's members and their unlocked conclusions follow at once.
    """
    check_can_manage_campaigns(actor)
    _check_reason(reason)
    if campaign.is_over_at(now):
        raise NotAllowedError(_OVER)
    if not campaign.schools.filter(pk=school.pk).exists():
        raise InvalidInputError("这所学校不在这个批次里。", field="school")
    own = {name: moments.get(name) for name in PHASES}
    _check(campaign.timetable.with_moments(own))
    former = SchoolTimetable.objects.filter(campaign=campaign, school=school).first()
    before = {name: getattr(former, name) for name in PHASES} if former else {}
    freeze = own["sheet_freeze_at"]
    if freeze is not None and freeze < now and freeze != before.get("sheet_freeze_at"):
        raise InvalidInputError("反馈表定稿时间不能改到过去。", field="sheet_freeze_at")
    members = campaign.members.filter(record__school=school)
    awaited = deadlines_awaited(members)
    signed = {"reason": reason.strip(), "set_at": now, "set_by": actor.actor_label}
    row = _put(campaign, school, former, {**own, **signed}) if any(own.values()) else None
    if row is None and former is not None:
        former.delete()
    moved, locks = apply_deadlines(campaign, _by_key(members), now=now)
    audit.record(
        "campaign.school_timed",
        actor=actor,
        now=now,
        obj=campaign,
        reason=reason.strip(),
        details={
            "school": str(school),
            "before": _named(before),
            "after": _named(own),
            "members": moved,
            "locks": locks,
            "told": tell_more_time(awaited, now=now),
        },
    )
    return row


def _put(
    campaign: Campaign,
    school: School,
    former: SchoolTimetable | None,
    values: Mapping[str, Any],
) -> SchoolTimetable:
    """The school's row with these values; StaleStateError when somebody has set it meanwhile."""
    if former is None:
        row, is_new = SchoolTimetable.objects.get_or_create(
            campaign=campaign, school=school, defaults=dict(values)
        )
        if not is_new:
            raise StaleStateError(_MOVED)
        return row
    unmoved = SchoolTimetable.objects.filter(pk=former.pk, set_at=former.set_at)
    if unmoved.update(**values) != 1:
        raise StaleStateError(_MOVED)
    former.refresh_from_db()
    return former


def _give(
    campaign: Campaign,
    timetable: Timetable,
    *,
    actor: Actor,
    now: datetime,
    reason: str,
    action: str,
    extra: Mapping[str, Any] | None = None,
) -> Campaign:
    """Write the moments by compare-and-swap, and let everything that hangs on them follow."""
    _check_reason(reason)
    _check(timetable)
    for own in campaign.school_timetables.select_related("school"):
        own.campaign = campaign
        merged = timetable.with_moments({name: getattr(own, name) for name in PHASES})
        if problem := merged.problem():
            raise InvalidInputError(
                f"{own.school.name}有单独的时间，这样改就不成顺序：{problem[1]}"
                "请先改那所学校的时间。",
                field=problem[0],
            )
    former = campaign.timetable
    unmoved = Campaign.objects.filter(
        pk=campaign.pk, closed_at=campaign.closed_at, **former.moments
    )
    if unmoved.update(**timetable.moments, **(extra or {})) != 1:
        raise StaleStateError(_MOVED)
    awaited = deadlines_awaited(campaign.members.all())
    campaign.refresh_from_db()
    members, locks = apply_deadlines(campaign, campaign.members.all(), now=now)
    audit.record(
        f"campaign.{action}",
        actor=actor,
        now=now,
        obj=campaign,
        reason=reason.strip(),
        details={
            "before": _named(former.moments),
            "after": _named(timetable.moments),
            "members": members,
            "locks": locks,
            "told": tell_more_time(awaited, now=now),
        },
    )
    return campaign


def _by_key(members: QuerySet[CampaignMember]) -> QuerySet[CampaignMember]:
    """The same members without a join, as an UPDATE needs them."""
    return CampaignMember.objects.filter(pk__in=members.order_by().values("pk"))


def _check(timetable: Timetable) -> None:
    if problem := timetable.problem():
        raise InvalidInputError(problem[1], field=problem[0])


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")


def _named(moments: Mapping[str, datetime | None]) -> dict[str, str]:
    return {name: at.isoformat() for name, at in moments.items() if at is not None}
