"""平台状态名单 at the desk: uploaded, compared, registered after a look; nobody is registered unseen."""

import io
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from common import audit
from common.admin import (
    Act,
    Cell,
    Deed,
    DeedForm,
    Download,
    NothingForm,
    Panel,
    ReadonlyAdmin,
    moment,
)
from common.admin.imports import ImportAdmin, Progress
from common.wording import local
from enrollment.models import School
from enrollment.states import IMPORT, ImportAction, ImportState
from imaging.documents.workbook import XLSX, TextBook
from imaging.models import Campaign, PlatformList, PlatformRow
from imaging.services.platform import (
    accepted,
    discard_platform_list,
    start_platform_list,
    upload_platform_list,
)
from imaging.states import CampaignKind
from imaging.states.registration import PlatformFinding

__all__ = ["PlatformListAdmin", "PlatformRowAdmin"]

_SHOWN = 100
_COLUMNS = (
    ("行", 8),
    ("号码", 22),
    ("姓名", 16),
    ("平台状态", 24),
    ("比对结果", 24),
    ("说明，下一步", 60),
)


class PlatformForm(DeedForm):
    """The list, and of whom it is."""

    campaign = forms.ModelChoiceField(
        label="校对批次",
        queryset=Campaign.objects.filter(kind=CampaignKind.GRADUATION).order_by("-opens_at"),
    )
    school = forms.ModelChoiceField(label="学校", queryset=School.objects.order_by("code"))
    file = forms.FileField(
        label="平台的名单",
        help_text="XLSX、DBF 或 CSV。要有学号或证件号码，和状态（BZ）；登记还要证书编号和毕业日期。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.dbf,.csv"}),
    )


class AcceptForm(DeedForm):
    """Whether whoever has not finished checking is registered too."""

    takes_early = forms.BooleanField(
        label="本校没核对完的也登记",
        required=False,
        help_text="平台已经登记，学生的核对就此停在现在的样子。核实过再选。",
    )


def _upload(_obj: None, act: Act) -> PlatformList:
    file = act.given["file"]
    return upload_platform_list(
        file=file,
        file_name=file.name,
        campaign=act.given["campaign"],
        school=act.given["school"],
        actor=act.actor,
        now=act.now,
    )


def _preview_accept(listed: PlatformList, act: Act) -> Sequence[Panel]:
    listed.takes_early = bool(act.given.get("takes_early"))
    return [
        Panel.of(
            "会登记",
            (),
            [("人数", f"{accepted(listed).count()} 人")],
            note="登记以后结论冻结，学籍状态改为离校，学生收到通知。不能撤回：错了凭省级批文，在学籍页更正。",
        )
    ]


def _accept(listed: PlatformList, act: Act) -> str:
    start_platform_list(
        platform_list=listed,
        takes_early=bool(act.given.get("takes_early")),
        actor=act.actor,
        now=act.now,
    )
    return "开始登记，可以离开这一页"


def _discard(listed: PlatformList, act: Act) -> str:
    discard_platform_list(platform_list=listed, actor=act.actor, now=act.now)
    return "已放弃，什么都没有登记"


def _differences(listed: PlatformList, act: Act) -> Download:
    target = io.BytesIO()
    book = TextBook(target, title="与平台的差异", at=act.now, taken_by=act.actor)
    book.sheet("差异", _COLUMNS)
    rows = listed.rows.exclude(finding=PlatformFinding.SAME).select_related("record")
    for row in rows.defer("certificate_no").order_by("finding", "row_no", "pk").iterator():
        book.write(
            [
                str(row.row_no or ""),
                row.number,
                row.record.name if row.record else "",
                row.status_text,
                row.get_finding_display(),
                row.note,
            ]
        )
    book.close()
    audit.record("platformlist.listed", actor=act.actor, now=act.now, obj=listed)
    return Download(
        name=f"与平台的差异-{local(act.now):%m%d-%H%M}.xlsx",
        content_type=XLSX,
        data=target.getvalue(),
    )


@admin.register(PlatformList)
class PlatformListAdmin(ImportAdmin):
    """Lists of the platform, the newest first."""

    running = {"APPLYING": "正在登记"}
    list_display = (
        "file_name",
        "state",
        "campaign",
        "school",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_filter = ("state", "school")
    list_select_related = ("campaign", "school")
    ordering = ("-id",)
    fields = (
        "file_name",
        "campaign",
        "school",
        "state",
        "takes_early",
        "file_sha256",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
    )
    create = Deed(
        name="upload",
        label="上传平台状态名单",
        lead="先比对，不改任何东西；看过差异，再决定登记。",
        form=PlatformForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="accept",
            label="登记学历",
            form=AcceptForm,
            asks_first=True,
            is_offered=lambda listed, _act: listed.state == ImportState.STAGED,
            preview=_preview_accept,
            run=_accept,
        ),
        Deed(
            name="differences",
            label="下载差异",
            lead="XLSX，每行是什么、下一步做什么；没有完整证件号码。",
            form=NothingForm,
            is_offered=lambda listed, _act: listed.state != ImportState.DISCARDED,
            run=_differences,
        ),
        Deed(
            name="discard",
            label="放弃",
            form=NothingForm,
            lead="不登记，比对的结果删掉。同一份名单可以再上传。",
            is_offered=lambda listed, _act: IMPORT.allows(
                ImportAction.DISCARD, source=ImportState(listed.state)
            ),
            run=_discard,
            is_danger=True,
        ),
    )

    def progress_of(self, obj: PlatformList) -> Progress | None:
        """How far it is while rows are registered."""
        label = self.running.get(obj.state)
        return self.shown_progress(obj, label) if label else None

    def total_of(self, obj: PlatformList) -> int:
        """Rows to be registered."""
        return accepted(obj).count()

    def panels(self, request: HttpRequest, obj: PlatformList) -> Sequence[Panel]:
        """How many rows mean what, and the first that differ."""
        counts = dict(
            obj.rows.values_list("finding").annotate(amount=Count("pk")).order_by("finding")
        )
        differing = obj.rows.exclude(finding=PlatformFinding.SAME).select_related("record")
        return [
            Panel.of(
                "比对结果",
                ("是什么", "人数"),
                [(each.label, counts[each]) for each in PlatformFinding if each in counts],
                empty="已放弃，比对结果删掉了",
            ),
            Panel.of(
                f"差异（前 {_SHOWN} 行）",
                ("号码", "姓名", "平台状态", "比对结果", "说明，下一步"),
                [_line(row) for row in differing.order_by("finding", "row_no", "pk")[:_SHOWN]],
                empty="没有差异",
            ),
        ]


def _line(row: PlatformRow) -> tuple[Any, ...]:
    url = (
        reverse("admin:enrollment_studentrecord_change", args=[row.record_id])
        if row.record_id
        else ""
    )
    return (
        Cell(text=row.number, url=url),
        row.record.name if row.record else "",
        row.status_text,
        row.get_finding_display(),
        "已登记" if row.done_at and not row.note else row.note,
    )


@admin.register(PlatformRow)
class PlatformRowAdmin(ReadonlyAdmin):
    """Rows of the lists."""

    list_display = ("platform_list", "row_no", "number", "status_text", "finding", "note")
    list_filter = ("finding",)
    list_select_related = ("platform_list",)
    fields = (
        "platform_list",
        "row_no",
        "record",
        "number",
        "status_text",
        "status",
        "conferred_date",
        "finding",
        "note",
        "done_at",
    )
    ordering = ("-platform_list", "row_no")

    def subject_of(self, obj: PlatformRow) -> Any:
        """The record it is about."""
        return obj.record
