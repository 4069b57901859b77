"""Writing judged facts into records: one temporary table, then three statements per chunk."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from accounts.identity import canonical_number, name_match_key
from accounts.models import IdentityNumber, document_index
from common.crypto import seal
from common.loading import Row, as_moment, load
from common.wording import local
from enrollment.importers.facts import NO_TOUCH, Facts, Touch
from enrollment.models import (
    RosterRow,
    StatusChange,
    StudentRecord,
    digest_text,
    identity_digest,
    key_digest,
)
from enrollment.services.roster.places import Places
from enrollment.states import RowOutcome, StatusSource

__all__ = ["HELD_CONDITION", "Change", "RecordWriter", "Written"]

_CHUNK_TABLE = "roster_chunk"
_COLUMNS = (
    "school_id",
    "student_no",
    "candidate_no",
    "name",
    "name_key",
    "sex",
    "birth_date",
    "id_type",
    "id_number",
    "id_number_index",
    "ethnicity",
    "political_status",
    "college_id",
    "department",
    "class_group_id",
    "major_id",
    "level",
    "education_category",
    "study_mode",
    "duration_years",
    "entry_date",
    "entry_grade",
    "expected_graduation_date",
    "graduating_class",
    "enrollment_status",
    "enrollment_status_text",
    "counsellor_text",
    "remark",
    "key_digest",
    "identity_digest",
    "created_at",
    "updated_at",
)
_KEPT = frozenset({"created_at"})
# NULL where an update touches nothing that they are made of.
_IF_TOUCHED = frozenset({"id_number_index", "key_digest", "identity_digest"})
_IN_FACTS = frozenset(Facts._fields)
_OUTCOMES = {outcome: outcome.value for outcome in RowOutcome}
_EXTRA = (
    "row_id",
    "outcome",
    "former",
    "record_id",
    "seen_at",
    "changes_key",
    "changes_identity",
    "changes_class",
)


class Change(NamedTuple):
    """One staged row judged against the present: what to do, and the record's facts afterwards.

    Without a `number_index` the number and the key fields stay as they are, and their digests too;
    without `former` an update keeps what the row has staged.
    """

    row_id: int
    student_no: str
    outcome: RowOutcome
    facts: Facts
    number_index: bytes | None
    former: bytes | None
    record_id: int | None
    seen_at: datetime | None
    touch: Touch = NO_TOUCH


class Written(NamedTuple):
    """How many rows of a chunk are done, and which of their records have a number that somebody declared."""

    done: int
    held: list[int]


class RecordWriter:
    """Writes chunks of changes; the same statements on both databases.

    A record is updated only while it is as it was judged (`seen_at`), and made only where none has
    come meanwhile; rows that lose this race stay waiting and are judged again.
    """

    def __init__(self, places: Places, *, now: datetime) -> None:
        self._places = places
        self._now = as_moment(now)
        self._today = local(now).date().isoformat()
        self._id_context = StudentRecord._meta.get_field("id_number").context  # noqa: SLF001 -- Django's public _meta

    def write(self, changes: Sequence[Change]) -> Written:
        """Apply a chunk in the caller's transaction."""
        if not changes:
            return Written(0, [])
        self._load(changes)
        with connection.cursor() as cursor:
            cursor.execute(_STATUSES, [self._today, self._now, self._now])
            cursor.execute(_UPDATE)
            cursor.execute(_INSERT)
            cursor.execute(_MARK, [self._now, self._now])
            done = cursor.rowcount
            cursor.execute(_HELD)
            held = [record_id for (record_id,) in cursor.fetchall()]
            cursor.execute(f"DELETE FROM {_CHUNK_TABLE}")  # noqa: S608 -- a constant
        return Written(done, held)

    def restore(self, changes: Sequence[Change]) -> int:
        """Write the facts that records had before these rows; returns how many rows are taken back.

        The rows of earlier imports that left the record as it is again learn its new moment, so
        that they can be taken back in turn.
        """
        self._load(changes)
        with connection.cursor() as cursor:
            cursor.execute(_STATUSES, [self._today, self._now, self._now])
            cursor.execute(_UPDATE)
            cursor.execute(_UNMARK, [self._now])
            done: int = cursor.rowcount
            cursor.execute(_HAND_BACK, [self._now, self._now])
            cursor.execute(f"DELETE FROM {_CHUNK_TABLE}")  # noqa: S608 -- a constant
        return done

    def _load(self, changes: Sequence[Change]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_CREATE[connection.vendor == "postgresql"])
            cursor.execute(f"DELETE FROM {_CHUNK_TABLE}")  # noqa: S608 -- a constant
        load(_CHUNK_TABLE, (*_COLUMNS, *_EXTRA), [self._cells(change) for change in changes])

    def _cells(self, change: Change) -> Row:
        facts, places = change.facts, self._places
        major = places.major(facts)
        return (
            places.school_id(facts),
            change.student_no,
            facts.candidate_no,
            facts.name,
            name_match_key(facts.name),
            facts.sex,
            facts.birth_date or None,
            facts.id_type,
            seal(facts.id_number, context=self._id_context),
            change.number_index,
            facts.ethnicity,
            facts.political_status,
            places.college_id(facts),
            facts.department,
            places.class_id(facts),
            major.id if major else None,
            facts.level,
            facts.education_category,
            facts.study_mode,
            facts.duration_years or None,
            facts.entry_date or None,
            facts.entry_grade,
            facts.expected_graduation_date or None,
            facts.graduating_class,
            facts.enrollment_status,
            facts.enrollment_status_text,
            facts.counsellor_text,
            facts.remark,
            *self._digests(change),
            self._now,
            self._now,
            change.row_id,
            _OUTCOMES[change.outcome],
            change.former,
            change.record_id,
            as_moment(change.seen_at) if change.seen_at else None,
            *change.touch,
        )

    def _digests(self, change: Change) -> tuple[str, str] | tuple[None, None]:
        """The digest of the key fields and that of the person."""
        if change.number_index is None:
            return None, None
        facts, places = change.facts, self._places
        major = places.major(facts)
        key_fields = places.key_fields(facts)
        digested: dict[str, Any] = {
            name: getattr(facts, name) for name in key_fields if name in _IN_FACTS
        }
        digested |= {
            "student_no": change.student_no,
            # As text, which the digest makes of them anyway, once for thousands of rows.
            "id_number": change.number_index.hex(),
            "duration_years": _years(facts.duration_years),
            "major_name": major.name if major else "",
            "major_code": major.code if major else "",
        }
        return (
            key_digest(digested, key_fields),
            identity_digest(name=facts.name, id_number_index=change.number_index),
        )


