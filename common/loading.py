"""Getting thousands of rows into a table at once: COPY on PostgreSQL, many inserts on SQLite."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

__all__ = ["Packed", "Row", "as_moment", "flush_later", "load", "load_packed", "look_again", "pack"]

Row = Sequence[Any]
# Rows as the database takes them: the text of COPY, or the rows themselves.
Packed = bytes | Sequence[Row]

# What COPY's text format writes for the characters that it uses itself.
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_READ_BYTES = 256 * 1024


def as_moment(at: datetime) -> str:
    """A moment as a cell for `load`, and as a parameter of plain SQL."""
    return str(connection.ops.adapt_datetimefield_value(at))


def load(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Append rows of plain cells (text, numbers, bytes, None for NULL); both ways store the same.

    COPY spares PostgreSQL the parsing and planning of every row.
    """
    load_packed(table, columns, pack(rows, vendor=connection.vendor))


def pack(rows: Sequence[Row], *, vendor: str) -> Packed:
    """Rows made ready for `load_packed`; needs no connection."""
    return "".join(map(_line, rows)).encode() if vendor == "postgresql" else rows


def load_packed(table: str, columns: Sequence[str], packed: Packed) -> None:
    """Append what `pack` made."""
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if isinstance(packed, bytes):
            lines = io.BytesIO(packed)
            cursor.copy_expert(f"COPY {quote(table)} ({names}) FROM STDIN", lines, _READ_BYTES)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", packed)  # noqa: S608 -- names of our own models


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


def _line(row: Row) -> str:
    """One line of COPY's text format."""
    line = "\t".join(
        [
            cell if (kind := type(cell)) is str else str(cell) if kind is int else _plain(cell)
            for cell in row
        ]
    )
    # Hardly any cell needs escaping: count what we wrote ourselves before looking at each.
    own = row.count(None) + 2 * list(map(type, row)).count(bytes)
    if line.count("\\") != own or line.count("\t") >= len(row) or "\n" in line or "\r" in line:
        line = "\t".join(
            cell.translate(_ESCAPES) if type(cell) is str else _plain(cell) for cell in row
        )
    return f"{line}\n"


def _plain(cell: object) -> str:
    if cell is None:
        return r"\N"
    return rf"\\x{cell.hex()}" if isinstance(cell, bytes) else str(cell)
