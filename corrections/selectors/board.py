"""The boards of monitor, counsellor and college: their classes with progress, and one class close up."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from accounts.policies import is_registrar
from common.components import BurnUp, MeterCounts
from common.masking import MaskKind, mask
from common.wording import local, until_sentence
from corrections.selectors.campaign_board import CurveDay, campaign_curve, curve_days
from corrections.selectors.cases import Case, detailed_cases, plain_cases
from corrections.selectors.scope import Sight, sight_of
from corrections.selectors.standing import Standing, class_standings, is_pending, meter_counts
from enrollment.models import ClassGroup
from enrollment.selectors import classes_of, is_counsellor_of
from enrollment.selectors.roster_coverage import records_missing_in
from imaging.models import Campaign, CampaignMember
from imaging.selectors import (
    ClassProgress,
    SheetMoments,
    class_progress,
    has_begun,
    sheet_moments,
)
from imaging.states import CampaignKind

_WHAT: dict[str, str] = {
    CampaignKind.GRADUATION: "届毕业照片核对",
    CampaignKind.FRESHMAN: "届学籍信息核对",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One class on a board, in its newest campaign."""

    class_group: ClassGroup
    progress: ClassProgress

    @property
    def done(self) -> int:
        """How many have nothing left to check."""
        counts = self.progress.counts
        return counts.total - counts.todo - counts.blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Somebody who still has something to check, and what."""

    student_no: str
    name: str
    missing: str
    enter_for: int | None = None  # the member that this reader may enter a conclusion for

    @property
    def note(self) -> str:
        """The caption under the name."""
        return f"{self.student_no}，{self.missing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassBoard:
    """One class in one campaign for one reader."""

    campaign: Campaign
    class_group: ClassGroup
    closes_at: datetime
    sheet: SheetMoments
    counts: MeterCounts
    awaited: tuple[Awaited, ...]
    proxied: tuple[str, ...]
    reminder: str
    cases: tuple[Case, ...]
    chart: BurnUp | None
    days: tuple[CurveDay, ...]
    sees_details: bool


def classes_on_board(user: User, *, now: datetime) -> QuerySet[ClassGroup]:
    """The classes that the person may look at and that are in a campaign which has opened."""
    members = CampaignMember.objects.filter(
        has_begun(now), class_group=OuterRef("pk"), removed_at=None
    )
    return classes_of(user, now=now).filter(Exists(members))


def board_rows(classes: list[ClassGroup], *, now: datetime) -> list[BoardRow]:
    """The given classes with their progress, in the given order, in one query."""
    found = {progress.class_group_id: progress for progress in class_progress(classes, now=now)}
    return [
        BoardRow(class_group=class_group, progress=found[class_group.pk])
        for class_group in classes
        if class_group.pk in found
    ]


def class_board(
    *, campaign: Campaign, class_group: ClassGroup, viewer: User, now: datetime
) -> ClassBoard | None:
    """How far the class is, who is awaited, what is wrong; None for a stranger.

    A monitor reads who is done, who is not, and what was reported by its label.
    """
    sight = sight_of(viewer, class_group, now=now)
    if sight is None:
        return None
    people = class_standings(campaign=campaign, class_group=class_group, now=now)
    waited = [person for person in people if person.is_awaited]
    is_detailed = sight is Sight.DETAILS
    absent = records_missing_in(class_group)
    # The class's own deadline: one student with more time does not move it.
    closes_at = min((person.found.closes_at for person in people), default=campaign.closes_at)
    may_enter = campaign.opens_at <= now and (
        is_registrar(viewer) or is_counsellor_of(viewer, class_group, now=now)
    )
    counts = meter_counts(people)
    chart = _chart(campaign, people, total=counts.total, closes_at=closes_at, now=now)
    return ClassBoard(
        campaign=campaign,
        class_group=class_group,
        closes_at=closes_at,
        sheet=sheet_moments(campaign, class_group),
        counts=counts,
        awaited=tuple(
            _awaited(
                person,
                is_missing=is_detailed and person.found.record_id in absent,
                may_enter=may_enter,
            )
            for person in waited
        ),
        proxied=tuple(person.found.name for person in people if person.is_proxy),
        reminder=reminder_text(campaign, waited, closes_at=closes_at, now=now) if waited else "",
        cases=tuple(detailed_cases(people) if is_detailed else plain_cases(people)),
        chart=chart,
        days=curve_days(chart),
        sees_details=is_detailed,
    )


def _awaited(person: Standing, *, is_missing: bool, may_enter: bool) -> Awaited:
    photo, data = person.found.photo, person.found.data
    match photo.is_asked and is_pending(photo), is_pending(data):
        case True, True:
            missing = "两项都没核"
        case True, False:
            missing = "照片没核"
        case _:
            missing = "信息没核"
    if person.found.round_no > 1:
        missing = f"{missing}（第 {person.found.round_no} 轮）"
    if is_missing:
        missing = f"{missing}，不在最新名册"
    return Awaited(
        enter_for=person.found.member_id if may_enter else None,
        student_no=person.found.student_no,
        name=person.found.name,
        missing=missing
        if person.found.has_photo or not photo.is_asked
        else f"{missing}，还没有照片",
    )


def reminder_text(
    campaign: Campaign, people: list[Standing], *, closes_at: datetime, now: datetime
) -> str:
    """A text for the class chat with masked names: what, until when, who, and what never to give away."""
    names = "、".join(mask(person.found.name, MaskKind.NAME) for person in people)
    until = until_sentence(closes_at)
    deadline = f"{until} 截止" if now < closes_at else f"{until} 已经截止"
    return (
        f"各位同学：{campaign.graduating_class} {_WHAT[campaign.kind]}，{deadline}。\n"
        f"还没核完的 {len(people)} 位：{names}。\n"
        "请本人登录学校的核对网站，大约三分钟。"
        "不要把密码和验证码给任何人，班长和老师也不要给。"
    )


def _chart(
    campaign: Campaign, people: list[Standing], *, total: int, closes_at: datetime, now: datetime
) -> BurnUp | None:
    """How many were done by the end of each day, from the first day to today; None before it."""
    days = Counter(local(person.done_at).date() for person in people if person.done_at)
    return campaign_curve(
        sorted(days.items()),
        total=total,
        opens_at=campaign.opens_at,
        closes_at=closes_at,
        now=now,
    )
