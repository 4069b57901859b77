"""Campaigns: their deadlines, members and progress."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from common.admin import (
    Cell,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    moment,
    moment_text,
    phase_filter,
)
from imaging.admin.campaign_deeds import CAMPAIGN_DEEDS, CREATE_CAMPAIGN
from imaging.models import Campaign, CampaignMember, VerificationConclusion
from imaging.states import Conclusion, PhotoReason


def _running(rows: Any, now: Any) -> Any:
    return rows.filter(opens_at__lte=now, closes_at__gt=now)


@admin.register(Campaign)
class CampaignAdmin(WorkflowAdmin):
    """One year's verification; everything about it moves by services."""

    list_display = (
        "title",
        "graduating_class",
        "kind",
        moment("opens_at", "开始"),
        moment("closes_at", "学生截止"),
        moment("sheet_freeze_at", "反馈表定稿"),
        "member_count",
    )
    list_filter = (
        phase_filter(
            "进度",
            "phase",
            Phase("future", "未开始", lambda rows, now: rows.filter(opens_at__gt=now)),
            Phase("running", "进行中", _running),
            Phase(
                "closed",
                "已截止，未定稿",
                lambda rows, now: rows.filter(closes_at__lte=now, sheet_freeze_at__gt=now),
            ),
            Phase("frozen", "已定稿", lambda rows, now: rows.filter(sheet_freeze_at__lte=now)),
        ),
        "kind",
    )
    list_select_related = ("profile",)
    ordering = ("-opens_at", "-id")
    create = CREATE_CAMPAIGN
    deeds = CAMPAIGN_DEEDS
    fields = (
        "title",
        "kind",
        "graduating_class",
        "school_names",
        "opens_at",
        "closes_at",
        "sheet_freeze_at",
        "window_hours",
        "recheck_hours",
        "profile",
        "reasons_shown",
        "usage_text",
        "created_at",
        "created_by",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of members."""
        present = Count("members", filter=Q(members__removed_at=None))
        return super().get_queryset(request).annotate(members_counted=present)

    @admin.display(description="成员", ordering="members_counted")
    def member_count(self, campaign: Any) -> int:
        """How many take part."""
        return int(campaign.members_counted)

    @admin.display(description="学校")
    def school_names(self, campaign: Campaign) -> str:
        """The schools that take part."""
        return "、".join(str(school) for school in campaign.schools.all())

    @admin.display(description="照片有误的原因")
    def reasons_shown(self, campaign: Campaign) -> str:
        """The reasons that students may choose."""
        labels = dict(PhotoReason.choices)
        return "、".join(labels.get(value, value) for value in campaign.photo_reasons) or "全部"

    def panels(self, request: HttpRequest, obj: Campaign) -> Sequence[Panel]:
        """Progress, extensions, and the members per class."""
        return [progress_panel(obj), classes_panel(obj), extensions_panel(obj)]


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
        ("给谁", "截止时间", "定稿时间", "理由", "批准"),
        (
            (
                str(row.class_group or row.record),
                moment_text(row.closes_at),
                moment_text(row.sheet_freeze_at),
                row.reason,
                f"{row.granted_by} {moment_text(row.granted_at)}",
            )
            for row in campaign.extensions.select_related("class_group", "record").order_by("-pk")[
                :100
            ]
        ),
        empty="没有延期",
    )
