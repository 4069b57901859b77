"""Checking a roster: every row read, judged and staged before anything is applied."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import BinaryIO, cast

import orjson
from django.db import transaction

from common import audit
from common.actors import SYSTEM, Actor
from common.crypto import seal_bytes
from common.files import open_sealed
from common.loading import Row, as_moment, flush_later, load, look_again, many_rows
from enrollment.importers.facts import NO_TOUCH, STAGED_FIELDS, after_of, former_of, simple_of
from enrollment.importers.findings import Finding
from enrollment.importers.tables import UnreadableTableError
from enrollment.models import NearMatch, RosterFinding, RosterImport, RosterRow, School
from enrollment.selectors.roster_coverage import lacking_records
from enrollment.services.roster.judging import Inspection, Judged
from enrollment.services.roster.near import propose_near_matches
from enrollment.services.roster.report import (
    RosterReport,
    count_columns,
    count_touched,
    report_from,
)
from enrollment.services.roster.watch import Lease
from enrollment.states import IMPORT, ImportAction, ImportState, RowOutcome, Severity

__all__ = ["check_roster", "seal_json", "stage_roster"]

Progress = Callable[[int], None]

_OUTCOMES = {outcome: outcome.value for outcome in RowOutcome}
_WRITING = frozenset({RowOutcome.CREATE, RowOutcome.UPDATE})
_ROW_COLUMNS = (
    "roster_id",
    "row_no",
    "outcome",
    "student_no",
    "values",
    "raw",
    "former",
    "found_at",
    "record_id",
    "is_applied",
    "changes_key",
    "changes_identity",
    "changes_class",
    "retain_until",
)
_FINDING_COLUMNS = ("roster_id", "row_no", "column", "code", "severity", "message")


def _quiet(_: int) -> None:
    """Nobody watches."""


def seal_json(value: object, *, context: str) -> bytes:
    """A value as the cell of an encrypted JSON column."""
    return seal_bytes(orjson.dumps(value), context=context)


def check_roster(
    *,
    file: BinaryIO,
    file_name: str,
    school: School | None,
    skip_bad: bool,
    on_progress: Progress = _quiet,
) -> RosterReport:
    """A dry run: the whole check in memory, writing nothing. `UnreadableTableError` as the readers'."""
    inspection = Inspection(file, file_name, school)
    findings = list(inspection.file_findings)
    for chunk in inspection.chunks():
        for judged in chunk:
            findings += judged.row.findings
        on_progress(inspection.parsed.row_count)
    inspection.refuse_late()
    findings += inspection.late_findings
    return report_from(
        count_columns(inspection.tally.counts(), skip_bad=skip_bad),
        rows=inspection.parsed.row_count,
        findings=findings,
        applied=False,
    )


@many_rows()
def stage_roster(
    *,
    roster: RosterImport,
    now: datetime,
    actor: Actor = SYSTEM,
    on_progress: Progress = _quiet,
) -> RosterImport:
    """Read an uploaded roster into staged rows and findings; it is then STAGED, or REFUSED.

    REFUSED means that the file cannot be read (`failure` says why) or has errors and bad rows are
    not to be skipped. Rows are committed in chunks, so the site goes on; a check that was killed
    is begun again by the next call. Staged are, encrypted: the values of rows that create or
    update, with what their records have before and after, and of the cells as delivered those of kept
    unknown columns, for rows with findings all of them. Every other cell is in the sealed original.
    """
    lease = Lease(roster, ImportState.UPLOADED, now=now)
    _forget_rows(roster)
    if roster.file is None:
        message = "a roster without its original cannot be checked"
        raise ValueError(message)
    with open_sealed(roster.file) as clear:
        try:
            inspection = Inspection(cast("BinaryIO", clear), roster.file_name, roster.school)
            found = _stage_rows(roster, inspection, lease, on_progress)
        except UnreadableTableError as error:
            _forget_rows(roster)
            _finish(roster, ImportAction.REFUSE, lease, actor, {"failure": str(error)[:300]})
            return roster
    counts = inspection.tally.counts()
    is_refused = counts[RowOutcome.ERROR] > 0 and not roster.skip_bad
    if not is_refused:
        propose_near_matches(roster, lease, STAGED_FIELDS)
    changes: dict[str, object] = {
        **count_columns(counts, skip_bad=roster.skip_bad, findings=found),
        **count_touched(roster),
        "missing_count": lacking_records(roster).count(),
        "row_count": inspection.parsed.row_count,
        "progress": 0,
        "unknown_columns": inspection.parsed.unknown_headers,
        "present_fields": sorted(inspection.parsed.present_fields),
        "value_fields": STAGED_FIELDS,
        "failure": "",
    }
    _finish(
        roster, ImportAction.REFUSE if is_refused else ImportAction.STAGE, lease, actor, changes
    )
    return roster


