"""What the desk shows of a campaign: its moments, photos that are there, progress, classes, rules."""

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from common.admin import Cell, Panel, facts, moment_text
from imaging.models import (
    PHASES,
    Campaign,
    CampaignMember,
    SchoolTimetable,
    VerificationConclusion,
)
from imaging.selectors.terms import photo_reason_words, shown_texts
from imaging.selectors.timetables import arrivals
from imaging.states import Conclusion, ConclusionKind, PhotoReason

__all__ = [
    "arrivals_panel",
    "classes_panel",
    "extensions_panel",
    "former_terms_panel",
    "moments_panel",
    "progress_panel",
    "reasons_panel",
    "texts_panel",
]


def moments_panel(campaign: Campaign) -> Panel:
    """Every phase, of the campaign and of schools that have moments of their own."""
    change = reverse("admin:imaging_campaign_do", args=[campaign.pk, "school"])
    own = {row.school_id: row for row in campaign.school_timetables.all()}
    schools = list(campaign.schools.order_by("code"))
    timed = [school for school in schools if school.pk in own]
    rest = [school for school in schools if school.pk not in own]
    rows: list[tuple[str | Cell, ...]] = [
        (
            label,
            moment_text(getattr(campaign, name)),
            *(_own_moment(own[school.pk], name) for school in timed),
        )
        for name, label in PHASES.items()
    ]
    if timed:
        edit = [Cell(text="改", url=f"{change}?school={school.pk}") for school in timed]
        rows.append(("", "", *edit))
    names = "、".join(school.name for school in rest)
    return Panel.of(
        "时间",
        ("", "整个批次", *(school.name for school in timed)),
        rows,
        note=f"{names}都按整个批次的时间。" if timed and rest else "",
    )


def _own_moment(own: SchoolTimetable, name: str) -> str:
    at = getattr(own, name)
    return moment_text(at) if at else "同左"


def arrivals_panel(campaign: Campaign) -> Panel:
    """Whose photos are there: students are let in together when their school's have come."""
    return Panel.of(
        "照片到了多少",
        ("学校", "成员", "照片对上", "学生首页"),
        (
            (
                each.school.name,
                each.members,
                each.with_photo,
                "可以核对"
                if each.with_photo
                else Cell(text="还没有照片，首页不开放核对", is_loud=each.members > 0),
            )
            for each in arrivals(campaign)
        ),
        note="一所学校的照片开始到了、过了公布时间，首页才开放核对；在那以前写明在等什么。",
    )


def reasons_panel(campaign: Campaign) -> Panel:
    """Reasons as students choose them, in their order and words, and the sentences they read."""
    chosen = campaign.photo_reasons or PhotoReason.values
    listed = [PhotoReason(value) for value in chosen if value in PhotoReason.values]
    rows = []
    for number, reason in enumerate(listed, 1):
        label, hint = photo_reason_words(campaign.reason_words, reason)
        rows.append((number, label, hint, "" if label == reason.label else str(reason.label)))
    return Panel.of("照片有误的原因", ("顺序", "学生看到的", "旁边的提示", "原来的说法"), rows)


def texts_panel(campaign: Campaign, *, title: str = "学生看到的话") -> Panel:
    """The office's sentences with places filled in, as a student of the first school reads them."""
    school = campaign.schools.order_by("code").first()
    # Not saved: a member without moments of the own.
    sample = CampaignMember(
        campaign=campaign, closes_at=campaign.closes_at, sheet_freeze_at=campaign.sheet_freeze_at
    )
    shown = shown_texts(sample, school_name=school.name if school else "")
    return facts(
        title,
        [
            ("确认“正确”时", shown.usage if ConclusionKind.PHOTO in campaign.asked else ""),
            ("不核对的后果", shown.silence),
            ("核对页的提示", shown.help),
        ],
    )


def former_terms_panel(campaign: Campaign) -> Panel:
    """Rules and texts that held before; what was concluded under them keeps them."""
    given = dict(
        VerificationConclusion.objects.filter(
            round__member__campaign=campaign, concluded_at__isnull=False
        )
        .values_list("terms_no")
        .annotate(Count("pk"))
    )
    url = reverse("admin:imaging_campaignterms_changelist")
    rows = [
        (
            Cell(text=f"第 {row.number} 版", url=f"{url}{row.pk}/change/"),
            f"{row.window_hours} 小时",
            given.get(row.number, 0),
            row.reason,
            f"{row.replaced_by} {moment_text(row.replaced_at)}",
        )
        for row in campaign.former_terms.order_by("-number")
    ]
    return Panel.of(
        "规则的旧版",
        ("版本", "可撤回", "按它提交的结论", "为什么改", "改动"),
        rows,
        empty="规则没有改过",
        note=f"现在是第 {campaign.terms_no} 版。按旧版提交的结论，还按旧版的可撤回时间锁定。",
    )


def progress_panel(campaign: Campaign) -> Panel:
    """How far the campaign is: conclusions of the current rounds."""
    now = timezone.now()
    rows = VerificationConclusion.objects.filter(
        round__member__campaign=campaign, round__member__removed_at=None, round__is_current=True
    )
    counted = rows.aggregate(
        total=Count("pk"),
        todo=Count("pk", filter=Q(state=Conclusion.PENDING)),
        open=Count("pk", filter=Q(locks_at__gt=now)),
        locked=Count("pk", filter=Q(locks_at__lte=now)),
        wrong=Count("pk", filter=Q(state=Conclusion.INCORRECT)),
    )
    members = CampaignMember.objects.filter(campaign=campaign)
    url = reverse("admin:imaging_campaignmember_changelist")
    return facts(
        "进度",
        [
            (
                "成员",
                Cell(
                    text=str(members.filter(removed_at=None).count()),
                    url=f"{url}?campaign__id__exact={campaign.pk}",
                ),
            ),
            ("已移出", members.filter(removed_at__isnull=False).count()),
            ("结论（每人两项）", counted["total"]),
            ("待校对", counted["todo"]),
            ("暂定", counted["open"]),
            ("锁定", counted["locked"]),
            ("其中有误", counted["wrong"]),
        ],
    )


def classes_panel(campaign: Campaign) -> Panel:
    """Members per class."""
    url = reverse("admin:imaging_campaignmember_changelist")
    rows = (
        CampaignMember.objects.filter(campaign=campaign, removed_at=None)
        .values("class_group_id", name=F("class_group__name"))
        .annotate(counted=Count("pk"))
        .order_by("name")[:200]
    )
    return Panel.of(
        "各班人数",
        ("班级", "人数"),
        (
            (
                row["name"] or "（没有班级）",
                Cell(
                    text=str(row["counted"]),
                    url=f"{url}?campaign__id__exact={campaign.pk}&class_group__id__exact={row['class_group_id'] or ''}",
                ),
            )
            for row in rows
        ),
        empty="还没有成员",
    )


def extensions_panel(campaign: Campaign) -> Panel:
    """Deadlines that were moved for a class or a student."""
    return Panel.of(
        "延期",
        ("给谁", "截止时间", "定稿时间", "上交截止", "理由", "批准"),
        (
            (
                str(row.class_group or row.record),
                moment_text(row.closes_at),
                moment_text(row.sheet_freeze_at),
                moment_text(row.hand_in_at),
                row.reason,
                f"{row.granted_by} {moment_text(row.granted_at)}",
            )
            for row in campaign.extensions.select_related("class_group", "record").order_by("-pk")[
                :100
            ]
        ),
        empty="没有延期",
    )
