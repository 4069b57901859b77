"""Photo batches: upload a ZIP, look at what it would do, import it, see how far it is."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from common.admin import Act, Cell, Deed, DeedForm, NothingForm, Panel, facts, moment
from common.admin.imports import ImportAdmin, stuck_filter
from enrollment.models import School
from enrollment.states import IMPORT, ImportAction, ImportState
from imaging.admin.pictures import picture_cell
from imaging.models import Campaign, PhotoBatch
from imaging.services.batch import discard_batch, stage_batch, start_batch
from imaging.states import PhotoKind

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
_PICTURES = 24


class BatchUploadForm(DeedForm):
    """The archive, what it holds, and for whom."""

    file = forms.FileField(
        label="照片压缩包",
        help_text="ZIP。照片按学号、证件号码、考生号或采集号命名，也可以附一张清单（CSV、XLSX）。",
        widget=forms.FileInput(attrs={"accept": ".zip"}),
    )
    kind = forms.ChoiceField(label="照片种类", choices=PhotoKind.choices)
    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        required=False,
        help_text="不选时，几所学校都有的号码算“对上多人”。",
    )
    campaign = forms.ModelChoiceField(
        label="校对批次",
        queryset=Campaign.objects.order_by("-opens_at"),
        required=False,
        help_text="只用来取照片标准；不选用默认标准。",
    )


def _upload(_obj: None, act: Act) -> PhotoBatch:
    return stage_batch(
        file=act.given["file"],
        file_name=act.given["file"].name,
        kind=PhotoKind(act.given["kind"]),
        school=act.given["school"],
        campaign=act.given["campaign"],
        actor=act.actor,
        now=act.now,
    )


def _start(batch: PhotoBatch, act: Act) -> str:
    start_batch(batch=batch, actor=act.actor, now=act.now)
    return "开始导入"


def _discard(batch: PhotoBatch, act: Act) -> str:
    discard_batch(batch=batch, reason=act.reason, actor=act.actor, now=act.now)
    return "已放弃，没有收下照片"


def _stands_still(batch: PhotoBatch) -> bool:
    return batch.state == ImportState.APPLYING and bool(batch.failure)


@admin.register(PhotoBatch)
class PhotoBatchAdmin(ImportAdmin):
    """Deliveries of photos with their report."""

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
    create = Deed(
        name="upload",
        label="上传照片",
        lead="上传后在后台检查，不收照片；看过结果，再决定导入。",
        form=BatchUploadForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="导入照片",
            lead="在后台分批收下，对上的照片立刻成为学籍的当前照片；中途断了会接着做，不会收两次。",
            form=NothingForm,
            is_offered=lambda batch, _act: batch.state == ImportState.STAGED,
            preview=lambda batch, _act: report_panels(batch)[:1],
            run=_start,
        ),
        Deed(
            name="again",
            label="接着导入",
            form=NothingForm,
            lead="从断的地方接着做，不会收两次。",
            is_offered=lambda batch, _act: _stands_still(batch),
            run=_start,
        ),
        Deed(
            name="discard",
            label="放弃",
            is_offered=lambda batch, _act: IMPORT.allows(
                ImportAction.DISCARD, source=ImportState(batch.state)
            ),
            run=_discard,
            is_danger=True,
        ),
    )

    def total_of(self, obj: PhotoBatch) -> int:
        """Files in the archive."""
        return obj.file_count

    def panels(self, request: HttpRequest, obj: PhotoBatch) -> Sequence[Panel]:
        """The report, and the newest photos that came of it."""
        if obj.state == ImportState.UPLOADED:
            return ()
        return [*report_panels(obj), pictures_panel(obj)]


def report_panels(batch: PhotoBatch) -> list[Panel]:
    """What the import did, or would do: counts, what is refused, what is remarked."""
    report: dict[str, Any] = batch.report or {}
    rejected = report.get("rejected", [])
    warnings = report.get("warnings", [])
    counts = [(label, str(report.get(key, "–"))) for key, label in _COUNTS]
    counts += [("不收", str(len(rejected))), ("提醒", str(len(warnings)))]
    return [
        facts("结果", counts),
        _files_panel("不收的文件", rejected),
        _files_panel("提醒", warnings),
    ]


def _files_panel(title: str, items: list[dict[str, Any]]) -> Panel:
    left_out = len(items) - _SHOWN
    return Panel.of(
        title,
        ("文件", "原因"),
        ((item.get("file", ""), item.get("message", "")) for item in items[:_SHOWN]),
        note=f"只列前 {_SHOWN} 个，还有 {left_out} 个。" if left_out > 0 else "",
    )


def pictures_panel(batch: PhotoBatch) -> Panel:
    """Some of the photos that were taken in, those without a record first."""
    url = reverse("admin:imaging_captureentry_changelist")
    rows = batch.entries.defer("file_name", "measures", "warnings").order_by("-state", "pk")
    return Panel.of(
        f"收下的照片（{_PICTURES} 张）",
        ("照片", "学号", "状态"),
        (
            (
                picture_cell(
                    row.pk,
                    f"采集 {row.pk}",
                    url=reverse("admin:imaging_captureentry_change", args=[row.pk]),
                ),
                row.student_no,
                row.get_state_display(),
            )
            for row in rows[:_PICTURES]
        ),
        empty="还没有收下照片",
        more=Cell(text="看这一批全部采集信息", url=f"{url}?batch__id__exact={batch.pk}"),
    )
