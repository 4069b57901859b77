"""Moving a campaign's moments at the desk: all, for everybody later, one school, ended, opened again."""

from collections.abc import Iterable, Sequence
from typing import Any

from common.admin import Act, Deed, Panel, ReasonForm, facts, moment_text
from imaging.admin.campaign_forms import ExtendAllForm, SchoolForm, TimetableForm
from imaging.models import PHASES, Campaign, CampaignMember, Timetable, VerificationConclusion
from imaging.selectors.planning import cautions
from imaging.selectors.timetables import timetable_of
from imaging.services.timetable import (
    close_campaign,
    extend_campaign,
    move_timetable,
    reopen_campaign,
    set_school_timetable,
)
from imaging.states import Conclusion

__all__ = ["TIMETABLE_DEEDS", "moments_changed", "unlocked"]


def unlocked(campaign: Campaign, act: Act, members: Iterable[int] | None = None) -> int:
    """How many conclusions of these members (all when None) are given and not locked yet."""
    rows = VerificationConclusion.objects.filter(
        round__member__campaign=campaign, round__is_current=True, locks_at__gt=act.now
    )
    if members is not None:
        rows = rows.filter(round__member__in=list(members))
    return rows.count()


def moments_changed(before: Timetable, after: Timetable, *, title: str, note: str = "") -> Panel:
    """The moments that differ, with what they were."""
    return Panel.of(
        title,
        ("时间", "现在", "改为"),
        (
            (PHASES[name], moment_text(old), moment_text(after.moments[name]))
            for name, old in before.moments.items()
            if old != after.moments[name]
        ),
        empty="没有改动",
        note=note,
    )


def _follows(campaign: Campaign, act: Act, members: Iterable[int] | None = None) -> str:
    present = campaign.members.filter(removed_at=None)
    count = present.count() if members is None else len(list(members))
    return (
        f"{count} 名成员的时间跟着变；还没锁定的 {unlocked(campaign, act, members)} 项结论"
        "按新的定稿时间重算锁定，已锁定的不变。"
    )


def _preview(campaign: Campaign, act: Act, *, note: str, title: str) -> Sequence[Panel]:
    after: Timetable = act.given["timetable"]
    before = campaign.timetable
    doubts = cautions(
        after,
        now=act.now,
        former=before,
        graduation_date=act.given.get("graduation_date") or campaign.graduation_date,
    )
    return [
        moments_changed(before, after, title=title, note=note),
        *([Panel.of("请再看一眼", (), ((each,) for each in doubts))] if doubts else []),
        facts("理由", [("理由", act.reason)]),
    ]


def _preview_move(campaign: Campaign, act: Act) -> Sequence[Panel]:
    return _preview(campaign, act, title="会移动的时间", note=_follows(campaign, act))


