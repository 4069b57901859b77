"""What an import did or would do, in numbers and findings."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from enrollment.importers.findings import Finding
from enrollment.models import RosterImport
from enrollment.states import ImportState, RowOutcome, Severity

__all__ = ["RosterReport", "count_columns", "count_touched", "report_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterReport:
    """Rows by outcome, and findings in file order; `applied` when the records were written.

    Rows with errors count as skipped when bad rows are skipped, and not at all when they stop the
    file: then `created` and `updated` say what the good rows would have done.
    """

    rows: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    applied: bool = False


def count_columns(
    counts: Counter[RowOutcome], *, skip_bad: bool, findings: Counter[Severity] | None = None
) -> dict[str, int]:
    """The counting columns of an import."""
    columns = {
        "created_count": counts[RowOutcome.CREATE],
        "updated_count": counts[RowOutcome.UPDATE],
        "unchanged_count": counts[RowOutcome.UNCHANGED],
        "skipped_count": counts[RowOutcome.SKIP] + (counts[RowOutcome.ERROR] if skip_bad else 0),
    }
    if findings is not None:
        columns["error_count"] = findings[Severity.ERROR]
        columns["warning_count"] = findings[Severity.WARNING]
    return columns


def count_touched(roster: RosterImport) -> dict[str, int]:
    """The counting columns of what updates touch."""
    updates = roster.rows.filter(outcome=RowOutcome.UPDATE)
    return updates.aggregate(
        key_change_count=Count("pk", filter=Q(changes_key=True)),
        class_change_count=Count("pk", filter=Q(changes_class=True)),
    )


def report_from(
    columns: dict[str, int], *, rows: int, findings: Iterable[Finding], applied: bool
) -> RosterReport:
    """A report of these counting columns and findings."""
    by_severity: dict[Severity, list[Finding]] = {Severity.ERROR: [], Severity.WARNING: []}
    for finding in sorted(findings, key=lambda finding: finding.row):
        by_severity[finding.severity].append(finding)
    return RosterReport(
        rows=rows,
        created=columns["created_count"],
        updated=columns["updated_count"],
        unchanged=columns["unchanged_count"],
        skipped=columns["skipped_count"],
        errors=by_severity[Severity.ERROR],
        warnings=by_severity[Severity.WARNING],
        applied=applied,
    )


def report_of(roster: RosterImport) -> RosterReport:
    """The report of an import that was checked or applied."""
    found: Any = roster.findings.order_by("row_no", "pk").values_list(
        "row_no", "column", "code", "severity", "message"
    )
    columns = {
        name: getattr(roster, name) for name in count_columns(Counter(), skip_bad=roster.skip_bad)
    }
    return report_from(
        columns,
        rows=roster.row_count,
        findings=(
            Finding(row, column, code, Severity(severity), message)
            for row, column, code, severity, message in found.iterator(chunk_size=2_000)
        ),
        applied=roster.state == ImportState.APPLIED,
    )