@lru_cache(maxsize=256)
def _years(text: str) -> str:
    return digest_text(Decimal(text)) if text else ""


def index_of(facts: Facts) -> bytes:
    """The index under which this document number is found."""
    return document_index(canonical_number(facts.id_number, facts.id_type))


_RECORDS = StudentRecord._meta.db_table  # noqa: SLF001 -- Django's public _meta
_ROWS = RosterRow._meta.db_table  # noqa: SLF001 -- the same
_CHANGES = StatusChange._meta.db_table  # noqa: SLF001 -- the same
_BY_ROSTER = "名册导入"
_NUMBERS = IdentityNumber._meta.db_table  # noqa: SLF001 -- the same


def _create(on_commit: str) -> str:
    cells = ", ".join(f"record.{column}" for column in _COLUMNS)
    return (
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {_CHUNK_TABLE} {on_commit} AS "  # noqa: S608 -- constants
        f"SELECT {cells}, line.id AS row_id, line.outcome, line.former, line.record_id, "
        f"record.updated_at AS seen_at, line.changes_key, line.changes_identity, "
        f"line.changes_class FROM {_RECORDS} record, {_ROWS} line WHERE 1 = 0"
    )


def _set(column: str) -> str:
    if column in _IF_TOUCHED:
        return f"{column} = COALESCE(chunk.{column}, record.{column})"
    return f"{column} = chunk.{column}"