def _move(campaign: Campaign, act: Act) -> str:
    move_timetable(
        campaign=campaign,
        timetable=act.given["timetable"],
        graduation_date=act.given["graduation_date"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "时间已移动"


def _owing(campaign: Campaign) -> int:
    return (
        CampaignMember.objects.filter(
            campaign=campaign,
            removed_at=None,
            rounds__is_current=True,
            rounds__conclusions__state=Conclusion.PENDING,
        )
        .distinct()
        .count()
    )


def _preview_extend(campaign: Campaign, act: Act) -> Sequence[Panel]:
    note = f"{_follows(campaign, act)}还欠结论的 {_owing(campaign)} 人会收到消息（有账号的）。"
    return _preview(campaign, act, title="整体延期", note=note)


def _extend(campaign: Campaign, act: Act) -> str:
    extend_campaign(
        campaign=campaign,
        timetable=act.given["timetable"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已整体延期"


def _preview_school(campaign: Campaign, act: Act) -> Sequence[Panel]:
    school = act.given["school"]
    before = timetable_of(campaign, school)
    after: Timetable = act.given["timetable"]
    present = campaign.members.filter(removed_at=None, record__school=school)
    note = _follows(campaign, act, present.values_list("pk", flat=True))
    if not any(act.given[name] for name in PHASES):
        note = f"全部留空：这所学校不再有单独的时间，按整个批次的。{note}"
    doubts = cautions(after, now=act.now, former=before)
    return [
        moments_changed(before, after, title=f"{school.name}的时间", note=note),
        *([Panel.of("请再看一眼", (), ((each,) for each in doubts))] if doubts else []),
        facts("理由", [("理由", act.reason)]),
    ]


def _set_school(campaign: Campaign, act: Act) -> str:
    row = set_school_timetable(
        campaign=campaign,
        school=act.given["school"],
        moments={name: act.given[name] for name in PHASES},
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "学校单独的时间已定" if row else "这所学校不再有单独的时间"


def _preview_close(campaign: Campaign, act: Act) -> Sequence[Panel]:
    return [
        facts(
            "会结束",
            [
                ("批次", str(campaign)),
                ("还欠结论、不能再交的", f"{_owing(campaign)} 人"),
                ("已提交、马上锁定的结论", f"{unlocked(campaign, act)} 项"),
                ("批准过的延期", f"{campaign.extensions.count()} 项，一起作废"),
            ],
            note="结束以后可以再“重新开放批次”；已经锁定的不会因此解锁。",
        )
    ]


def _close(campaign: Campaign, act: Act) -> str:
    close_campaign(campaign=campaign, reason=act.reason, actor=act.actor, now=act.now)
    return "批次已结束"


def _preview_reopen(campaign: Campaign, act: Act) -> Sequence[Panel]:
    note = (
        f"欠结论的 {_owing(campaign)} 人又能提交，有账号的会收到消息；"
        "已经锁定的结论不变，要改的请在成员页上“重新开放校对”。"
    )
    return _preview(campaign, act, title="重新开放", note=note)


def _reopen(campaign: Campaign, act: Act) -> str:
    reopen_campaign(
        campaign=campaign,
        timetable=act.given["timetable"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "批次已重新开放"


def _is_running(campaign: Any, act: Act) -> bool:
    return not campaign.is_over_at(act.now)


def _is_past(campaign: Any, act: Act) -> bool:
    return bool(campaign.closes_at <= act.now) or bool(campaign.is_over_at(act.now))


TIMETABLE_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="extend_all",
        label="整体延期",
        lead="给所有人更多时间。定稿、上交、结束跟着顺延；有单独时间的学校至少同样晚。",
        form=ExtendAllForm,
        asks_first=True,
        is_offered=_is_running,
        preview=_preview_extend,
        run=_extend,
    ),
    Deed(
        name="move",
        label="移动时间",
        form=TimetableForm,
        asks_first=True,
        is_offered=lambda campaign, _act: campaign.closed_at is None,
        preview=_preview_move,
        run=_move,
    ),
    Deed(
        name="school",
        label="给一所学校单独定时间",
        lead="留空的按整个批次。填的这一套会换掉这所学校原来单独的时间；全部留空就是取消。",
        form=SchoolForm,
        asks_first=True,
        is_offered=_is_running,
        preview=_preview_school,
        run=_set_school,
    ),
    Deed(
        name="reopen",
        label="重新开放批次",
        lead="学生截止或批次结束以后，再收结论。只影响还没交的人。",
        form=TimetableForm,
        asks_first=True,
        is_offered=_is_past,
        preview=_preview_reopen,
        run=_reopen,
    ),
    Deed(
        name="close",
        label="提前结束批次",
        lead="从现在起不再收结论，已提交的马上锁定。",
        form=ReasonForm,
        is_offered=lambda campaign, act: (
            campaign.opens_at < act.now and not campaign.is_over_at(act.now)
        ),
        preview=_preview_close,
        run=_close,
        is_danger=True,
    ),
)
