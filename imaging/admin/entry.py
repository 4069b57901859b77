"""Capture entries: delivered photos on their way to a record."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from common.admin import (
    Cell,
    Panel,
    Phase,
    WorkflowAdmin,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind, mask
from enrollment.models import StudentRecord
from imaging.admin.entry_deeds import ENTRY_DEEDS, candidates_panel
from imaging.admin.entry_repairs import REPAIRING_DEEDS
from imaging.admin.entry_search import CaptureSearch, DuplicatesPage
from imaging.admin.inspection import INSPECTION_DEEDS, inspection_panels, measured_picture
from imaging.admin.pictures import PictureViews, files_panel, thumbnail
from imaging.admin.repair_panels import duplicates_panel, repair_url
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoRepair
from imaging.selectors.captures import candidates_of
from imaging.selectors.duplicates import duplicates_of, repeated
from imaging.selectors.inspections import waiting_for_eyes
from imaging.states import MatchState

_OPEN = (MatchState.UNMATCHED, MatchState.AMBIGUOUS)


def reason_text(code: str) -> str:
    """A match reason as a sentence."""
    return MatchReason(code).message if code in set(MatchReason) else code


class ReasonFilter(admin.SimpleListFilter):
    """Why an entry found nobody."""

    title = "原因"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All reasons as sentences."""
        return [(reason.value, reason.message) for reason in MatchReason]

    def queryset(
        self, request: HttpRequest, queryset: "QuerySet[CaptureEntry]"
    ) -> "QuerySet[CaptureEntry]":
        """Entries of the chosen reason."""
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(CaptureEntry)
class CaptureEntryAdmin(PictureViews, DuplicatesPage, CaptureSearch, WorkflowAdmin):
    """Every delivered photo; those that found nobody are settled here."""

    class Media:
        css = {"all": ("css/inspection.css",)}

    list_display = (
        "picture",
        "state",
        "student_no",
        masked("name", MaskKind.NAME, "姓名"),
        "kind",
        "reason_shown",
        "record",
        "batch",
        moment("received_at", "收到时间"),
    )
    list_display_links = ("picture", "state")
    list_filter = (
        "state",
        phase_filter(
            "待处理",
            "waiting",
            Phase("yes", "没有学籍的照片", lambda rows, _now: rows.filter(state__in=_OPEN)),
        ),
        phase_filter(
            "重复",
            "repeated",
            Phase(
                "yes",
                "待处理、另有一张的",
                lambda rows, _now: rows.filter(pk__in=repeated().values("pk")),
            ),
        ),
        phase_filter(
            "检查提醒",
            "remarks",
            Phase("open", "有提醒，没人判定", lambda rows, _now: waiting_for_eyes(rows)),
        ),
        "kind",
        ReasonFilter,
        ("captured_date", admin.DateFieldListFilter),
        ("batch", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("record", "batch")
    ordering = ("-id",)
    deeds = (*ENTRY_DEEDS, *REPAIRING_DEEDS, *INSPECTION_DEEDS)
    viewed_action = "entry.viewed"

    def subject_of(self, obj: CaptureEntry) -> StudentRecord | None:
        """The record that it was matched to, if any."""
        return obj.record

    fields = (
        "picture_large",
        "state",
        "reason_shown",
        "kind",
        "school_code",
        "student_no",
        "candidate_no",
        "ticket",
        "document_masked",
        "name",
        "captured_date",
        "record",
        "batch",
        "received_at",
        "settled_at",
        "settled_by",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what a list does not show."""
        return super().get_queryset(request).defer("file_name", "measures", "warnings")

    @admin.display(description="照片")
    def picture(self, entry: CaptureEntry) -> SafeString:
        """A thumbnail."""
        return thumbnail(entry.pk, f"采集照片 {entry.pk}")

    @admin.display(description="照片")
    def picture_large(self, entry: CaptureEntry) -> SafeString:
        """The photo as it would be registered, with what was measured drawn over it."""
        return measured_picture(entry)

    @admin.display(description="原因")
    def reason_shown(self, entry: CaptureEntry) -> str:
        """Why it found nobody."""
        return reason_text(entry.reason) or "–"

    @admin.display(description="证件号码")
    def document_masked(self, entry: CaptureEntry) -> str:
        """The masked number."""
        return mask(entry.document_no or "", MaskKind.DOCUMENT_NO) or "–"

    def panels(self, request: HttpRequest, obj: CaptureEntry) -> Sequence[Panel]:
        """What was measured, and which versions came of it."""
        versions = obj.versions.select_related("record").order_by("-pk")
        original = reverse("admin:imaging_captureentry_original", args=[obj.pk])
        candidates = [candidates_panel(obj, candidates_of(obj))] if obj.state in _OPEN else []
        others = list(duplicates_of(obj))
        duplicates = [duplicates_panel([obj, *others], this=obj.pk)] if others else []
        return [
            *_cases(obj),
            *candidates,
            *duplicates,
            *inspection_panels(obj),
            Panel.of("检查提醒", ("提醒",), ((_warning(item),) for item in obj.warnings)),
            Panel.of(
                "照片版本",
                ("学籍", "版本", "当前", "关联时间", "停用时间", "停用原因"),
                (
                    (
                        str(row.record),
                        row.version_no,
                        "是" if row.is_current else "否",
                        moment_text(row.attached_at),
                        moment_text(row.ended_at),
                        row.end_reason,
                    )
                    for row in versions
                ),
                empty="还没有成为任何学籍的照片",
                more=Cell(text="下载送来的原始文件（记入查看记录）", url=original),
            ),
            files_panel(obj),
        ]


def _cases(entry: CaptureEntry) -> list[Panel]:
    """The cases of two people about this photo; none without any."""
    cases = PhotoRepair.objects.filter(moves__entry=entry).order_by("-pk")
    rows = [
        (
            Cell(text=case.case_no, url=repair_url(case)),
            case.get_kind_display(),
            case.get_state_display(),
            moment_text(case.proposed_at),
            case.proposed_by,
        )
        for case in cases
    ]
    columns = ("单号", "办什么", "状态", "提出时间", "提出人")
    return [Panel.of("照片更正", columns, rows)] if rows else []


def _warning(item: Any) -> str:
    return str(item.get("message", item)) if isinstance(item, dict) else str(item)
