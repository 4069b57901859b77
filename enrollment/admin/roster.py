"""Roster imports: upload, findings, preview, apply, how far it is, and taking back."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from common.admin import Panel, ReadonlyAdmin, WorkflowAdmin, actor_of, masked, moment
from common.admin.imports import ImportAdmin, Progress, stuck_filter
from common.components import ActionButton
from common.errors import DomainError
from common.masking import MaskKind
from common.spreadsheets import taken_mark
from enrollment.admin.roster_deeds import NEAR_DEEDS, ROSTER_DEEDS, UPLOAD
from enrollment.admin.roster_panels import (
    counts_panel,
    coverage_text,
    findings_panel,
    kinds_panel,
    near_panel,
    rows_url,
    undone_panel,
)
from enrollment.admin.roster_rows import rows_page
from enrollment.documents import XLSX, findings_workbook
from enrollment.matching import reason_text
from enrollment.models import (
    DistinctPair,
    NearMatch,
    RosterAbsence,
    RosterFinding,
    RosterImport,
    RosterRow,
)
from enrollment.selectors.roster_preview import RowKind
from enrollment.services.roster import open_error_book
from enrollment.states import ImportState, Severity, UndoState


@admin.register(RosterImport)
class RosterImportAdmin(ImportAdmin):
    """Roster files on their way in."""

    list_display = (
        "stage",
        "name",
        "outcome",
        "problems",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_display_links = ("name",)
    list_filter = (stuck_filter, "state", "undo_state", "school")
    list_select_related = ("school",)
    ordering = ("-id",)
    fields = (
        "file_name",
        "stage",
        "school",
        "covers",
        "skip_bad",
        "failure",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
    )
    create = UPLOAD
    deeds = ROSTER_DEEDS

    @admin.display(description="文件", ordering="file_name")
    def name(self, obj: RosterImport) -> str:
        """The file's name, which may break: it must not push the results out of view."""
        return format_html('<span class="desk-name">{}</span>', obj.file_name)

    @admin.display(description="状态", ordering="state")
    def stage(self, obj: RosterImport) -> str:
        """How far it is, also on the way back."""
        if obj.undo_state != UndoState.NONE:
            return obj.get_undo_state_display()
        return obj.get_state_display()

    @admin.display(description="名册范围")
    def covers(self, obj: RosterImport) -> str:
        """Of whom the file claims to be complete."""
        return coverage_text(obj)

    @admin.display(description="结果")
    def outcome(self, obj: RosterImport) -> str:
        """What it does or did, in one line."""
        parts = [
            (obj.created_count, "新增"),
            (obj.updated_count, "更新"),
            (obj.unchanged_count, "无变化"),
            (obj.missing_count, "不在名册"),
        ]
        told = "，".join(f"{label} {count}" for count, label in parts if count)
        return f"{obj.row_count} 行：{told}" if told else f"{obj.row_count} 行"

    @admin.display(description="问题")
    def problems(self, obj: RosterImport) -> str:
        """Errors and warnings."""
        if not obj.error_count and not obj.warning_count:
            return "没有"
        return f"错误 {obj.error_count}，提醒 {obj.warning_count}"

    def get_urls(self) -> list[URLPattern]:
        """The rows one by one, and what is taken home as files."""
        view = self.admin_site.admin_view
        name = "enrollment_rosterimport"
        return [
            path("<int:pk>/rows/", view(self.rows_view), name=f"{name}_rows"),
            path("<int:pk>/findings.xlsx", view(self.findings_view), name=f"{name}_findings"),
            path("<int:pk>/errors.xlsx", view(self.errors_view), name=f"{name}_errors"),
            *super().get_urls(),
        ]

    def rows_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The rows of a kind, a page at a time."""
        return rows_page(self, request, self._roster(request, pk))

    def errors_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The rows with findings as delivered, to be mended; whoever takes it is written down."""
        roster = self._roster(request, pk)
        if not self.may_act(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(self.change_url(roster))
        try:
            book = open_error_book(roster=roster, actor=actor_of(request), now=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self.change_url(roster))
        response = FileResponse(
            book, as_attachment=True, filename=f"名册待改行-{pk}.xlsx", content_type=XLSX
        )
        response["Cache-Control"] = "no-store, private"
        return response

    def findings_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All findings of an import as XLSX; messages never hold a whole number."""
        roster = self._roster(request, pk)
        rows: QuerySet[RosterFinding, Any] = roster.findings.order_by("row_no", "pk").values_list(
            "row_no", "column", "severity", "message", "code"
        )
        data = findings_workbook(
            (
                (row_no, column, str(Severity(severity).label), message, code)
                for row_no, column, severity, message, code in rows.iterator(chunk_size=2_000)
            ),
            mark=taken_mark(actor_of(request), timezone.now()),
        )
        response = HttpResponse(data, content_type=XLSX)
        response["Cache-Control"] = "no-store, private"
        response["Content-Disposition"] = f'attachment; filename="roster-{pk}-findings.xlsx"'
        return response

    def _roster(self, request: HttpRequest, pk: int) -> RosterImport:
        if not self.has_view_permission(request):
            raise PermissionDenied
        roster = RosterImport.objects.select_related("school", "file").filter(pk=pk).first()
        if roster is None:
            raise Http404
        return roster

    def total_of(self, obj: RosterImport) -> int:
        """Rows in the file; not known before it is read through."""
        return obj.row_count

    def progress_of(self, obj: Any) -> Progress | None:
        """Also while an import is taken back."""
        if obj.undo_state == UndoState.UNDOING:
            return self.shown_progress(obj, "正在撤销")
        return super().progress_of(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the links to the rows, and the workbook of what is to be mended."""
        response = super().render_change_form(request, context, *args, **kwargs)
        obj = kwargs.get("obj")
        if obj is not None and obj.state != ImportState.UPLOADED:
            buttons = list(context.get("buttons", ()))
            buttons.append(ActionButton(label="逐行看", url=rows_url(obj, RowKind.CREATE)))
            has_findings = obj.error_count or obj.warning_count
            is_kept = obj.file is not None and obj.file.purged_at is None
            if has_findings and is_kept and self.may_act(request):
                url = reverse("admin:enrollment_rosterimport_errors", args=[obj.pk])
                buttons.append(ActionButton(label="下载待改的行", url=url, method="post"))
            context["buttons"] = buttons
        return response

    def panels(self, request: HttpRequest, obj: RosterImport) -> Sequence[Panel]:
        """Counts, findings by kind and row by row."""
        if obj.state == ImportState.UPLOADED:
            return ()
        shown = [undone_panel(obj), counts_panel(obj), kinds_panel(obj), findings_panel(obj)]
        return [panel for panel in shown if panel is not None]


@admin.register(RosterRow)
class RosterRowAdmin(ReadonlyAdmin):
    """Staged rows; their values are on the pages of the import."""

    list_display = ("row_no", "roster", "outcome", "student_no", "is_applied")
    list_filter = (
        "outcome",
        "is_applied",
        "changes_key",
        "changes_class",
        ("roster", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("roster",)
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

    list_display = ("row_no", "severity", "column", "message", "roster")
    list_filter = ("severity", ("roster", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("roster",)
    ordering = ("-roster_id", "severity", "row_no")
    fields = ("roster", "row_no", "column", "severity", "code", "message")


@admin.register(NearMatch)
class NearMatchAdmin(WorkflowAdmin):
    """Rows that may be known people; decided here, before the roster is applied."""

    list_display = (
        "__str__",
        "why",
        masked("record.name", MaskKind.NAME, "已有学籍"),
        "decision",
        "roster",
    )
    list_filter = ("decision", ("roster", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("roster", "row", "record")
    ordering = ("-roster_id", "row__row_no", "id")
    fields = ("roster", "record", "decision", "reason", "decided_at", "decided_by")
    deeds = NEAR_DEEDS

    def get_queryset(self, request: HttpRequest) -> "QuerySet[NearMatch]":
        """With what a page of a pair reads."""
        rows: QuerySet[NearMatch] = super().get_queryset(request)
        return rows.select_related(
            "roster",
            "row",
            "record__school",
            "record__college",
            "record__major",
            "record__class_group",
        )

    @admin.display(description="相近之处")
    def why(self, obj: NearMatch) -> str:
        """The reasons as sentences."""
        return "；".join(reason_text(code) for code in obj.reasons)

    def panels(self, request: HttpRequest, obj: NearMatch) -> Sequence[Panel]:
        """Row and record side by side."""
        return [near_panel(obj)] if obj.row.values is not None else ()


@admin.register(DistinctPair)
class DistinctPairAdmin(ReadonlyAdmin):
    """Pairs of which somebody has said that they are two people."""

    list_display = ("record", moment("decided_at", "决定时间"), "decided_by")
    list_select_related = ("record",)
    ordering = ("-id",)
    fields = ("record", "decided_at", "decided_by")


@admin.register(RosterAbsence)
class RosterAbsenceAdmin(ReadonlyAdmin):
    """Times during which records were not in the latest roster."""

    list_display = (
        "record",
        moment("missing_at", "缺席起"),
        "missing_roster",
        moment("returned_at", "重新出现"),
        "returned_roster",
    )
    list_select_related = ("record", "missing_roster", "returned_roster")
    ordering = ("-id",)
    fields = ("record", "missing_roster", "missing_at", "returned_roster", "returned_at")
