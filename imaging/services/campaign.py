"""Campaigns: who takes part, from when to when, and extensions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.inserting import insert_from
from common.rehearsal import REHEARSAL_MARK
from common.wording import moment_field
from enrollment.models import ClassGroup, School, StudentRecord
from imaging.models import Campaign, CampaignMember, Extension, PhotoProfile, Timetable
from imaging.policies import check_can_manage_campaigns
from imaging.selectors.campaigns import records_to_propose
from imaging.selectors.timetables import timetable_of
from imaging.services.deadline_notices import deadlines_awaited, tell_more_time
from imaging.services.deadlines import apply_deadlines
from imaging.services.reminder_plan import plan_by_default
from imaging.services.rounds import open_first_rounds
from imaging.services.seats import free_seats
from imaging.services.terms import check_reasons, check_texts
from imaging.services.timetable import move_timetable
from imaging.states import CampaignKind, PhotoReason

__all__ = [
    "add_member",
    "create_campaign",
    "grant_extension",
    "move_deadlines",
    "propose_members",
    "remove_member",
]

_NO_PHASES: Final[Mapping[str, datetime | None]] = MappingProxyType({})


@transaction.atomic
def create_campaign(  # noqa: PLR0913 -- a campaign has this many settings
    *,
    title: str,
    kind: CampaignKind,
    graduating_class: int,
    schools: Collection[School],
    opens_at: datetime,
    closes_at: datetime,
    sheet_freeze_at: datetime,
    profile: PhotoProfile,
    actor: Actor,
    now: datetime,
    window_hours: int = 24,
    recheck_hours: int = 72,
    photo_reasons: Sequence[PhotoReason] = (),
    usage_text: str | None = None,
    silence_text: str = "",
    help_text: str = "",
    graduation_date: date | None = None,
    phases: Mapping[str, datetime | None] = _NO_PHASES,
    is_rehearsal: bool = False,
) -> Campaign:
    """A campaign without members yet; its moments must follow each other.

    `phases` holds those that need not be fixed: capture, publication, hand-in, end.
    """
    check_can_manage_campaigns(actor)
    timetable = Timetable(
        opens_at=opens_at, closes_at=closes_at, sheet_freeze_at=sheet_freeze_at
    ).with_moments(phases)
    _check(timetable)
    if not title.strip():
        raise InvalidInputError("请填写批次名称。", field="title")
    if not schools:
        raise InvalidInputError("请选择至少一所学校。", field="schools")
    title = _marked(title.strip(), schools, is_rehearsal=is_rehearsal)
    texts = {"silence_text": silence_text.strip(), "help_text": help_text.strip()}
    if usage_text and usage_text.strip():
        texts["usage_text"] = usage_text.strip()
    check_texts(CampaignKind(kind), texts)
    check_reasons(photo_reasons, {})
    campaign = Campaign.objects.create(
        title=title,
        is_rehearsal=is_rehearsal,
        kind=kind,
        graduating_class=graduating_class,
        graduation_date=graduation_date,
        window_hours=window_hours,
        recheck_hours=recheck_hours,
        profile=profile,
        photo_reasons=list(photo_reasons),
        created_at=now,
        created_by=actor.actor_label,
        **texts,
        **timetable.moments,
    )
    campaign.schools.set(schools)
    plan_by_default(campaign, actor=actor, now=now)
    audit.record("campaign.created", actor=actor, now=now, obj=campaign, details=_moments(campaign))
    return campaign


@transaction.atomic
def propose_members(*, campaign: Campaign, actor: Actor, now: datetime) -> int:
    """Add every enrolled record of the campaign's schools and 届 that is not in it; returns how many.

    Whom staff removed stays out. A second call adds nobody twice.
    """
    check_can_manage_campaigns(actor)
    insert_from(
        CampaignMember,
        records_to_propose(campaign, now=now),
        {
            "campaign_id": campaign.pk,
            "record_id": F("pk"),
            "class_group_id": F("class_group_id"),
            "closes_at": campaign.closes_at,
            "sheet_freeze_at": campaign.sheet_freeze_at,
            "added_at": now,
            "added_by": actor.actor_label,
        },
        unique=("campaign_id", "record_id"),
    )
    added = open_first_rounds(campaign, actor=actor, now=now)
    if campaign.extensions.exists() or campaign.school_timetables.exists():
        apply_deadlines(campaign, campaign.members.filter(added_at=now), now=now)
    if added:
        audit.record(
            "campaign.members_proposed",
            actor=actor,
            now=now,
            obj=campaign,
            details={"added": added},
        )
    return added


@transaction.atomic
def add_member(
    *, campaign: Campaign, record: StudentRecord, actor: Actor, now: datetime, reason: str = ""
) -> CampaignMember:
    """Put one record in the campaign, also one that was removed before; harmless when it is in."""
    check_can_manage_campaigns(actor)
    if campaign.is_rehearsal and not record.school.is_demo:
        raise InvalidInputError("演练批次里只能有演示学校的人，不能加入真的学籍。")
    member = CampaignMember.objects.filter(campaign=campaign, record=record).first()
    if member is not None and member.removed_at is None:
        return member
    if member is None:
        member = _new_member(campaign, record.pk, record.class_group_id, actor=actor, now=now)
        member.save(force_insert=True)
        open_first_rounds(campaign, actor=actor, now=now)
    else:
        back = CampaignMember.objects.filter(pk=member.pk, removed_at=member.removed_at)
        if (
            back.update(
                removed_at=None, removed_by="", removed_for="", class_group=record.class_group_id
            )
            != 1
        ):
            raise StaleStateError("这名学生刚刚有了变化，请刷新页面再看。")
    apply_deadlines(campaign, CampaignMember.objects.filter(pk=member.pk), now=now)
    member.refresh_from_db()
    audit.record(
        "campaign.member_added", actor=actor, now=now, obj=member, subject=record, reason=reason
    )
    return member


@transaction.atomic
def remove_member(
    *, member: CampaignMember, actor: Actor, now: datetime, reason: str
) -> CampaignMember:
    """Take a record out of the campaign; its rounds stay as they are and count no longer."""
    check_can_manage_campaigns(actor)
    if not reason.strip():
        raise InvalidInputError("请写明移出的理由。", field="reason")
    there = CampaignMember.objects.filter(pk=member.pk, removed_at=None)
    if there.update(removed_at=now, removed_by=actor.actor_label) != 1:
        raise StaleStateError("这名学生已经移出了。")
    member.refresh_from_db()
    free_seats([member], actor=actor, now=now)
    audit.record(
        "campaign.member_removed",
        actor=actor,
        now=now,
        obj=member,
        subject=member.record,
        reason=reason.strip(),
    )
    return member


@transaction.atomic
def move_deadlines(
    *,
    campaign: Campaign,
    closes_at: datetime,
    sheet_freeze_at: datetime,
    actor: Actor,
    now: datetime,
    reason: str,
    opens_at: datetime | None = None,
) -> Campaign:
    """Move the campaign's moments; members' own moments and unlocked conclusions follow at once.

    What is locked stays locked.
    """
    moved = replace(
        campaign.timetable,
        opens_at=opens_at or campaign.opens_at,
        closes_at=closes_at,
        sheet_freeze_at=sheet_freeze_at,
    )
    # What comes after is pushed along, never pulled.
    hand_in_at = moved.hand_in_at and max(moved.hand_in_at, sheet_freeze_at)
    ends_at = moved.ends_at and max(moved.ends_at, hand_in_at or sheet_freeze_at)
    return move_timetable(
        campaign=campaign,
        timetable=replace(moved, hand_in_at=hand_in_at, ends_at=ends_at),
        actor=actor,
        now=now,
        reason=reason,
    )


@transaction.atomic
def grant_extension(  # noqa: PLR0913 -- three moments and two kinds of target
    *,
    campaign: Campaign,
    closes_at: datetime,
    sheet_freeze_at: datetime,
    reason: str,
    actor: Actor,
    now: datetime,
    class_group: ClassGroup | None = None,
    record: StudentRecord | None = None,
    hand_in_at: datetime | None = None,
) -> Extension:
    """More time for one class or one student; a newer extension of the same target replaces it.

    An extension is never earlier than the moments that the campaign or the school has. Without
    `hand_in_at` a class keeps its time between freeze and hand-in. Whoever still owes a conclusion
    is told.
    """
    check_can_manage_campaigns(actor)
    members = _reached(campaign, class_group, record)
    school = class_group.school if class_group is not None else record.school if record else None
    base = timetable_of(campaign, school) if school else campaign.timetable
    _check_extension(base, closes_at, sheet_freeze_at, reason)
    if hand_in_at is None and base.hand_in_at is not None:
        hand_in_at = base.hand_in_at + (sheet_freeze_at - base.sheet_freeze_at)
    if hand_in_at is not None and hand_in_at < sheet_freeze_at:
        raise InvalidInputError("反馈表上交截止不能早于定稿时间。", field="hand_in_at")
    awaited = deadlines_awaited(members)
    extension = Extension.objects.create(
        campaign=campaign,
        class_group=class_group,
        record=record,
        closes_at=closes_at,
        sheet_freeze_at=sheet_freeze_at,
        hand_in_at=hand_in_at,
        reason=reason.strip(),
        granted_at=now,
        granted_by=actor.actor_label,
    )
    moved, locks = apply_deadlines(campaign, members, now=now)
    audit.record(
        "campaign.extended",
        actor=actor,
        now=now,
        obj=extension,
        subject=record,
        reason=reason.strip(),
        details={
            "members": moved,
            "locks": locks,
            "closes_at": closes_at.isoformat(),
            "told": tell_more_time(awaited, now=now),
        },
    )
    return extension


def _marked(title: str, schools: Collection[School], *, is_rehearsal: bool) -> str:
    """The title as it may stand: a rehearsal says so first, and has demo schools alone."""
    if not is_rehearsal:
        if title.startswith(REHEARSAL_MARK):
            raise InvalidInputError(
                f"名称以{REHEARSAL_MARK}开头的是演练批次，请勾选“演练”。", field="title"
            )
        return title
    if not all(school.is_demo for school in schools):
        raise InvalidInputError("演练批次只能选演示学校，里面不能有真的学籍。", field="schools")
    title = title if title.startswith(REHEARSAL_MARK) else f"{REHEARSAL_MARK}{title}"
    longest = Campaign._meta.get_field("title").max_length or 0  # noqa: SLF001 -- Django's public _meta
    if len(title) > longest:
        raise InvalidInputError(f"名称连同{REHEARSAL_MARK}最多 {longest} 个字。", field="title")
    return title


def _reached(
    campaign: Campaign, class_group: ClassGroup | None, record: StudentRecord | None
) -> QuerySet[CampaignMember]:
    if (class_group is None) == (record is None):
        raise InvalidInputError("延期要么给一个班，要么给一名学生。")
    target = {"record": record} if record is not None else {"class_group": class_group}
    members = campaign.members.filter(**target)
    if not members.exists():
        raise InvalidInputError("这个批次里没有这个班或这名学生。")
    return members


def _check_extension(
    base: Timetable, closes_at: datetime, sheet_freeze_at: datetime, reason: str
) -> None:
    if not reason.strip():
        raise InvalidInputError("请写明延期的理由。", field="reason")
    if closes_at < base.closes_at or sheet_freeze_at < base.sheet_freeze_at:
        raise InvalidInputError(
            "延期不能早于批次自己的时间：截止 "
            f"{moment_field(base.closes_at)}，定稿 {moment_field(base.sheet_freeze_at)}。",
            field="closes_at",
        )
    if closes_at > sheet_freeze_at:
        raise InvalidInputError("反馈表定稿时间不能早于学生截止时间。", field="sheet_freeze_at")


def _new_member(
    campaign: Campaign, record_id: int, class_id: int | None, *, actor: Actor, now: datetime
) -> CampaignMember:
    return CampaignMember(
        campaign=campaign,
        record_id=record_id,
        class_group_id=class_id,
        closes_at=campaign.closes_at,
        sheet_freeze_at=campaign.sheet_freeze_at,
        added_at=now,
        added_by=actor.actor_label,
    )


def _check(timetable: Timetable) -> None:
    if problem := timetable.problem():
        raise InvalidInputError(problem[1], field=problem[0])


def _moments(campaign: Campaign) -> dict[str, str]:
    return {name: at.isoformat() for name, at in campaign.timetable.fixed.items()}
