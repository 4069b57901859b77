"""What the page of a roster import shows: counts, findings, rows field by field."""

from django.db.models import Count, Min
from django.urls import reverse

from common.admin import Cell, Panel, facts
from common.masking import MaskKind, mask
from enrollment.models import RosterFinding, RosterImport
from enrollment.selectors.roster import PreviewRow, preview_rows
from enrollment.states import RowOutcome, Severity

__all__ = ["applying_panel", "counts_panel", "findings_panel", "kinds_panel", "preview_panel"]

_FINDINGS = 100
_PAGE = 30


def applying_panel(roster: RosterImport) -> Panel:
    """What the click would do."""
    return facts(
        "会写进学籍",
        [
            ("新增", f"{roster.created_count} 份学籍"),
            ("更新", f"{roster.updated_count} 份学籍"),
            ("不动", f"{roster.unchanged_count} 份学籍"),
            ("跳过", f"{roster.skipped_count} 行"),
        ],
        note="更新了关键信息的学籍，学生已有的结论会失效，要再核对一次。",
    )


def counts_panel(roster: RosterImport) -> Panel:
    """What applying does, or did."""
    url = reverse("admin:enrollment_rosterrow_changelist")

    def link(count: int, outcome: RowOutcome) -> Cell:
        query = f"?roster__id__exact={roster.pk}&outcome__exact={outcome}"
        return Cell(text=str(count), url=f"{url}{query}" if count else "")

    return facts(
        "结果",
        [
            ("行数", str(roster.row_count)),
            ("新增", link(roster.created_count, RowOutcome.CREATE)),
            ("更新", link(roster.updated_count, RowOutcome.UPDATE)),
            ("无变化", link(roster.unchanged_count, RowOutcome.UNCHANGED)),
            ("跳过", link(roster.skipped_count, RowOutcome.SKIP)),
            ("错误", str(roster.error_count)),
            ("提醒", str(roster.warning_count)),
            ("不认识的列", "、".join(map(str, roster.unknown_columns)) or "没有"),
        ],
        note="不认识的列加密留存，不写进学籍。" if roster.unknown_columns else "",
    )


def kinds_panel(roster: RosterImport) -> Panel:
    """Findings counted by kind, each with the first example."""
    counted = list(
        roster.findings.values("code", "severity")
        .annotate(counted=Count("pk"), first=Min("pk"))
        .order_by("severity", "-counted")
    )
    examples = RosterFinding.objects.in_bulk([row["first"] for row in counted])
    return Panel.of(
        "检查结果分类",
        ("程度", "数量", "例子", "列"),
        (
            (
                Severity(row["severity"]).label,
                row["counted"],
                examples[row["first"]].message,
                examples[row["first"]].column,
            )
            for row in counted
        ),
        empty="没有错误，也没有提醒",
    )


def findings_panel(roster: RosterImport) -> Panel:
    """The first findings, errors before warnings, and all of them as a file."""
    rows = roster.findings.order_by("severity", "row_no", "pk")[:_FINDINGS]
    return Panel.of(
        f"逐行检查结果（前 {_FINDINGS} 条）",
        ("行", "列", "程度", "说明"),
        ((row.row_no, row.column, row.get_severity_display(), row.message) for row in rows),
        empty="没有",
        note="行号照文件里的数，表头是第 1 行。",
        more=Cell(
            text="下载全部检查结果（XLSX）",
            url=reverse("admin:enrollment_rosterimport_findings", args=[roster.pk]),
        )
        if roster.error_count or roster.warning_count
        else None,
    )


def preview_panel(roster: RosterImport, *, start: int) -> Panel:
    """Rows that create or update, field by field, a page at a time."""
    rows = preview_rows(roster, start=start, limit=_PAGE)
    following = start + _PAGE
    total = roster.created_count + roster.updated_count
    return Panel.of(
        "新增和更新的行，逐项",
        ("行", "学号", "姓名", "结果", "变化"),
        (
            (
                row.row_no,
                row.student_no,
                mask(row.name, MaskKind.NAME),
                row.outcome.label,
                _changes_text(row),
            )
            for row in rows
        ),
        empty="没有要新增或更新的行，或者保留期已过",
        note=f"第 {start + 1}–{start + len(rows)} 行，共 {total} 行。" if rows else "",
        more=Cell(text=f"看后面的（从第 {following + 1} 行起）", url=f"?start={following}")
        if following < total
        else None,
    )


def _changes_text(row: PreviewRow) -> str:
    if row.outcome == RowOutcome.CREATE:
        return "；".join(
            f"{change.label} {_shown(change.name, change.new)}" for change in row.changes
        )
    return "；".join(
        f"{change.label}：{_shown(change.name, change.old)} → {_shown(change.name, change.new)}"
        for change in row.changes
    )


def _shown(name: str, value: str) -> str:
    if not value:
        return "（空）"
    return mask(value, MaskKind.NAME) if name == "name" else value
