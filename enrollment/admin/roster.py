"""Roster imports: the file, its rows, its findings."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from common.admin import Cell, Panel, ReadonlyAdmin, facts, moment
from common.admin.imports import ImportAdmin, stuck_filter
from enrollment.models import RosterFinding, RosterImport, RosterRow
from enrollment.states import RowOutcome, Severity

_FINDINGS = 200


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

    def total_of(self, obj: RosterImport) -> int:
        """Rows in the file."""
        return obj.row_count

    def panels(self, request: HttpRequest, obj: RosterImport) -> Sequence[Panel]:
        """Counts, findings by kind, findings row by row."""
        return [counts_panel(obj), kinds_panel(obj), findings_panel(obj)]


def counts_panel(roster: RosterImport) -> Panel:
    """What applying does, or did."""
    url = reverse("admin:enrollment_rosterrow_changelist")

    def link(count: int, outcome: RowOutcome) -> Cell:
        query = f"?roster__id__exact={roster.pk}&outcome__exact={outcome}"
        return Cell(text=str(count), url=f"{url}{query}" if count else "")

    return facts(
        "结果",
        [
            ("行数", roster.row_count),
            ("新增", link(roster.created_count, RowOutcome.CREATE)),
            ("更新", link(roster.updated_count, RowOutcome.UPDATE)),
            ("无变化", link(roster.unchanged_count, RowOutcome.UNCHANGED)),
            ("跳过", link(roster.skipped_count, RowOutcome.SKIP)),
            ("错误", roster.error_count),
            ("提醒", roster.warning_count),
            ("不认识的列（加密留存，不写进学籍）", "、".join(roster.unknown_columns) or "没有"),
        ],
    )


def kinds_panel(roster: RosterImport) -> Panel:
    """Findings counted by kind."""
    counted = (
        roster.findings.values("code", "severity")
        .annotate(counted=Count("pk"))
        .order_by("severity", "-counted")
    )
    samples = {
        row["code"]: row["message"]
        for row in roster.findings.order_by("code", "-row_no").values("code", "message")[:5_000]
    }
    return Panel.of(
        "检查结果分类",
        ("程度", "例子", "行数"),
        (
            (
                Severity(row["severity"]).label,
                samples.get(row["code"], row["code"]),
                row["counted"],
            )
            for row in counted
        ),
        empty="没有错误，也没有提醒",
    )


def findings_panel(roster: RosterImport) -> Panel:
    """The first findings, errors before warnings."""
    rows = roster.findings.order_by("severity", "row_no", "pk")[:_FINDINGS]
    url = reverse("admin:enrollment_rosterfinding_changelist")
    return Panel.of(
        f"逐行检查结果（前 {_FINDINGS} 条）",
        ("行", "列", "程度", "说明"),
        ((row.row_no, row.column, row.get_severity_display(), row.message) for row in rows),
        empty="没有",
        more=Cell(text="看全部", url=f"{url}?roster__id__exact={roster.pk}"),
    )


@admin.register(RosterRow)
class RosterRowAdmin(ReadonlyAdmin):
    """Staged rows; their values are on the preview page of the import."""

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
        return super().get_queryset(request).defer("values", "raw", "former")


@admin.register(RosterFinding)
class RosterFindingAdmin(ReadonlyAdmin):
    """Errors and warnings of rosters."""

    list_display = ("roster", "row_no", "column", "severity", "message")
    list_display_links = ("row_no",)
    list_filter = ("severity", "code", ("roster", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("roster",)
    ordering = ("-roster_id", "severity", "row_no")
    fields = ("roster", "row_no", "column", "severity", "code", "message")
