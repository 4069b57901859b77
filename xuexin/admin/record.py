"""The page of a record: fields, binding, photos, verification, corrections, audit, and what may be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.admin import NumberSearch
from common.admin import (
    Cell,
    Panel,
    Phase,
    WorkflowAdmin,
    audit_panel,
    facts,
    masked,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind, mask
from common.models import AuditEvent
from common.wording import date_cn, local
from corrections.selectors import all_requests
from corrections.selectors.graduation_traces import without_sanction_events
from enrollment.models import Binding, StudentRecord
from enrollment.selectors import history_of, record_fields
from enrollment.states import EnrollmentStatus
from imaging.admin.pictures import picture_cell
from imaging.admin.review_guard import desk_user
from imaging.admin.verification import conclusions_panel
from imaging.models import CampaignMember, CaptureEntry, PhotoVersion, VerificationConclusion
from imaging.selectors.review_traces import without_review_events
from imaging.states import PhotoKind
from xuexin.admin.life_deeds import LIFE_DEEDS
from xuexin.admin.record_deeds import RECORD_DEEDS
from xuexin.admin.section_deeds import SECTION_DEEDS, section_panels

_EVENTS = 30


@admin.register(StudentRecord)
class StudentRecordAdmin(NumberSearch, WorkflowAdmin):
    """学籍 as the registrar sees it."""

    number_path = "id_number_index"
    name_path = "name_key"
    text_paths = ("student_no__startswith", "candidate_no")
    list_display = (
        "student_no",
        masked("name", MaskKind.NAME, "姓名", order="name_key"),
        masked("id_number", MaskKind.DOCUMENT_NO, "证件号码"),
        "class_group",
        "graduating_class",
        "enrollment_status",
        "is_bound",
    )
    list_filter = (
        "school",
        "graduating_class",
        phase_filter(
            "账号",
            "bound",
            Phase("no", "没有绑定账号", lambda rows, _now: rows.filter(binding=None)),
            Phase("yes", "已绑定", lambda rows, _now: rows.filter(binding__isnull=False)),
        ),
        phase_filter(
            "名册",
            "roster",
            Phase("missing", "不在最新名册", lambda rows, _now: rows.exclude(missing_at=None)),
            Phase("there", "在最新名册", lambda rows, _now: rows.filter(missing_at=None)),
        ),
        phase_filter(
            "毕业照片",
            "photo",
            Phase("missing", "没有照片", lambda rows, _now: rows.exclude(pk__in=_with_photo())),
            Phase("there", "有照片", lambda rows, _now: rows.filter(pk__in=_with_photo())),
        ),
        phase_filter(
            "显示",
            "shown",
            Phase("hidden", "暂不显示", lambda rows, _now: rows.exclude(hidden_at=None)),
            Phase("duplicate", "重复，已注销", lambda rows, _now: rows.exclude(duplicate_of=None)),
        ),
        "enrollment_status",
        ("class_group", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("school", "college", "class_group", "binding")
    ordering = ("school", "student_no")
    fields = ("name", "student_no", "school", "owner", "updated_at")
    deeds = (*RECORD_DEEDS, *LIFE_DEEDS, *SECTION_DEEDS)
    viewed_action = "record.viewed"

    def subject_of(self, obj: StudentRecord) -> StudentRecord:
        """The record itself."""
        return obj

    def get_queryset(self, request: HttpRequest) -> "QuerySet[StudentRecord]":
        """With what a page of a record reads."""
        rows: QuerySet[StudentRecord] = super().get_queryset(request)
        return rows.select_related(
            "school", "college", "class_group", "major", "binding", "duplicate_of"
        )

    @admin.display(description="已绑定账号", boolean=True)
    def is_bound(self, record: StudentRecord) -> bool:
        """Whether an account has the record."""
        return hasattr(record, "binding")

    @admin.display(description="账号")
    def owner(self, record: StudentRecord) -> str:
        """The masked log-in name of the owner."""
        found = Binding.objects.filter(record=record).select_related("identity__user").first()
        if found is None:
            return "没有绑定"
        return f"{found.identity.user.contact_label}（{found.get_source_display()}）"

    def panels(self, request: HttpRequest, obj: StudentRecord) -> Sequence[Panel]:
        """Everything about the record in all apps."""
        now = timezone.now()
        return [
            *notes_panel(obj, now=now),
            *field_panels(obj),
            *section_panels(obj),
            photos_panel(obj),
            entries_panel(obj),
            campaigns_panel(obj),
            conclusions_panel(
                VerificationConclusion.objects.filter(round__member__record=obj).defer(
                    "proposed", "note"
                ),
                now=now,
            ),
            requests_panel(obj),
            history_panel(obj),
            audit_panel(
                without_sanction_events(
                    without_review_events(
                        AuditEvent.objects.filter(subject_id=str(obj.pk)),
                        viewer=desk_user(request),
                    ),
                    viewer=desk_user(request),
                ).order_by("-pk")[:_EVENTS],
                title="与这份学籍有关的操作",
            ),
        ]


def _with_photo() -> "QuerySet[PhotoVersion, Any]":
    return PhotoVersion.objects.filter(kind=PhotoKind.GRADUATION, is_current=True).values("record")


def field_panels(record: StudentRecord) -> list[Panel]:
    """The record's fields by group; the document number masked."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for field in record_fields(record):
        label = f"{field.label}（关键）" if field.is_key else field.label
        groups.setdefault(field.group, []).append((label, field.value or "（空）"))
    return [facts(title, pairs) for title, pairs in groups.items()]


