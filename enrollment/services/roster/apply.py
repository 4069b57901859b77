"""Applying a checked roster in chunks, so that it goes on after a kill and never blocks the site."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.models import BinaryField, Count, ExpressionWrapper, F

from common import audit
from common.actors import Actor
from common.crypto import unseal_bytes
from common.errors import StaleStateError
from common.loading import flush_later, look_again, many_rows
from enrollment import tasks
from enrollment.importers.facts import (
    NO_TOUCH,
    STAGED_FIELDS,
    Comparer,
    Facts,
    Merger,
    Touch,
    decoder,
    differing,
    former_of,
    settled,
)
from enrollment.models import RosterImport, RosterRow, School, StudentRecord
from enrollment.selectors.roster import Stored, certified_among, stored_by_id, stored_records
from enrollment.services.binding import bind_new_records
from enrollment.services.roster.absence import note_presence
from enrollment.services.roster.judging import CHUNK, judge
from enrollment.services.roster.near import leave_undecided
from enrollment.services.roster.places import Places
from enrollment.services.roster.report import count_columns, count_touched
from enrollment.services.roster.simple import SimpleChange, SimpleWriter
from enrollment.services.roster.stage import seal_json
from enrollment.services.roster.watch import Lease
from enrollment.services.roster.writing import Change, RecordWriter, index_of
from enrollment.services.sections import write_sections
from enrollment.states import IMPORT, ImportAction, ImportState, RowOutcome

__all__ = ["apply_roster", "start_roster"]

Progress = Callable[[int], None]

_CELLS = (
    "pk",
    "row_no",
    "student_no",
    "record_id",
    "found_at",
    "sealed",
    "changes_key",
    "changes_identity",
    "changes_class",
)
_AFTER, _SIMPLE = STAGED_FIELDS.index("after"), STAGED_FIELDS.index("simple")
# A row that loses a race is judged again; so many races in a row are none.
_ROUNDS = 20


def _quiet(_: int) -> None:
    """Nobody watches."""


@transaction.atomic
def start_roster(
    *,
    roster: RosterImport,
    actor: Actor,
    now: datetime,
    in_background: bool = True,
    leaves_undecided: bool = False,
) -> RosterImport:
    """Begin to apply a STAGED roster: from here on it is APPLYING and will be finished.

    Of two people who start it one gets StaleStateError. With `in_background` a worker does the
    rest; the sweep sees to it when none listens. Rows that may be the person of an existing record,
    and about which nobody has decided, make records of their own, or with `leaves_undecided` stay out.
    """
    source = ImportState(roster.state)
    target = IMPORT.target(ImportAction.START, source=source)
    begun = RosterImport.objects.filter(pk=roster.pk, state=source).update(
        state=target,
        started_at=now,
        started_by=actor.actor_label,
        heartbeat_at=None,
        progress=F("row_count") - F("created_count") - F("updated_count"),
    )
    if begun != 1:
        raise StaleStateError("这份名册的状态刚刚有了变化，请刷新页面再看。")
    left = leave_undecided(roster) if leaves_undecided else 0
    roster.refresh_from_db()
    audit.record("roster.started", actor=actor, now=now, obj=roster, details={"left": left})
    if in_background:
        transaction.on_commit(partial(tasks.apply_roster.delay, roster_id=roster.pk), robust=True)
    return roster


@many_rows()
def apply_roster(
    *, roster: RosterImport, actor: Actor, now: datetime, on_progress: Progress = _quiet
) -> RosterImport:
    """Write a checked roster into the records, or go on where an earlier call was killed.

    Every chunk is one transaction with its progress, so nothing is written twice or half. A row is written
    as it was checked while its record is as it was then; otherwise it is judged again against the record of
    now. A row that was found unchanged when the file was checked stays out of it. Records that belong to
    people who have proven who they are get bound at once. StaleStateError when the roster is not to be
    applied, or is being applied by somebody else right now.
    """
    if roster.state != ImportState.APPLYING:
        start_roster(roster=roster, actor=actor, now=now, in_background=False)
    lease = Lease(roster, ImportState.APPLYING, now=now)
    application = _Application(roster, now=now)
    for attempt in range(_ROUNDS):
        is_anything_left = False
        for chunk in application.chunks(again=attempt > 0):
            is_anything_left = True
            application.write(chunk, lease)
            on_progress(application.done)
        if not is_anything_left:
            break
    write_sections(roster=roster, actor=actor, now=now)
    _finish(roster, lease, actor)
    return roster


class _Waiting(NamedTuple):
    """A staged row that is not applied; its values are still sealed."""

    pk: int
    row_no: int
    student_no: str
    record_id: int | None
    found_at: datetime | None
    sealed: bytes
    touch: Touch


class _Changes(NamedTuple):
    """A chunk, ready to be written: whole records, and simple fields of some."""

    whole: list[Change]
    simple: list[SimpleChange]


class _Application:
    """One process's work on one import."""

    def __init__(self, roster: RosterImport, *, now: datetime) -> None:
        self._now = now
        self._rows = (
            RosterRow.objects.filter(
                roster=roster, is_applied=False, outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
            )
            .annotate(sealed=ExpressionWrapper(F("values"), output_field=BinaryField()))
            .order_by("row_no")
        )
        self._decode = decoder(roster.value_fields)
        # What an earlier version has staged is judged again, by the rules of now.
        self._is_as_now = tuple(roster.value_fields) == STAGED_FIELDS
        self._merger = Merger(frozenset(roster.present_fields))
        self._comparer = Comparer(dict(School.objects.values_list("code", "key_fields")))
        self._places = Places()
        self._writer = RecordWriter(self._places, now=now)
        self._simple_writer = SimpleWriter(now=now)
        self._values_context = RosterRow._meta.get_field("values").context  # noqa: SLF001 -- Django's public _meta
        self._former_context = RosterRow._meta.get_field("former").context  # noqa: SLF001 -- the same
        self._is_under_way = False
        self.done = roster.progress

    def chunks(self, *, again: bool) -> Iterator[_Changes]:
        """Everything that waits, chunk by chunk, ready to be written; what lost a race is judged `again`."""
        chunk = self._waiting(after=0)
        while chunk:
            changes = self._changes(chunk, again=again)
            self._places.prepare(change.facts for change in changes.whole)
            yield changes
            chunk = self._waiting(after=chunk[-1].row_no)

    def _waiting(self, *, after: int) -> list[_Waiting]:
        rows = self._rows.filter(row_no__gt=after)
        cells = rows.values_list(*_CELLS)[:CHUNK]
        return [_Waiting._make((*cell[:-3], Touch._make(cell[-3:]))) for cell in cells]

    def _changes(self, chunk: list[_Waiting], *, again: bool) -> _Changes:
        """What each row does: as it was checked where that still holds, else to the record of now."""
        context = self._values_context
        kept = [orjson.loads(unseal_bytes(bytes(row.sealed), context=context)) for row in chunk]
        changes: list[Change] = []
        simple: list[SimpleChange] = []
        open_rows: list[_Waiting] = []
        open_facts: list[Facts] = []
        certified = certified_among(row.record_id for row in chunk if row.record_id)
        for row, values in zip(chunk, kept, strict=True):
            if again or not self._is_as_now or row.record_id in certified or not _is_checked(row):
                open_rows.append(row)
                open_facts.append(self._decode(values))
            elif (change := _as_simple(row, values)) is not None:
                simple.append(change)
            else:
                changes.append(_as_checked(row, self._decode(values), values[_AFTER]))
        return _Changes(changes + self._judged(open_rows, open_facts), simple)

    def _judged(self, chunk: list[_Waiting], facts: list[Facts]) -> list[Change]:
        if not chunk:
            return []
        stored = stored_records(
            (one.school_code, row.student_no) for one, row in zip(facts, chunk, strict=True)
        )
        # A row that stands for a record under another number: somebody decided that it does.
        others = stored_by_id(
            row.record_id
            for one, row in zip(facts, chunk, strict=True)
            if row.record_id and (one.school_code, row.student_no) not in stored
        )
        return [
            self._change(
                row,
                one,
                stored.get((one.school_code, row.student_no)),
                others.get(row.record_id or 0),
            )
            for one, row in zip(facts, chunk, strict=True)
        ]

    def write(self, chunk: _Changes, lease: Lease) -> None:
        """Write one chunk, its progress and the bindings that follow in one transaction."""
        with transaction.atomic():
            flush_later()
            whole = self._writer.write(chunk.whole)
            simple = self._simple_writer.write(chunk.simple)
            done = whole.done + simple.done
            lease.renew(progress=F("progress") + done)
            if held := whole.held + simple.held:
                bind_new_records(now=self._now, record_ids=held)
        if not self._is_under_way:
            self._is_under_way = True
            look_again(StudentRecord._meta.db_table, "id", "school_id", "student_no")  # noqa: SLF001 -- Django's public _meta
        self.done += done

    def _change(
        self, row: _Waiting, facts: Facts, own: Stored | None, other: Stored | None
    ) -> Change:
        stored = own or other
        outcome, after, changed = judge(facts, stored, self._merger)
        if stored is None:
            return _creation(row, after)
        if own is None:
            outcome, after = RowOutcome.UPDATE, after._replace(school_code=facts.school_code)
            changed = differing(stored.facts, after)
        former, touch = None, NO_TOUCH
        if outcome is RowOutcome.UPDATE:
            touch = self._comparer.touch(stored.facts, after, changed)
            before = former_of(stored.facts, changed)
            if stored.student_no != row.student_no:
                before["student_no"] = stored.student_no
            former = seal_json(before, context=self._former_context)
        return Change(
            row.pk,
            row.student_no,
            outcome,
            after,
            index_of(after),
            former,
            stored.id,
            stored.updated_at,
            touch,
        )


