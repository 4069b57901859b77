"""Writing changes of simple fields: most changes of a roster that comes again are of these alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from common.loading import as_moment, load
from enrollment.importers.facts import SIMPLE_FIELDS
from enrollment.models import RosterRow, StudentRecord
from enrollment.services.roster.writing import HELD_CONDITION, Written

__all__ = ["SimpleChange", "SimpleWriter"]

_TABLE = "roster_simple"
_EXTRA = ("row_id", "record_id", "seen_at")


class SimpleChange(NamedTuple):
    """A staged row that changes simple fields of its record only: to which values."""

    row_id: int
    record_id: int
    seen_at: datetime
    values: Mapping[str, str]


class SimpleWriter:
    """Writes chunks of such changes, as `RecordWriter` does: only while a record is as it was found.

    What does not change is neither sealed, nor sent, nor made anew.
    """

    def __init__(self, *, now: datetime) -> None:
        self._now = as_moment(now)

    def write(self, changes: Sequence[SimpleChange]) -> Written:
        """Apply a chunk in the caller's transaction; rows that lost their race stay waiting."""
        if not changes:
            return Written(0, [])
        used = [name for name in SIMPLE_FIELDS if any(name in one.values for one in changes)]
        with connection.cursor() as cursor:
            cursor.execute(_CREATE[connection.vendor == "postgresql"])
            cursor.execute(f"DELETE FROM {_TABLE}")  # noqa: S608 -- a constant
            cells = [
                (
                    *map(one.values.get, used),
                    one.row_id,
                    one.record_id,
                    as_moment(one.seen_at),
                )
                for one in changes
            ]
            load(_TABLE, (*used, *_EXTRA), cells)
            cursor.execute(_update(used), [self._now])
            cursor.execute(_MARK, [self._now, self._now])
            done = cursor.rowcount
            cursor.execute(_HELD)
            held = [record_id for (record_id,) in cursor.fetchall()]
            cursor.execute(f"DELETE FROM {_TABLE}")  # noqa: S608 -- a constant
        return Written(done, held)


_RECORDS = StudentRecord._meta.db_table  # noqa: SLF001 -- Django's public _meta
_ROWS = RosterRow._meta.db_table  # noqa: SLF001 -- the same


def _create(on_commit: str) -> str:
    cells = ", ".join(f"record.{name}" for name in SIMPLE_FIELDS)
    return (
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {_TABLE} {on_commit} AS "  # noqa: S608 -- constants
        f"SELECT {cells}, line.id AS row_id, record.id AS record_id, record.updated_at AS seen_at "
        f"FROM {_RECORDS} record, {_ROWS} line WHERE 1 = 0"
    )


def _update(used: Sequence[str]) -> str:
    cells = ", ".join(f"{name} = COALESCE(chunk.{name}, record.{name})" for name in used)
    return (
        f"UPDATE {_RECORDS} AS record SET {cells}, updated_at = %s FROM {_TABLE} AS chunk "  # noqa: S608 -- names of our own
        "WHERE record.id = chunk.record_id AND record.updated_at = chunk.seen_at"
    )


_CREATE = {False: _create(""), True: _create("ON COMMIT DROP")}
_MARK = (
    f"UPDATE {_ROWS} AS line SET is_applied = TRUE, written_at = %s "  # noqa: S608 -- constants
    f"FROM {_TABLE} AS chunk JOIN {_RECORDS} AS record ON record.id = chunk.record_id "
    "WHERE line.id = chunk.row_id AND record.updated_at = %s"
)
_HELD = (
    f"SELECT record.id FROM {_TABLE} AS chunk "  # noqa: S608 -- constants
    f"JOIN {_RECORDS} AS record ON record.id = chunk.record_id WHERE {HELD_CONDITION}"
)