_CREATE = {False: _create(""), True: _create("ON COMMIT DROP")}
_CELLS = ", ".join(_COLUMNS)
_INSERT = (
    f"INSERT INTO {_RECORDS} ({_CELLS}) SELECT {_CELLS} FROM {_CHUNK_TABLE} "  # noqa: S608 -- constants
    f"WHERE outcome = '{RowOutcome.CREATE}' ON CONFLICT (school_id, student_no) DO NOTHING"
)
_UPDATE = (
    f"UPDATE {_RECORDS} AS record SET "  # noqa: S608 -- constants
    + ", ".join(_set(column) for column in _COLUMNS if column not in _KEPT)
    + f" FROM {_CHUNK_TABLE} AS chunk WHERE chunk.outcome = '{RowOutcome.UPDATE}' "
    "AND record.id = chunk.record_id AND record.updated_at = chunk.seen_at"
)
# A new status is kept with the former one, as every other door does.
_STATUSES = (
    f"INSERT INTO {_CHANGES} (record_id, status, status_text, former_status, former_text, "  # noqa: S608 -- constants
    "effective_from, source, reason, case_ref, recorded_at, recorded_by, applied_at, revoked_by, "
    "revoke_reason) "
    "SELECT record.id, chunk.enrollment_status, chunk.enrollment_status_text, "
    "record.enrollment_status, record.enrollment_status_text, %s, "
    f"'{StatusSource.ROSTER}', '{_BY_ROSTER}', '', %s, '{_BY_ROSTER}', %s, '', '' "
    f"FROM {_CHUNK_TABLE} AS chunk JOIN {_RECORDS} AS record "
    "ON record.id = chunk.record_id AND record.updated_at = chunk.seen_at "
    f"WHERE chunk.outcome = '{RowOutcome.UPDATE}' "
    "AND record.enrollment_status <> chunk.enrollment_status"
)
_MARK = (
    f"UPDATE {_ROWS} AS line SET record_id = record.id, is_applied = TRUE, "  # noqa: S608 -- constants
    "outcome = chunk.outcome, "
    f"former = CASE WHEN chunk.outcome = '{RowOutcome.UPDATE}' "
    "THEN COALESCE(chunk.former, line.former) END, "
    "changes_key = chunk.changes_key, "
    "changes_identity = chunk.changes_identity, changes_class = chunk.changes_class, "
    "found_at = chunk.seen_at, written_at = %s "
    f"FROM {_CHUNK_TABLE} AS chunk JOIN {_RECORDS} AS record "
    "ON record.school_id = chunk.school_id AND record.student_no = chunk.student_no "
    f"WHERE line.id = chunk.row_id "
    f"AND (chunk.outcome = '{RowOutcome.UNCHANGED}' OR record.updated_at = %s)"
)
_UNMARK = (
    f"UPDATE {_ROWS} AS line SET is_applied = FALSE FROM {_CHUNK_TABLE} AS chunk "  # noqa: S608 -- constants
    f"JOIN {_RECORDS} AS record ON record.id = chunk.record_id "
    "WHERE line.id = chunk.row_id AND record.updated_at = %s"
)
_HAND_BACK = (
    f"UPDATE {_ROWS} AS line SET written_at = %s FROM {_CHUNK_TABLE} AS chunk "  # noqa: S608 -- constants
    f"JOIN {_ROWS} AS mine ON mine.id = chunk.row_id "
    f"JOIN {_RECORDS} AS record ON record.id = chunk.record_id "
    "WHERE line.record_id = chunk.record_id AND line.id <> mine.id "
    "AND line.written_at = mine.found_at AND record.updated_at = %s"
)
# Of a whole roster few numbers are declared yet: only those records are worth trying to bind.
HELD_CONDITION = (
    f"EXISTS (SELECT 1 FROM {_NUMBERS} AS number "  # noqa: S608 -- constants
    "WHERE number.number_index = record.id_number_index AND number.superseded_at IS NULL)"
)
_HELD = (
    f"SELECT record.id FROM {_CHUNK_TABLE} AS chunk JOIN {_RECORDS} AS record "  # noqa: S608 -- constants
    "ON record.school_id = chunk.school_id AND record.student_no = chunk.student_no "
    f"WHERE {HELD_CONDITION}"
)
