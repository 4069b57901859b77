"""Campaigns: their deadlines, members and progress."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from common.admin import Panel, Phase, ReadonlyAdmin, WorkflowAdmin, moment, phase_filter
from common.components import ActionButton
from imaging.admin.campaign_deeds import CAMPAIGN_DEEDS, CREATE_CAMPAIGN
from imaging.admin.campaign_panels import (
    arrivals_panel,
    classes_panel,
    extensions_panel,
    former_terms_panel,
    moments_panel,
    progress_panel,
    reasons_panel,
    texts_panel,
)
from imaging.admin.own_channels import CHANNEL_DEEDS, channels_panel
from imaging.admin.planner import planner_page
from imaging.admin.prints import PRINT_DEEDS
from imaging.admin.reminders import REMINDER_DEEDS, reminders_panel
from imaging.admin.terms_deeds import TERMS_DEEDS
from imaging.admin.timetable_deeds import TIMETABLE_DEEDS
from imaging.models import PHASES, Campaign, CampaignTerms, SchoolTimetable
from imaging.selectors.terms import photo_reason_words
from imaging.states import ConclusionKind, PhotoReason


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
            Phase(
                "frozen",
                "已定稿，未结束",
                lambda rows, now: rows.filter(sheet_freeze_at__lte=now).exclude(ends_at__lte=now),
            ),
            Phase("over", "已结束", lambda rows, now: rows.filter(ends_at__lte=now)),
        ),
        "kind",
        "is_rehearsal",
    )
    list_select_related = ("profile",)
    ordering = ("-opens_at", "-id")
    create = CREATE_CAMPAIGN
    deeds = (
        *CAMPAIGN_DEEDS,
        *TIMETABLE_DEEDS,
        *TERMS_DEEDS,
        *CHANNEL_DEEDS,
        *PRINT_DEEDS,
        *REMINDER_DEEDS,
    )
    fields = (
        "title",
        "is_rehearsal",
        "kind",
        "graduating_class",
        "graduation_date",
        "school_names",
        "profile",
        "window_hours",
        "recheck_hours",
        "closed_at",
        "closed_by",
        "created_at",
        "created_by",
    )

    def get_urls(self) -> list[URLPattern]:
        """The planner before the stock addresses."""
        plan = path(
            "plan/", self.admin_site.admin_view(self.plan_view), name="imaging_campaign_plan"
        )
        return [plan, *super().get_urls()]

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """Moments counted back from the day of graduation."""
        if not self.may_act(request):
            raise PermissionDenied
        return planner_page(request, self)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the way to the planner beside the deeds."""
        response = super().render_change_form(request, context, *args, **kwargs)
        obj = kwargs.get("obj")
        if obj is not None and self.may_act(request) and not obj.is_over_at(timezone.now()):
            url = f"{reverse('admin:imaging_campaign_plan')}?campaign={obj.pk}"
            context["buttons"].append(ActionButton(label="按毕业日期倒排时间", url=url))
        if obj is not None and obj.is_rehearsal and self.may_act(request):
            url = f"{reverse('admin:imaging_rehearsalwipe_add')}?campaign={obj.pk}"
            wipe = ActionButton(label="清除演练", url=url, tone="danger")
            context["buttons"].append(wipe)
        return response

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

    def panels(self, request: HttpRequest, obj: Campaign) -> Sequence[Panel]:
        """Moments, photos that are there, progress, extensions, rules, and the members per class."""
        asks_photo = ConclusionKind.PHOTO in obj.asked
        return [
            moments_panel(obj),
            *([channels_panel(obj), arrivals_panel(obj)] if asks_photo else []),
            progress_panel(obj),
            extensions_panel(obj),
            *([reasons_panel(obj)] if asks_photo else []),
            texts_panel(obj),
            reminders_panel(obj),
            former_terms_panel(obj),
            classes_panel(obj),
        ]


@admin.register(SchoolTimetable)
class SchoolTimetableAdmin(ReadonlyAdmin):
    """Moments that a school has for itself; set on the page of the campaign."""

    list_display = (
        "campaign",
        "school",
        moment("opens_at", "核对开始"),
        moment("closes_at", "学生截止"),
        moment("sheet_freeze_at", "反馈表定稿"),
        "reason",
        moment("set_at", "设定时间"),
        "set_by",
    )
    list_filter = (("campaign", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("campaign", "school")
    ordering = ("-id",)
    fields = ("campaign", "school", *PHASES, "reason", "set_at", "set_by")


@admin.register(CampaignTerms)
class CampaignTermsAdmin(ReadonlyAdmin):
    """Rules and texts that held before they were changed."""

    list_display = (
        "campaign",
        "number",
        "window_hours",
        "profile",
        "reason",
        moment("replaced_at", "改动时间"),
        "replaced_by",
    )
    list_filter = (("campaign", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("campaign", "profile")
    ordering = ("-id",)
    fields = (
        "campaign",
        "number",
        "window_hours",
        "recheck_hours",
        "profile",
        "reasons_shown",
        "usage_text",
        "silence_text",
        "help_text",
        "reason",
        "replaced_at",
        "replaced_by",
    )

    @admin.display(description="照片有误的原因")
    def reasons_shown(self, terms: CampaignTerms) -> str:
        """The reasons in their order, as they were called."""
        chosen = [PhotoReason(value) for value in terms.photo_reasons or PhotoReason.values]
        return "、".join(photo_reason_words(terms.reason_words, reason)[0] for reason in chosen)
