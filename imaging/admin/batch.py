"""Photo batches: ZIP files on their way in."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from common.admin import Cell, Panel, facts, moment
from common.admin.imports import ImportAdmin, stuck_filter
from imaging.models import PhotoBatch

_COUNTS = (
    ("files", "文件"),
    ("ignored", "忽略的杂项"),
    ("accepted", "收下"),
    ("matched", "对上学籍"),
    ("unmatched", "没对上"),
    ("ambiguous", "对上多人"),
    ("duplicate", "已经有过"),
)
_SHOWN = 200


@admin.register(PhotoBatch)
class PhotoBatchAdmin(ImportAdmin):
    """Batches with their report."""

    list_display = (
        "file_name",
        "kind",
        "state",
        "file_count",
        "school",
        "campaign",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_filter = ("state", stuck_filter, "kind", "school")
    list_select_related = ("school", "campaign")
    ordering = ("-id",)
    fields = (
        "file_name",
        "kind",
        "school",
        "campaign",
        "state",
        "failure",
        "file_sha256",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
    )

    def total_of(self, obj: PhotoBatch) -> int:
        """Files in the archive."""
        return obj.file_count

    def panels(self, request: HttpRequest, obj: PhotoBatch) -> Sequence[Panel]:
        """The report: counts, what was refused, what was remarked."""
        return report_panels(obj)


def report_panels(batch: PhotoBatch) -> list[Panel]:
    """What the import found, or would do."""
    report: dict[str, Any] = batch.report or {}
    url = reverse("admin:imaging_captureentry_changelist")
    rejected = report.get("rejected", [])
    warnings = report.get("warnings", [])
    return [
        facts(
            "结果",
            [(label, report.get(key, "–")) for key, label in _COUNTS]
            + [("不收", len(rejected)), ("提醒", len(warnings))],
        ),
        _files_panel("不收的文件", rejected),
        _files_panel("提醒", warnings),
        Panel.of(
            "采集信息",
            (),
            (),
            empty="这一批收下的每张照片",
            more=Cell(text="看这一批的采集信息", url=f"{url}?batch__id__exact={batch.pk}"),
        ),
    ]


def _files_panel(title: str, items: list[dict[str, Any]]) -> Panel:
    more = len(items) - _SHOWN
    return Panel.of(
        title,
        ("文件", "原因"),
        ((item.get("file", ""), item.get("message", "")) for item in items[:_SHOWN]),
        note=f"只列前 {_SHOWN} 个，还有 {more} 个。" if more > 0 else "",
    )
