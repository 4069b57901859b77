"""履历: everything that happened to a record, newest first, out of what every door has kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from accounts.identity import canonical_number
from common.masking import MaskKind, mask
from common.models import AuditEvent
from common.wording import date_cn
from enrollment.models import Amendment, RosterRow, StatusChange, StudentRecord
from enrollment.selectors.fields import FIELD_LABELS
from enrollment.states import EnrollmentStatus, RowOutcome

__all__ = ["HistoryLine", "history_of", "own_history_of"]

_EVENTS = {
    "binding.made": "绑定账号",
    "binding.removed": "解除绑定",
    "record.hidden": "暂不显示给学生",
    "record.shown": "恢复显示",
    "duplicate.proposed": "提出按重复学籍注销",
    "duplicate.confirmed": "确认重复，已注销",
    "duplicate.declined": "不是重复，保留",
    "duplicate.undone": "重复学籍已恢复",
}
# What a student reads of it: never who did it, nor a reason, which may speak of somebody else.
_OWN_EVENTS = frozenset({"binding.made", "duplicate.undone"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One thing that happened: when, what, in detail, by whom, why, and from which case."""

    at: datetime
    title: str
    detail: str = ""
    by: str = ""
    reason: str = ""
    case: str = ""


def history_of(record: StudentRecord) -> list[HistoryLine]:
    """For staff: status changes, amendments, imports, bindings, what was hidden or cancelled."""
    lines = [
        *_statuses(record),
        *_amendments(record),
        *_imports(record),
        *_events(record, frozenset(_EVENTS)),
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def own_history_of(record: StudentRecord) -> list[HistoryLine]:
    """For the student: the same without names and reasons of staff, and without what concerns staff alone."""
    lines = [
        *_statuses(record),
        *_amendments(record),
        *_imports(record),
        *_events(record, _OWN_EVENTS),
    ]
    plain = [HistoryLine(at=line.at, title=line.title, detail=line.detail) for line in lines]
    return sorted(plain, key=lambda line: line.at, reverse=True)


def _statuses(record: StudentRecord) -> Iterator[HistoryLine]:
    for change in StatusChange.objects.filter(record=record):
        former = change.former_text or str(EnrollmentStatus(change.former_status).label)
        latter = change.status_text or str(EnrollmentStatus(change.status).label)
        detail = f"{former} → {latter}，{date_cn(change.effective_from)}起"
        yield HistoryLine(
            at=change.recorded_at,
            title=f"学籍异动（{change.get_source_display()}）",
            detail=f"{detail}；还没生效就撤销了" if change.revoked_at else detail,
            by=change.recorded_by,
            reason=change.reason,
            case=change.case_ref,
        )


def _amendments(record: StudentRecord) -> Iterator[HistoryLine]:
    """One line for what was amended together; the status has a line of its own."""
    rows = Amendment.objects.filter(record=record).exclude(field="enrollment_status")
    for at, together in groupby(rows.order_by("amended_at", "pk"), key=lambda row: row.amended_at):
        made = list(together)
        yield HistoryLine(
            at=at,
            title="更正关键信息" if any(row.is_key for row in made) else "更正信息",
            detail="；".join(
                f"{FIELD_LABELS.get(row.field, row.field)}："
                f"{_shown(row.field, row.old_value)} → {_shown(row.field, row.new_value)}"
                for row in made
            ),
            by=made[0].amended_by,
            reason=made[0].reason,
            case=made[0].case_ref,
        )


def _imports(record: StudentRecord) -> Iterator[HistoryLine]:
    rows = RosterRow.objects.filter(
        record=record, is_applied=True, outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
    ).select_related("roster")
    for row in rows.defer("values", "raw"):
        roster = row.roster
        at = roster.applied_at or roster.started_at or roster.created_at
        is_new = row.outcome == RowOutcome.CREATE
        fields = [FIELD_LABELS[name] for name in row.former or {} if name in FIELD_LABELS]
        yield HistoryLine(
            at=at,
            title="由名册建立" if is_new else "名册更新",
            detail="" if is_new else "、".join(fields),
            by=roster.applied_by or roster.started_by,
            case=f"名册 {roster.pk}，第 {row.row_no} 行",
        )


def _events(record: StudentRecord, actions: frozenset[str]) -> Iterator[HistoryLine]:
    events = AuditEvent.objects.filter(subject_id=str(record.pk), action__in=sorted(actions))
    for event in events:
        yield HistoryLine(
            at=event.occurred_at,
            title=_EVENTS[event.action],
            by=event.actor_label,
            reason=event.reason,
        )


def _shown(field: str, value: str) -> str:
    if not value:
        return "（空）"
    if field == "id_number":
        return mask(canonical_number(value), MaskKind.DOCUMENT_NO)
    return value