def photos_panel(record: StudentRecord) -> Panel:
    """All photo versions, the current ones first."""
    rows = PhotoVersion.objects.filter(record=record).order_by("-is_current", "kind", "-version_no")
    return Panel.of(
        "照片",
        ("照片", "种类", "版本", "当前", "关联时间", "停用时间和原因"),
        (
            (
                picture_cell(
                    row.entry_id,
                    f"{row.get_kind_display()}第 {row.version_no} 版",
                    url=reverse("admin:imaging_captureentry_change", args=[row.entry_id]),
                ),
                row.get_kind_display(),
                row.version_no,
                "是" if row.is_current else "否",
                f"{moment_text(row.attached_at)} {row.attached_by}",
                f"{moment_text(row.ended_at)} {row.end_reason}" if row.ended_at else "",
            )
            for row in rows
        ),
        empty="还没有照片",
    )


def entries_panel(record: StudentRecord) -> Panel:
    """Capture entries that carry this student number and found nobody."""
    rows = CaptureEntry.objects.filter(student_no=record.student_no, record=None)
    return Panel.of(
        "写着这个学号、还没有关联的采集信息",
        ("照片", "状态", "姓名", "收到时间"),
        (
            (
                picture_cell(
                    row.pk,
                    f"采集 {row.pk}",
                    url=reverse("admin:imaging_captureentry_change", args=[row.pk]),
                ),
                row.get_state_display(),
                mask(row.name, MaskKind.NAME),
                moment_text(row.received_at),
            )
            for row in rows.order_by("-pk")[:20]
        ),
        empty="没有",
    )


def campaigns_panel(record: StudentRecord) -> Panel:
    """The campaigns that the record takes part in, with its own deadlines."""
    rows = CampaignMember.objects.filter(record=record).select_related("campaign")
    return Panel.of(
        "校对批次",
        ("校对批次", "本人截止", "本人定稿", "移出"),
        (
            (
                Cell(
                    text=row.campaign.title,
                    url=reverse("admin:imaging_campaignmember_change", args=[row.pk]),
                ),
                moment_text(row.closes_at),
                moment_text(row.sheet_freeze_at),
                moment_text(row.removed_at),
            )
            for row in rows.order_by("-campaign__opens_at")
        ),
        empty="不在任何批次里",
    )


def requests_panel(record: StudentRecord) -> Panel:
    """Correction requests."""
    rows = all_requests().filter(record=record).order_by("-pk")
    return Panel.of(
        "勘误",
        ("勘误", "内容", "状态", "提交时间", "办结时间"),
        (
            (
                Cell(
                    text=str(row),
                    url=reverse("admin:corrections_correctionrequest_change", args=[row.pk]),
                ),
                row.get_kind_display(),
                row.get_state_display(),
                moment_text(row.submitted_at),
                moment_text(row.closed_at),
            )
            for row in rows.defer("note")
        ),
        empty="没有勘误",
    )


def history_panel(record: StudentRecord) -> Panel:
    """履历: whatever happened to the record through any door, newest first."""
    return Panel.of(
        "履历",
        ("时间", "事项", "内容", "理由", "依据", "操作人"),
        (
            (moment_text(line.at), line.title, line.detail, line.reason, line.case, line.by)
            for line in history_of(record)
        ),
        empty="还没有变化",
    )


def notes_panel(record: StudentRecord, *, now: datetime) -> list[Panel]:
    """What is special about the record now: not shown, cancelled, about to change."""
    pairs: list[tuple[str, Any]] = []
    if record.hidden_at is not None:
        said = f"{record.hidden_by}，{moment_text(record.hidden_at)}：{record.hidden_reason}"
        pairs.append(("暂不显示给学生", said))
    if record.missing_at is not None:
        roster = reverse("admin:enrollment_rosterimport_change", args=[record.missing_roster_id])
        since = f"{moment_text(record.missing_at)} 起，名册 {record.missing_roster_id}"
        pairs.append(("不在最新名册", Cell(text=since, url=roster)))
    if record.duplicate_of is not None:
        address = reverse("admin:enrollment_studentrecord_change", args=[record.duplicate_of_id])
        pairs.append(("重复学籍，已注销", Cell(text=record.duplicate_of.student_no, url=address)))
    if record.next_status_from is not None:
        day = date_cn(record.next_status_from)
        since = "已经生效" if record.next_status_from <= local(now).date() else "到时自动生效"
        label = EnrollmentStatus(record.next_status).label
        pairs.append(("学籍异动", f"{day}起变为{label}（{since}）"))
    return [facts("请注意", pairs)] if pairs else []
