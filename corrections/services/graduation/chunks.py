"""Many rows in one request: held and worked on chunk by chunk, never more than a request can bear."""

from collections.abc import Callable
from typing import Final, TypeVar

from django.db.models import CharField, Model, QuerySet, Value
from django.db.models.expressions import Case, When

__all__ = ["MOST_AT_ONCE", "by_key", "in_chunks"]

CHUNK: Final = 500
# Where one click stops, after the chunk that reaches it; the next one goes on.
MOST_AT_ONCE: Final = 2_000
Row = TypeVar("Row", bound=Model)


def in_chunks(rows: "QuerySet[Row]", act: Callable[[list[Row]], int]) -> int:
    """Give `act` the rows in the order of their keys, held still; returns how many it has done.

    No chunk is begun after `MOST_AT_ONCE` are done. Who cannot be done is passed over once and asked
    again by the next click; chunks stay whole however many those are, else they would be looked at
    one by one as soon as little is left to do.
    """
    done, after = 0, 0
    while done < MOST_AT_ONCE:
        waiting = rows.select_for_update(of=("self",)).filter(pk__gt=after)
        some = list(waiting.order_by("pk")[:CHUNK])
        if some:
            done += act(some)
            after = some[-1].pk
        if len(some) < CHUNK:
            break
    return done


def by_key(values: dict[int, str]) -> Case:
    """A column's value per row, for one update of many."""
    return Case(
        *[When(pk=key, then=Value(value)) for key, value in values.items()],
        output_field=CharField(),
    )
