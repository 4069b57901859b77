"""Getting thousands of rows into a table at once: COPY on PostgreSQL, many inserts on SQLite."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

__all__ = ["as_binary", "as_moment", "load", "quoted"]

Row = Sequence[Any]


def quoted(name: str) -> str:
    """A table or column name as the database wants it."""
    return connection.ops.quote_name(name)


def as_binary(data: bytes) -> bytes | str:
    """Bytes as a cell for `load`."""
    return f"\\x{data.hex()}" if connection.vendor == "postgresql" else data


def as_moment(at: datetime) -> Any:
    """A moment as a cell for `load`, and as a parameter of plain SQL."""
    return connection.ops.adapt_datetimefield_value(at)


def load(table: str, columns: Sequence[str], rows: Sequence[Row], *, texts: Sequence[str]) -> None:
    """Append rows of plain cells; None is NULL, and "" is empty text in the columns of `texts`.

    Both ways store the same. COPY spares PostgreSQL the parsing and planning of every row.
    """
    names = ", ".join(map(quoted, columns))
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quoted(table)} ({names}) VALUES ({places})", rows)  # noqa: S608 -- names of our own models
            return
        # Where an unquoted empty cell could be text it must not be read as NULL.
        kept = ", ".join(map(quoted, texts))
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        buffer.seek(0)
        cursor.copy_expert(
            f"COPY {quoted(table)} ({names}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({kept}))",
            buffer,
        )