def _forget_rows(roster: RosterImport) -> None:
    """What an interrupted check has left."""
    with transaction.atomic():
        NearMatch.objects.filter(roster=roster).delete()
        RosterRow.objects.filter(roster=roster).delete()
        RosterFinding.objects.filter(roster=roster).delete()


def _stage_rows(
    roster: RosterImport, inspection: Inspection, lease: Lease, on_progress: Progress
) -> Counter[Severity]:
    found: Counter[Severity] = Counter()
    writer = _StageWriter(roster)
    with transaction.atomic():
        found += writer.write_findings(inspection.file_findings)
    done = 0  # rows are read ahead: what is staged is less than what was read
    for chunk in inspection.chunks():
        rows = [writer.cells(judged) for judged in chunk]
        done += len(rows)
        with transaction.atomic():
            flush_later()
            writer.write_rows(rows)
            found += writer.write_findings(
                finding for judged in chunk for finding in judged.row.findings
            )
            lease.renew(progress=done)
        on_progress(done)
    refused = inspection.refuse_late()
    with transaction.atomic():
        found += writer.write_findings(inspection.late_findings)
        for start in range(0, len(refused), 500):
            RosterRow.objects.filter(roster=roster, row_no__in=refused[start : start + 500]).update(
                outcome=RowOutcome.ERROR
            )
        lease.renew()
    look_again(RosterRow._meta.db_table, "id", "roster_id", "row_no")  # noqa: SLF001 -- Django's public _meta
    return found


class _StageWriter:
    """Turns judged rows into cells and loads them."""

    def __init__(self, roster: RosterImport) -> None:
        self._roster_id = roster.pk
        self._retain_until = None
        if roster.file is not None and roster.file.retain_until is not None:
            self._retain_until = as_moment(roster.file.retain_until)
        self._values_context = RosterRow._meta.get_field("values").context  # noqa: SLF001 -- Django's public _meta
        self._former_context = RosterRow._meta.get_field("former").context  # noqa: SLF001 -- the same
        self._raw_context = RosterRow._meta.get_field("raw").context  # noqa: SLF001 -- the same

    def cells(self, judged: Judged) -> Row:
        """The cells of one staged row."""
        row, outcome, facts, met, merged, changed, touch = judged
        raw = row.raw if row.findings else row.extra
        values = former = found_at = None
        if facts is not None and outcome in _WRITING:
            after = simple = None
            if merged is not None:
                simple = simple_of(merged, changed) if touch == NO_TOUCH else None
                after = None if simple else after_of(facts, merged)
            values = seal_json((*facts, after, simple), context=self._values_context)
        if met is not None and merged is not None:
            former = seal_json(former_of(met.facts, changed), context=self._former_context)
            found_at = as_moment(met.updated_at)
        return (
            self._roster_id,
            row.row_no,
            _OUTCOMES[outcome],
            row.values.student_no[:32],
            values,
            seal_json(raw, context=self._raw_context) if raw else None,
            former,
            found_at,
            met.id if met else None,
            False,
            *touch,
            self._retain_until,
        )

    def write_rows(self, rows: list[Row]) -> None:
        """Append staged rows."""
        table = RosterRow._meta.db_table  # noqa: SLF001 -- Django's public _meta
        load(table, _ROW_COLUMNS, rows)

    def write_findings(self, findings: Iterable[Finding]) -> Counter[Severity]:
        """Append findings; returns how many of each severity."""
        rows: list[Row] = [
            (
                self._roster_id,
                finding.row,
                finding.column,
                finding.code,
                finding.severity.value,
                finding.message[:300],
            )
            for finding in findings
        ]
        if rows:
            table = RosterFinding._meta.db_table  # noqa: SLF001 -- Django's public _meta
            load(table, _FINDING_COLUMNS, rows)
        return Counter(Severity(row[4]) for row in rows)


@transaction.atomic
def _finish(
    roster: RosterImport,
    action: ImportAction,
    lease: Lease,
    actor: Actor,
    changes: dict[str, object],
) -> None:
    state = IMPORT.target(action, source=ImportState.UPLOADED)
    lease.release(state=state, **changes)
    roster.refresh_from_db()
    audit.record(
        "roster.staged" if state is ImportState.STAGED else "roster.refused",
        actor=actor,
        now=lease.moment,
        obj=roster,
        details={"rows": roster.row_count, "errors": roster.error_count, "failure": roster.failure},
    )
