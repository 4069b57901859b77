"""Taking an applied roster back, chunk by chunk: made records go, changed ones are as before."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F
from django.db.models.deletion import ProtectedError

from common import audit
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment import tasks
from enrollment.importers.facts import Facts
from enrollment.models import (
    Binding,
    DistinctPair,
    NearMatch,
    RosterAbsence,
    RosterImport,
    RosterRow,
    StudentRecord,
)
from enrollment.selectors.roster import stored_by_id
from enrollment.selectors.roster_later import applied_rows, hindered, later_work
from enrollment.services.binding import detach_record
from enrollment.services.roster.absence import forget_presence
from enrollment.services.roster.judging import CHUNK
from enrollment.services.roster.places import Places
from enrollment.services.roster.watch import Lease
from enrollment.services.roster.writing import Change, RecordWriter, index_of
from enrollment.states import ROSTER_UNDO, ImportState, RowOutcome, UndoAction, UndoState

__all__ = ["check_can_undo", "start_undo", "undo_roster"]

Progress = Callable[[int], None]

_STALE = "这份名册的状态刚刚有了变化，请刷新页面再看。"
_ROUNDS = 5


def _quiet(_: int) -> None:
    """Nobody watches."""


def check_can_undo(roster: RosterImport, *, actor: Actor) -> None:
    """NotAllowedError unless the roster is applied, its former values are kept, and a second person asks.

    Whoever started the import does not take it back (two-person rule).
    """
    if roster.state != ImportState.APPLIED or roster.undo_state != UndoState.NONE:
        raise NotAllowedError("只有已导入、没有撤销过的名册能撤销。")
    if roster.file is None or roster.file.purged_at is not None:
        raise NotAllowedError("保留期已过，更新前的值已经销毁，不能再撤销。")
    if applied_rows(roster).filter(written_at=None).exists():
        raise NotAllowedError("这份名册是旧版本导入的，没有记下写入时间，不能撤销。")
    started = AuditEvent.objects.filter(
        action="roster.started",
        object_type=roster._meta.label_lower,  # noqa: SLF001 -- Django's public _meta
        object_id=str(roster.pk),
    )
    if actor.actor_id and started.filter(actor_id=actor.actor_id).exists():
        raise NotAllowedError("导入是你开始的，撤销要由另一位教务老师来做。")


@transaction.atomic
def start_undo(
    *,
    roster: RosterImport,
    reason: str,
    keeps_later_work: bool,
    actor: Actor,
    now: datetime,
    in_background: bool = True,
) -> RosterImport:
    """Begin to take an applied roster back: from here on it is UNDOING and will be finished.

    Refused with all reasons, and nothing done, when later work depends on any of its records;
    with `keeps_later_work` those records stay as they are and all others are taken back.
    """
    check_can_undo(roster, actor=actor)
    works = later_work(roster)
    if works and not keeps_later_work:
        told = "；".join(f"{work.label} {work.count} 份" for work in works)
        raise NotAllowedError(f"没有撤销：有些学籍后来又办了事情（{told}）。")
    target = ROSTER_UNDO.target(UndoAction.BEGIN, source=UndoState(roster.undo_state))
    begun = RosterImport.objects.filter(
        pk=roster.pk, state=ImportState.APPLIED, undo_state=roster.undo_state
    ).update(
        undo_state=target,
        undo_reason=reason,
        keeps_later_work=keeps_later_work,
        undo_started_at=now,
        undo_started_by=actor.actor_label,
        heartbeat_at=None,
        progress=F("row_count") - F("created_count") - F("updated_count"),
    )
    if begun != 1:
        raise StaleStateError(_STALE)
    roster.refresh_from_db()
    audit.record(
        "roster.undo_started",
        actor=actor,
        now=now,
        obj=roster,
        reason=reason,
        details={"kept": sum(work.count for work in works)},
    )
    if in_background:
        transaction.on_commit(partial(tasks.undo_roster.delay, roster_id=roster.pk), robust=True)
    return roster


def undo_roster(
    *, roster: RosterImport, actor: Actor, now: datetime, on_progress: Progress = _quiet
) -> RosterImport:
    """Go on taking back a roster that was started; every chunk is one transaction with its progress.

    A record that somebody has worked on since the start stays as it is and is counted as kept.
    """
    if roster.undo_state != UndoState.UNDOING:
        raise StaleStateError(_STALE)
    lease = Lease(roster, ImportState.APPLIED, now=now, undo_state=UndoState.UNDOING)
    undoing = _Undoing(roster, actor=actor, now=now)
    last = 0
    while chunk := undoing.waiting(after=last):
        last = chunk[-1].row_no
        undoing.take_back(chunk, lease)
        on_progress(undoing.done)
    _finish(roster, lease, actor)
    return roster


class _Undoing:
    """One process's work on one undo."""

    def __init__(self, roster: RosterImport, *, actor: Actor, now: datetime) -> None:
        self._roster, self._actor, self._now = roster, actor, now
        self._places = Places()
        self._writer = RecordWriter(self._places, now=now)
        self.done = roster.progress

    def waiting(self, *, after: int) -> list[RosterRow]:
        """The next rows that wrote a record."""
        rows = applied_rows(self._roster).filter(row_no__gt=after)
        return list(rows.defer("values", "raw").order_by("row_no")[:CHUNK])

    def take_back(self, chunk: list[RosterRow], lease: Lease) -> None:
        """One chunk; tried again when somebody comes between looking and deleting."""
        for attempt in range(1, _ROUNDS + 1):
            try:
                with transaction.atomic():
                    self._take_back(chunk)
                    lease.renew(progress=F("progress") + len(chunk))
            except ProtectedError:
                if attempt == _ROUNDS:
                    raise
            else:
                break
        self.done += len(chunk)

    def _take_back(self, chunk: list[RosterRow]) -> None:
        rows = applied_rows(self._roster).filter(
            row_no__gte=chunk[0].row_no, row_no__lte=chunk[-1].row_no
        )
        kept = hindered(self._roster, rows)
        free = [row for row in chunk if row.record_id and row.record_id not in kept]
        self._restore([row for row in free if row.outcome == RowOutcome.UPDATE])
        self._remove([row for row in free if row.outcome == RowOutcome.CREATE])

    def _restore(self, rows: list[RosterRow]) -> None:
        stored = stored_by_id(row.record_id for row in rows if row.record_id)
        changes = []
        for row in rows:
            record = stored[row.record_id or 0]
            former = dict(row.former or {})
            number = str(former.pop("student_no", record.student_no))
            known = {name: value for name, value in former.items() if name in Facts._fields}
            facts = record.facts._replace(**known)
            changes.append(
                Change(
                    row.pk,
                    number,
                    RowOutcome.UPDATE,
                    facts,
                    index_of(facts),
                    None,
                    record.id,
                    row.written_at,
                )
            )
        if changes:
            self._places.prepare(change.facts for change in changes)
            self._writer.restore(changes)

    def _remove(self, rows: list[RosterRow]) -> None:
        """Records that this roster made, with what goes with them."""
        made = [row.record_id for row in rows if row.record_id]
        for binding in Binding.objects.filter(record__in=made).select_related("record__school"):
            detach_record(
                record=binding.record,
                reason=f"撤销名册导入：{self._roster.undo_reason}"[:300],
                actor=self._actor,
                now=self._now,
            )
        NearMatch.objects.filter(record__in=made).delete()
        DistinctPair.objects.filter(record__in=made).delete()
        RosterAbsence.objects.filter(record__in=made).delete()
        RosterRow.objects.filter(record__in=made).update(record=None)
        StudentRecord.objects.filter(pk__in=made).delete()
        RosterRow.objects.filter(pk__in=[row.pk for row in rows]).update(is_applied=False)


@transaction.atomic
def _finish(roster: RosterImport, lease: Lease, actor: Actor) -> None:
    """Nothing is left waiting but what is kept; marks of absence go back as well."""
    forget_presence(roster)
    kept = applied_rows(roster).count()
    taken = roster.created_count + roster.updated_count - kept
    undone_at = lease.moment
    lease.release(
        undo_state=ROSTER_UNDO.target(UndoAction.FINISH, source=UndoState.UNDOING),
        undone_at=undone_at,
        undone_by=roster.undo_started_by or actor.actor_label,
        progress=roster.row_count,
        kept_count=kept,
    )
    roster.refresh_from_db()
    audit.record(
        "roster.undone",
        actor=actor,
        now=undone_at,
        obj=roster,
        reason=roster.undo_reason,
        details={"rows": taken, "kept": kept, "started_by": roster.undo_started_by},
    )
