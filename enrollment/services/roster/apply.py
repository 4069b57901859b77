"""Applying a checked roster in chunks, so that it goes on after a kill and never blocks the site."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import cast

from django.db import transaction
from django.db.models import Count, F

from common import audit
from common.actors import Actor
from common.errors import StaleStateError
from enrollment import tasks
from enrollment.importers.facts import Facts, Merger, decoder
from enrollment.models import RosterImport, RosterRow, StudentRecord
from enrollment.selectors.roster import Stored, stored_records
from enrollment.services.binding import bind_new_records
from enrollment.services.roster.judging import CHUNK, judge
from enrollment.services.roster.loading import look_again
from enrollment.services.roster.places import Places
from enrollment.services.roster.report import count_columns
from enrollment.services.roster.stage import seal_json
from enrollment.services.roster.watch import Lease
from enrollment.services.roster.writing import Change, RecordWriter, index_of
from enrollment.states import IMPORT, ImportAction, ImportState, RowOutcome

__all__ = ["apply_roster", "start_roster"]

Progress = Callable[[int], None]

# A row that loses a race is judged again; so many races in a row are none.
_ROUNDS = 20


def _quiet(_: int) -> None:
    """Nobody watches."""


@transaction.atomic
def start_roster(
    *, roster: RosterImport, actor: Actor, now: datetime, in_background: bool = True
) -> RosterImport:
    """Begin to apply a STAGED roster: from here on it is APPLYING and will be finished.

    Of two people who start it one gets StaleStateError. With `in_background` a worker does the
    rest; the sweep sees to it when none listens.
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
    roster.refresh_from_db()
    audit.record("roster.started", actor=actor, now=now, obj=roster)
    if in_background:
        transaction.on_commit(partial(tasks.apply_roster.delay, roster_id=roster.pk), robust=True)
    return roster


def apply_roster(
    *, roster: RosterImport, actor: Actor, now: datetime, on_progress: Progress = _quiet
) -> RosterImport:
    """Write a checked roster into the records, or go on where an earlier call was killed.

    Every chunk is one transaction with its progress, so nothing is written twice or half. Rows that
    create or update are judged again against the records of now; a row that was found unchanged
    when the file was checked stays out of it. Records that belong to people who have proven who
    they are get bound at once. StaleStateError when the roster is not to be applied, or is being
    applied by somebody else right now.
    """
    if roster.state != ImportState.APPLYING:
        start_roster(roster=roster, actor=actor, now=now, in_background=False)
    lease = Lease(roster, ImportState.APPLYING, now=now)
    application = _Application(roster, now=now)
    for _ in range(_ROUNDS):
        last_row_no = 0
        while chunk := application.waiting(after=last_row_no):
            last_row_no = chunk[-1][1]
            application.apply(chunk, lease)
            on_progress(application.done)
        if last_row_no == 0:
            break
    _finish(roster, lease, actor)
    return roster


_Waiting = tuple[int, int, str, list[object]]


class _Application:
    """One process's work on one import."""

    def __init__(self, roster: RosterImport, *, now: datetime) -> None:
        self._now = now
        self._rows = RosterRow.objects.filter(
            roster=roster, is_applied=False, outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
        ).order_by("row_no")
        self._decode = decoder(roster.value_fields)
        self._merger = Merger(frozenset(roster.present_fields))
        self._places = Places()
        self._writer = RecordWriter(self._places, now=now)
        self._former_context = RosterRow._meta.get_field("former").context  # noqa: SLF001 -- Django's public _meta
        self._is_under_way = False
        self.done = roster.progress

    def waiting(self, *, after: int) -> list[_Waiting]:
        """The next staged rows that are not applied: id, line, student number, values."""
        rows = self._rows.filter(row_no__gt=after)
        cells = rows.values_list("pk", "row_no", "student_no", "values")[:CHUNK]
        return cast("list[_Waiting]", list(cells))

    def apply(self, chunk: list[_Waiting], lease: Lease) -> None:
        """Write one chunk; everything that can be worked out is worked out before the transaction."""
        facts = [self._decode(values) for _, _, _, values in chunk]
        stored = stored_records(
            (one.school_code, number) for one, (_, _, number, _) in zip(facts, chunk, strict=True)
        )
        changes = [
            self._change(row_id, number, one, stored.get((one.school_code, number)))
            for one, (row_id, _, number, _) in zip(facts, chunk, strict=True)
        ]
        self._places.prepare(change.facts for change in changes)
        with transaction.atomic():
            written = self._writer.write(changes)
            lease.renew(progress=F("progress") + written.done)
            if written.held:
                bind_new_records(now=self._now, record_ids=written.held)
        if not self._is_under_way:
            self._is_under_way = True
            look_again(StudentRecord._meta.db_table, "id", "school_id", "student_no")  # noqa: SLF001 -- Django's public _meta
        self.done += written.done

    def _change(self, row_id: int, number: str, facts: Facts, stored: Stored | None) -> Change:
        outcome, after = judge(facts, stored, self._merger)
        if stored is None:
            return Change(row_id, number, outcome, after, index_of(after), None, None, None)
        former = None
        if outcome is RowOutcome.UPDATE:
            before = zip(Facts._fields, stored.facts, after, strict=True)
            former = seal_json(
                {name: old for name, old, new in before if old != new},
                context=self._former_context,
            )
        return Change(
            row_id,
            number,
            outcome,
            after,
            index_of(after),
            former,
            stored.id,
            stored.updated_at,
        )


@transaction.atomic
def _finish(roster: RosterImport, lease: Lease, actor: Actor) -> None:
    """The import's one event: counts as they came out, by whom it was started."""
    counted = roster.rows.values_list("outcome").annotate(Count("pk")).order_by()
    counts = Counter({RowOutcome(outcome): number for outcome, number in counted})
    columns = count_columns(counts, skip_bad=roster.skip_bad)
    finished_at = lease.moment
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
        details={"rows": roster.row_count, "started_by": roster.started_by, **columns},
    )
