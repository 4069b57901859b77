"""What was done with records after a roster had written them: reasons not to take it back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from enrollment.models import (
    Binding,
    DistinctPair,
    NearMatch,
    RosterAbsence,
    RosterImport,
    RosterRow,
    StudentRecord,
)
from enrollment.states import BindingSource, ImportState, RowOutcome, UndoState

__all__ = ["CONCLUSIONS_LOST", "LATER_WORK", "LaterWork", "applied_rows", "hindered", "later_work"]

_EXAMPLES = 5
# Rows of this app that go with a record, or are looked at by rules of their own below.
_OWN = (RosterRow, NearMatch, DistinctPair, RosterAbsence, Binding)

Rows = QuerySet[RosterRow]
Work = tuple[str, QuerySet[Any, Any]]

LATER_WORK: list[Callable[[Rows], Iterable[Work]]] = []
"""Asked for work on records that these rows changed: (what it is, ids of the records). The apps above
know such work and this one does not know them, so the composition root fills the list."""

CONCLUSIONS_LOST: list[Callable[[Rows], int]] = []
"""Asked how many conclusions that hold now would be invalid after these rows; filled likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterWork:
    """One kind of later work: how many records have it, and some of their student numbers."""

    label: str
    count: int
    examples: tuple[str, ...]


def applied_rows(roster: RosterImport) -> Rows:
    """The rows that wrote a record and were not taken back."""
    return RosterRow.objects.filter(
        roster=roster, is_applied=True, outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
    )


def later_work(roster: RosterImport) -> list[LaterWork]:
    """Everything that speaks against taking the whole roster back; empty when nothing does."""
    found = []
    for label, records in _works(roster, applied_rows(roster)):
        held = StudentRecord.objects.filter(pk__in=records)
        if count := held.count():
            numbers = held.order_by("student_no").values_list("student_no", flat=True)
            found.append(LaterWork(label=label, count=count, examples=tuple(numbers[:_EXAMPLES])))
    return found


def hindered(roster: RosterImport, rows: Rows) -> set[int]:
    """Ids of the records of these rows that must stay as they are."""
    return {pk for _, records in _works(roster, rows) for pk in records}


def _works(roster: RosterImport, rows: Rows) -> Iterator[Work]:
    created = rows.filter(outcome=RowOutcome.CREATE).values("record")
    yield (
        "导入后又改过",
        rows.exclude(written_at=F("record__updated_at")).values_list("record", flat=True),
    )
    yield "别的名册也有，先撤销或放弃那一份", _in_other_rosters(roster, rows)
    for relation in StudentRecord._meta.related_objects:  # noqa: SLF001 -- Django's public _meta
        model = relation.related_model
        if model not in _OWN and isinstance(model, type):
            name = relation.field.name
            dependants = model._default_manager.filter(**{f"{name}__in": created})  # noqa: SLF001 -- the same
            yield str(model._meta.verbose_name), dependants.values_list(name, flat=True)  # noqa: SLF001 -- the same
    yield "实名绑定", _bound(rows)
    for ask in LATER_WORK:
        yield from ask(rows)


def _in_other_rosters(roster: RosterImport, rows: Rows) -> QuerySet[Any, Any]:
    """Later imports build on these records; checked ones would, as soon as they are applied."""
    pending = Q(roster__state__in=[ImportState.STAGED, ImportState.APPLYING])
    later = Q(
        roster__state=ImportState.APPLIED,
        roster__started_at__gt=roster.started_at,
        roster__undo_state__in=[UndoState.NONE, UndoState.UNDOING],
    )
    return (
        RosterRow.objects.filter(pending | later, record__in=rows.values("record"))
        .exclude(roster=roster)
        .values_list("record", flat=True)
    )


def _bound(rows: Rows) -> QuerySet[Any, Any]:
    """Bindings that came after; those that the import made itself go with it."""
    mine = rows.filter(record=OuterRef("record"))
    own = mine.filter(written_at=OuterRef("bound_at"))
    on_created = Exists(mine.filter(outcome=RowOutcome.CREATE)) & ~(
        Q(source=BindingSource.ROSTER) & Exists(own)
    )
    on_changed = Exists(
        mine.filter(
            outcome=RowOutcome.UPDATE, changes_identity=True, written_at__lte=OuterRef("bound_at")
        )
    )
    return Binding.objects.filter(on_created | on_changed).values_list("record", flat=True)
