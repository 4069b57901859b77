"""Roster imports: upload, preview, apply, and how far it is."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path

from common.admin import Act, Deed, DeedForm, NothingForm, Panel, ReadonlyAdmin, moment
from common.admin.imports import ImportAdmin, stuck_filter
from enrollment.admin.roster_panels import (
    applying_panel,
    counts_panel,
    findings_panel,
    kinds_panel,
    preview_panel,
)
from enrollment.documents import XLSX, findings_workbook
from enrollment.models import RosterFinding, RosterImport, RosterRow, School
from enrollment.services.roster import discard_roster, start_roster, submit_roster
from enrollment.states import IMPORT, ImportAction, ImportState, Severity


class RosterUploadForm(DeedForm):
    """The file, and what to do with rows that name no school or have errors."""

    file = forms.FileField(
        label="名册文件",
        help_text="XLSX、CSV 或 DBF。先检查，看过结果再导入。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.dbf"}),
    )
    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        required=False,
        help_text="文件里没有院校代码一列时要选。",
    )
    skip_bad = forms.BooleanField(
        label="跳过有错误的行",
        required=False,
        help_text="不勾选：只要有一行有错误，整个文件都不导入。",
    )


def _upload(_obj: None, act: Act) -> RosterImport:
    return submit_roster(
        file=act.given["file"],
        file_name=act.given["file"].name,
        school=act.given["school"],
        skip_bad=act.given["skip_bad"],
        actor=act.actor,
        now=act.now,
    )


def _start(roster: RosterImport, act: Act) -> str:
    start_roster(roster=roster, actor=act.actor, now=act.now)
    return "开始导入"


def _discard(roster: RosterImport, act: Act) -> str:
    discard_roster(roster=roster, actor=act.actor, now=act.now)
    return "已放弃，没有写进学籍"


@admin.register(RosterImport)
class RosterImportAdmin(ImportAdmin):
    """Roster files on their way in."""

    list_display = (
        "file_name",
        "state",
        "row_count",
        "created_count",
        "updated_count",
        "unchanged_count",
        "skipped_count",
        "error_count",
        "warning_count",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_filter = ("state", stuck_filter, "school")
    list_select_related = ("school",)
    ordering = ("-id",)
    fields = (
        "file_name",
        "school",
        "skip_bad",
        "state",
        "failure",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
    )
    create = Deed(
        name="upload",
        label="上传名册",
        lead="上传后在后台检查，不写进学籍；看过结果，再决定导入。",
        form=RosterUploadForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="导入学籍",
            lead="在后台分批写进学籍；中途断了会接着做，不会写两次。",
            form=NothingForm,
            is_offered=lambda roster, _act: roster.state == ImportState.STAGED,
            preview=lambda roster, _act: [applying_panel(roster)],
            run=_start,
        ),
        Deed(
            name="discard",
            label="放弃",
            lead="不写进学籍。文件和检查结果留到保留期满。",
            form=NothingForm,
            is_offered=lambda roster, _act: IMPORT.allows(
                ImportAction.DISCARD, source=ImportState(roster.state)
            ),
            run=_discard,
            is_danger=True,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        """The findings as a file."""
        findings = path(
            "<int:pk>/findings.xlsx",
            self.admin_site.admin_view(self.findings_view),
            name="enrollment_rosterimport_findings",
        )
        return [findings, *super().get_urls()]

    def findings_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All findings of an import as XLSX; messages never hold a whole number."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        roster = RosterImport.objects.filter(pk=pk).first()
        if roster is None:
            raise Http404
        rows: QuerySet[RosterFinding, Any] = roster.findings.order_by("row_no", "pk").values_list(
            "row_no", "column", "severity", "message", "code"
        )
        data = findings_workbook(
            (row_no, column, str(Severity(severity).label), message, code)
            for row_no, column, severity, message, code in rows.iterator(chunk_size=2_000)
        )
        response = HttpResponse(data, content_type=XLSX)
        response["Cache-Control"] = "no-store, private"
        response["Content-Disposition"] = f'attachment; filename="roster-{pk}-findings.xlsx"'
        return response

    def total_of(self, obj: RosterImport) -> int:
        """Rows in the file."""
        return obj.row_count

    def panels(self, request: HttpRequest, obj: RosterImport) -> Sequence[Panel]:
        """Counts, findings by kind and row by row, and the rows field by field."""
        if obj.state == ImportState.UPLOADED:
            return ()
        start = request.GET.get("start", "")
        return [
            counts_panel(obj),
            kinds_panel(obj),
            findings_panel(obj),
            preview_panel(obj, start=int(start) if start.isdecimal() else 0),
        ]


@admin.register(RosterRow)
class RosterRowAdmin(ReadonlyAdmin):
    """Staged rows; their values are on the page of the import."""

    list_display = ("roster", "row_no", "outcome", "student_no", "record", "is_applied")
    list_display_links = ("row_no",)
    list_filter = (
        "outcome",
        "is_applied",
        ("roster", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("roster", "record")
    search_fields = ("^student_no",)
    search_help_text = "学号开头"
    ordering = ("-roster_id", "row_no")
    fields = ("roster", "row_no", "outcome", "student_no", "record", "is_applied", "retain_until")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[RosterRow]":
        """Without the encrypted cells."""
        rows: QuerySet[RosterRow] = super().get_queryset(request)
        return rows.defer("values", "raw", "former")


@admin.register(RosterFinding)
class RosterFindingAdmin(ReadonlyAdmin):
    """Errors and warnings of rosters."""

    list_display = ("roster", "row_no", "column", "severity", "message")
    list_display_links = ("row_no",)
    list_filter = ("severity", ("roster", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("roster",)
    ordering = ("-roster_id", "severity", "row_no")
    fields = ("roster", "row_no", "column", "severity", "code", "message")