def _is_checked(row: _Waiting) -> bool:
    """Whether the check worked out all that this row does: not where people joined it with a record."""
    return row.record_id is None or row.found_at is not None


def _as_simple(row: _Waiting, values: Sequence[Any]) -> SimpleChange | None:
    """The row as a change of simple fields alone, where the check found that it is one."""
    simple = values[_SIMPLE]
    if simple is None or row.record_id is None or row.found_at is None:
        return None
    return SimpleChange(row.pk, row.record_id, row.found_at, simple)


def _as_checked(row: _Waiting, facts: Facts, after: dict[str, Any] | None) -> Change:
    """What the check has found. Its record is written only while it is as it was found."""
    if row.record_id is None:
        return _creation(row, facts)
    facts = facts._replace(**after) if after else facts
    return Change(
        row.pk,
        row.student_no,
        RowOutcome.UPDATE,
        facts,
        index_of(facts) if row.touch.key or row.touch.identity else None,
        None,  # what it has staged already
        row.record_id,
        row.found_at,
        row.touch,
    )


def _creation(row: _Waiting, facts: Facts) -> Change:
    facts = settled(facts)
    number = index_of(facts)
    return Change(row.pk, row.student_no, RowOutcome.CREATE, facts, number, None, None, None)


@transaction.atomic
def _finish(roster: RosterImport, lease: Lease, actor: Actor) -> None:
    """The import's one event: counts as they came out, by whom it was started."""
    counted = roster.rows.values_list("outcome").annotate(Count("pk")).order_by()
    counts = Counter({RowOutcome(outcome): number for outcome, number in counted})
    columns = count_columns(counts, skip_bad=roster.skip_bad) | count_touched(roster)
    finished_at = lease.moment
    columns["missing_count"], returned = note_presence(roster, now=finished_at)
    lease.release(
        state=IMPORT.target(ImportAction.FINISH, source=ImportState.APPLYING),
        applied_at=finished_at,
        applied_by=roster.started_by or actor.actor_label,
        progress=roster.row_count,
        failure="",
        **columns,
    )
    roster.refresh_from_db()
    audit.record(
        "roster.applied",
        actor=actor,
        now=finished_at,
        obj=roster,
        details={
            "rows": roster.row_count,
            "started_by": roster.started_by,
            "returned": returned,
            **columns,
        },
    )
