"""Campaign members and extensions."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common.admin import (
    Panel,
    Phase,
    ReadonlyAdmin,
    WorkflowAdmin,
    masked,
    moment,
    phase_filter,
)
from common.masking import MaskKind
from imaging.admin.campaign_deeds import MEMBER_DEEDS
from imaging.admin.verification import conclusions_panel
from imaging.models import CampaignMember, Extension, PhotoVersion, VerificationConclusion
from imaging.states import CampaignKind, PhotoKind


def current_photos() -> "QuerySet[PhotoVersion]":
    """The current graduation photo of the outer member's record."""
    return PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=PhotoKind.GRADUATION, is_current=True
    )


@admin.register(CampaignMember)
class CampaignMemberAdmin(WorkflowAdmin):
    """Who takes part, until when."""

    list_display = (
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "campaign",
        "class_group",
        "photo_there",
        moment("closes_at", "本人截止"),
        moment("sheet_freeze_at", "本人定稿"),
        moment("removed_at", "移出"),
    )
    list_filter = (
        ("campaign", admin.RelatedOnlyFieldListFilter),
        phase_filter(
            "毕业照片",
            "photo",
            Phase(
                "missing",
                "没有照片（进行中的批次）",
                lambda rows, now: rows.filter(
                    ~Exists(current_photos()),
                    removed_at=None,
                    photo_waived_at=None,
                    campaign__kind=CampaignKind.GRADUATION,
                    campaign__opens_at__lte=now,
                    campaign__sheet_freeze_at__gt=now,
                ),
            ),
            Phase("there", "有照片", lambda rows, _now: rows.filter(Exists(current_photos()))),
            Phase(
                "waived",
                "免交照片",
                lambda rows, _now: rows.filter(photo_waived_at__isnull=False),
            ),
        ),
        phase_filter(
            "在册",
            "removed",
            Phase("no", "在批次里", lambda rows, _now: rows.filter(removed_at=None)),
            Phase("yes", "已移出", lambda rows, _now: rows.filter(removed_at__isnull=False)),
        ),
    )
    list_select_related = ("record", "campaign", "class_group")
    deeds = MEMBER_DEEDS
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "record",
        "campaign",
        "class_group",
        "closes_at",
        "sheet_freeze_at",
        "added_at",
        "added_by",
        "removed_at",
        "removed_by",
        "removed_for",
        "retake_granted_at",
        "retake_granted_by",
        "photo_waived_at",
        "photo_waived_by",
        "photo_waived_reason",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With whether the photo is there."""
        return super().get_queryset(request).annotate(has_photo=Exists(current_photos()))

    @admin.display(description="学号")
    def student_no(self, member: CampaignMember) -> str:
        """The student number."""
        return member.record.student_no

    def panels(self, request: HttpRequest, obj: CampaignMember) -> Sequence[Panel]:
        """All rounds with their conclusions."""
        rows = VerificationConclusion.objects.filter(round__member=obj).defer("proposed", "note")
        return [conclusions_panel(rows, now=timezone.now())]

    @admin.display(description="毕业照片", boolean=True)
    def photo_there(self, member: Any) -> bool:
        """Whether the record has a current graduation photo."""
        return bool(member.has_photo)


@admin.register(Extension)
class ExtensionAdmin(ReadonlyAdmin):
    """Deadlines moved for a class or a student; granted on the page of the campaign."""

    list_display = (
        "campaign",
        "target",
        moment("closes_at", "截止时间"),
        moment("sheet_freeze_at", "定稿时间"),
        "reason",
        moment("granted_at", "批准时间"),
        "granted_by",
    )
    list_filter = (("campaign", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("campaign", "class_group", "record")
    ordering = ("-id",)
    fields = (
        "campaign",
        "target",
        "closes_at",
        "sheet_freeze_at",
        "reason",
        "granted_at",
        "granted_by",
    )

    @admin.display(description="给谁")
    def target(self, extension: Extension) -> str:
        """The class or the student."""
        return str(extension.class_group or extension.record)
