"""Getting thousands of rows into a table at once: COPY on PostgreSQL, many inserts on SQLite."""

import gc
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import Any

from django.db import connection

__all__ = ["Row", "as_moment", "flush_later", "load", "look_again", "many_rows"]

Row = Sequence[Any]

# What COPY's text format writes for the characters that it uses itself.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_SPECIAL = ("\\", "\t", "\n", "\r")
_TEXT = frozenset({str})
_BYTES = frozenset({bytes})
_NUMBERS = frozenset({int, bool, float, Decimal})
_READ_BYTES = 256 * 1024
# Objects more than were given up again, until Python searches; usually it is 700.
_SELDOM = 100_000


@lru_cache(maxsize=1_024)
def as_moment(at: datetime) -> str:
    """A moment as a cell for `load`, and as a parameter of plain SQL."""
    return str(connection.ops.adapt_datetimefield_value(at))


def load(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Append rows of plain cells (text, numbers, bytes, None for NULL); both ways store the same.

    Raises Django's errors, IntegrityError for a row that the table refuses. COPY spares PostgreSQL the
    parsing and planning of every row.
    """
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            lines = io.BytesIO(_lines(rows).encode())
            # Django only translates the errors of the calls that every database has.
            with connection.wrap_database_errors:
                cursor.copy_expert(f"COPY {quote(table)} ({names}) FROM STDIN", lines, _READ_BYTES)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", rows)  # noqa: S608 -- names of our own models


def flush_later() -> None:
    """Let this transaction's commit return before the disk has it; for one chunk of many only.

    A crash of the database may then lose the last chunks, each of them whole, and never a chunk
    before one that is kept: the import goes on where the kept ones end. The commit that finishes an
    import waits for the disk, and with it for every chunk before. SQLite does so by itself in WAL.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO OFF")


def look_again(table: str, *columns: str) -> None:
    """Have PostgreSQL count a table that has just grown a lot.

    What it believes otherwise may be from when the table was empty, and then it joins thousands of
    rows with each other one by one. SQLite needs none of this.
    """
    if connection.vendor == "postgresql":
        quote = connection.ops.quote_name
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {quote(table)} ({', '.join(map(quote, columns))})")


class _Collector:
    """How often this process searches for reference cycles; imports in several threads share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._imports = 0
        self._usual = gc.get_threshold()

    def begin(self) -> None:
        """One import more."""
        with self._lock:
            if not self._imports:
                self._usual = gc.get_threshold()
                gc.set_threshold(_SELDOM, *self._usual[1:])
            self._imports += 1

    def end(self) -> None:
        """One import less; after the last one all is as before."""
        with self._lock:
            self._imports -= 1
            if not self._imports:
                gc.set_threshold(*self._usual)


_COLLECTOR = _Collector()


@contextmanager
def many_rows() -> Iterator[None]:
    """Search seldom for reference cycles while thousands of rows pass through, which have none.

    Python would do so again and again, each time looking at much of what Django has loaded: a fifth
    of an import's time.
    """
    _COLLECTOR.begin()
    try:
        yield
    finally:
        _COLLECTOR.end()


def _lines(rows: Sequence[Row]) -> str:
    """The rows in COPY's text format.

    Column by column, because a column is of one kind: a few passes over thousands of cells, and no
    question asked of each.
    """
    columns = [_cells(column) for column in zip(*rows, strict=True)]
    return "\n".join([*map("\t".join, zip(*columns, strict=True)), ""])


def _cells(column: tuple[Any, ...]) -> Sequence[str]:
    kinds = set(map(type, column))
    if kinds <= _TEXT:
        text = "".join(column)
        if any(mark in text for mark in _SPECIAL):
            return [cell.translate(_ESCAPES) for cell in column]
        return column
    if kinds <= _NUMBERS:
        return list(map(str, column))
    if kinds <= _BYTES:
        return [rf"\\x{cell.hex()}" for cell in column]
    return list(map(_plain, column))


def _plain(cell: object) -> str:
    if cell is None:
        return r"\N"
    if isinstance(cell, str):
        return cell.translate(_ESCAPES)
    return rf"\\x{cell.hex()}" if isinstance(cell, bytes) else str(cell)
