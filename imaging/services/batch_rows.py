"""A photo's rows as plain cells, loaded a chunk at a time: models would cost more than the database."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from common.crypto import seal
from common.files import ALWAYS_SEALED
from common.loading import Row, as_moment, load
from common.models import StoredFile
from imaging.models import CaptureEntry

__all__ = ["ENTRY_COLUMNS", "FILE_COLUMNS", "KeptFile", "load_entries", "load_files"]

FILE_COLUMNS: Final = (
    *("key", "kind", "content_type", "size", "sha256", "original_name", "encrypted"),
    *("created_at", "created_by", "retain_until", "purged_at"),
)
ENTRY_COLUMNS: Final = (
    *("entry_hash", "batch_id", "kind", "file_name", "school_code", "student_no"),
    *("candidate_no", "ticket", "document_no", "document_no_index", "name", "captured_date"),
    *("state", "reason", "record_id", "original_id", "published_id", "measures", "warnings"),
    *("received_at", "found_in_id", "settled_at", "settled_by"),
)
_JPEG: Final = "image/jpeg"


class _Column(Protocol):
    @property
    def context(self) -> str: ...


def _context(name: str) -> str:
    column: _Column = CaptureEntry._meta.get_field(name)  # type: ignore[assignment]  # noqa: SLF001 -- Django's public _meta
    return column.context


_FILE_NAME: Final = _context("file_name")
_DOCUMENT_NO: Final = _context("document_no")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """Bytes in the storage whose row is still to be written."""

    key: str
    kind: str
    size: int
    sha256: str


def load_files(kept: Collection[KeptFile], *, now: datetime, created_by: str) -> dict[str, int]:
    """Append the rows of these files; returns their numbers by key."""
    moment = as_moment(now)
    rows: list[Row] = [
        (
            *(file.key, file.kind, _JPEG, file.size, file.sha256, None),
            file.kind in ALWAYS_SEALED,
            *(moment, created_by, None, None),
        )
        for file in kept
    ]
    load(StoredFile._meta.db_table, FILE_COLUMNS, rows)  # noqa: SLF001 -- Django's public _meta
    keys = [file.key for file in kept]
    return dict(StoredFile.objects.filter(key__in=keys).values_list("key", "pk"))


def load_entries(entries: Collection[Mapping[str, Any]], *, now: datetime) -> dict[str, int]:
    """Append capture entries given by column; returns their numbers by entry hash."""
    moment = as_moment(now)
    load(
        CaptureEntry._meta.db_table,  # noqa: SLF001 -- Django's public _meta
        ENTRY_COLUMNS,
        [_cells(entry, moment) for entry in entries],
    )
    hashes = [entry["entry_hash"] for entry in entries]
    return dict(CaptureEntry.objects.filter(entry_hash__in=hashes).values_list("entry_hash", "pk"))


def _cells(entry: Mapping[str, Any], moment: str) -> Row:
    number, taken_on = entry["document_no"], entry["captured_date"]
    return (
        entry["entry_hash"],
        entry["batch_id"],
        entry["kind"].value,
        seal(entry["file_name"], context=_FILE_NAME),
        entry["school_code"],
        entry["student_no"],
        entry["candidate_no"],
        entry["ticket"],
        None if number is None else seal(number, context=_DOCUMENT_NO),
        entry["document_no_index"],
        entry["name"],
        None if taken_on is None else taken_on.isoformat(),
        entry["state"].value,
        str(entry["reason"]),
        entry["record_id"],
        entry["original_id"],
        entry["published_id"],
        json.dumps(entry["measures"]),
        json.dumps(entry["warnings"], ensure_ascii=False),
        moment,
        None,
        None,
        "",
    )
