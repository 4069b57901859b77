"""Queries that Django puts into SQL once, and that are asked again and again with other values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

__all__ = ["PreparedQuery"]

# How many statements are remembered, each for so many keys at once.
_REMEMBERED: Final = 64
# Values that nobody asks with; two of each, so that what they turn into is seen from the difference.
_MOMENTS: Final = (datetime(1, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(1, 2, 3, 4, 5, 6, tzinfo=UTC))
_FIRST_KEYS: Final = (10**15, 2 * 10**15)

_Build = Callable[[datetime, list[int]], QuerySet[Any, Any]]
_Converters = Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement, its parameters with those places that change, and what its columns are."""

    sql: str
    parameters: tuple[Any, ...]
    # Place among the parameters → place among the values: the moment, then the keys.
    places: Mapping[int, int]
    names: tuple[str, ...]
    converters: _Converters

    def filled(self, values: Sequence[Any]) -> list[Any]:
        """The parameters with these values."""
        return [
            values[self.places[place]] if place in self.places else parameter
            for place, parameter in enumerate(self.parameters)
        ]


class PreparedQuery:
    """Rows for some keys as of a moment, by a query of `values()` that costs Django no work twice.

    A query over many tables can take Django longer to write than PostgreSQL to answer. `build` gets
    the moment and the keys and has to use them as they are: one that calculates with them is refused
    when it is asked for the first time, and so is one whose text depends on them.
    """

    def __init__(self, build: _Build) -> None:
        self._statement = lru_cache(_REMEMBERED)(lambda _, amount: _written(build, amount))

    def rows(self, now: datetime, keys: Sequence[int]) -> list[dict[str, Any]]:
        """What the query finds, as `values()` gives it; one statement, none without keys."""
        if not keys:
            return []
        statement = self._statement(connection.vendor, len(keys))
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.filled([_stored(now), *keys]))
            found = cursor.fetchall()
        return [
            dict(zip(statement.names, row, strict=True)) for row in _converted(statement, found)
        ]


def _stored(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _converted(statement: _Statement, rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """As Django does it: SQLite gives moments as text."""
    for row in rows:
        cells = list(row)
        for place, (converters, expression) in statement.converters.items():
            for convert in converters:
                cells[place] = convert(cells[place], expression, connection)
        yield cells


def _written(build: _Build, amount: int) -> _Statement:
    """The query in SQL, written with two sets of values to see which of its parameters are which."""
    (moment, other_moment), (first, other_first) = _MOMENTS, _FIRST_KEYS
    keys, other_keys = (list(range(start, start + amount)) for start in (first, other_first))
    query = build(moment, keys).query
    compiler = query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    other = build(other_moment, other_keys).query.get_compiler(connection=connection)
    other_sql, other_parameters = other.as_sql()
    values = [(_stored(moment), _stored(other_moment)), *zip(keys, other_keys, strict=True)]
    pairs = list(zip(parameters, other_parameters, strict=False))
    changing = {place: pair for place, pair in enumerate(pairs) if pair[0] != pair[1]}
    if sql != other_sql or not set(changing.values()) <= set(values):
        message = "a prepared query uses its values as they are"
        raise TypeError(message)
    columns = [column for column, *_ in compiler.select[: compiler.col_count]]
    return _Statement(
        sql=sql,
        parameters=tuple(parameters),
        places={place: values.index(pair) for place, pair in changing.items()},
        names=tuple(query.selected or ()),
        converters=compiler.get_converters(columns),
    )
