"""Roster imports: what stands in the records beside what a file says."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import RawSQL

from accounts.identity import DocumentType
from common.masking import MaskKind, mask
from common.wording import date_cn
from enrollment.importers.facts import Facts, Merger, decoder, plain_years, settled
from enrollment.models import (
    ClassGroup,
    College,
    Major,
    RosterImport,
    RosterRow,
    School,
    StudentRecord,
)
from enrollment.selectors.fields import FIELD_LABELS
from enrollment.states import EnrollmentStatus, RowOutcome

__all__ = ["FieldChange", "PreviewRow", "Stored", "preview_rows", "stored_by_id", "stored_records"]

Key = tuple[str, str]

_MASKED = {"id_number": MaskKind.DOCUMENT_NO}
_DAYS = frozenset({"birth_date", "entry_date", "expected_graduation_date"})
_CHOICES: dict[str, dict[str, str]] = {
    "id_type": {kind.value: str(kind.label) for kind in DocumentType},
    "enrollment_status": {status.value: str(status.label) for status in EnrollmentStatus},
}
# In the order of `Facts` behind the first three; places by id, because joins for thousands of rows
# would cost more than reading the few names beside.
_COLUMNS = (
    "id",
    "updated_at",
    "student_no",
    "school_id",
    "id_number",
    "id_type",
    "candidate_no",
    "name",
    "sex",
    "birth_date",
    "entry_date",
    "expected_graduation_date",
    "entry_grade",
    "graduating_class",
    "duration_years",
    "enrollment_status",
    "enrollment_status_text",
    "ethnicity",
    "political_status",
    "major_id",
    "level",
    "study_mode",
    "education_category",
    "college_id",
    "department",
    "class_group_id",
    "counsellor_text",
    "remark",
)
_AT = {column: index for index, column in enumerate(_COLUMNS)}
_SCHOOL, _DURATION = _AT["school_id"], _AT["duration_years"]
_MAJOR, _COLLEGE, _CLASS = _AT["major_id"], _AT["college_id"], _AT["class_group_id"]


class Stored(NamedTuple):
    """A record as it stands: its id, when it was last written, its student number and its facts."""

    id: int
    updated_at: datetime
    student_no: str
    facts: Facts


def stored_records(keys: Iterable[Key]) -> dict[Key, Stored]:
    """The records with these (school code, student number), in a few queries per school."""
    by_school: defaultdict[str, list[str]] = defaultdict(list)
    for code, number in keys:
        by_school[code].append(number)
    ids = dict(School.objects.filter(code__in=list(by_school)).values_list("code", "pk"))
    found: dict[Key, Stored] = {}
    for code, pk in ids.items():
        wanted = StudentRecord.objects.filter(school_id=pk, student_no__in=among(by_school[code]))
        rows: list[tuple[Any, ...]] = list(wanted.values_list(*_COLUMNS))
        places = _Places(rows)
        for row in rows:
            found[code, row[2]] = Stored(row[0], row[1], row[2], places.facts(code, row))
    return found


def stored_by_id(ids: Iterable[int]) -> dict[int, Stored]:
    """The records with these ids."""
    wanted = list(ids)
    if not wanted:
        return {}
    codes = dict(School.objects.values_list("pk", "code"))
    rows: list[tuple[Any, ...]] = list(
        StudentRecord.objects.filter(pk__in=among(wanted)).values_list(*_COLUMNS)
    )
    places = _Places(rows)
    return {
        row[0]: Stored(row[0], row[1], row[2], places.facts(codes[row[_SCHOOL]], row))
        for row in rows
    }


def among(numbers: Sequence[str] | Sequence[int]) -> RawSQL:
    """Thousands of values as one parameter; as many parameters would cost more than the query."""
    if connection.vendor == "postgresql":
        return RawSQL("SELECT unnest(%s)", [list(numbers)])
    return RawSQL("SELECT value FROM json_each(%s)", [json.dumps(list(numbers))])


class _Places:
    """Names of the majors, colleges and classes that some records point to."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        def held(index: int) -> set[int]:
            return {row[index] for row in rows} - {None}

        classes = _rows_of(ClassGroup, held(_CLASS), "name", "college_id", "entry_grade")
        in_classes = {college for _, college, _ in classes.values()} - {None}
        self._colleges = _rows_of(College, held(_COLLEGE) | in_classes, "name")
        self._majors = _rows_of(Major, held(_MAJOR), "code", "name")
        self._classes = classes

    def facts(self, code: str, row: tuple[Any, ...]) -> Facts:
        """The facts of one record."""
        name, college, grade = self._classes.get(row[_CLASS], ("", None, None))
        return Facts._make(
            (
                code,
                *row[_SCHOOL + 1 : _AT["birth_date"]],
                *(
                    day.isoformat() if day else ""
                    for day in row[_AT["birth_date"] : _AT["entry_grade"]]
                ),
                *row[_AT["entry_grade"] : _DURATION],
                plain_years(row[_DURATION]),
                *row[_DURATION + 1 : _MAJOR],
                *self._majors.get(row[_MAJOR], ("", "")),
                *row[_MAJOR + 1 : _COLLEGE],
                *self._colleges.get(row[_COLLEGE], ("",)),
                *row[_COLLEGE + 1 : _CLASS],
                name,
                *row[_CLASS + 1 :],
                *self._colleges.get(college, ("",)),
                grade,
            )
        )


def _rows_of(model: type[Model], ids: set[int], *columns: str) -> dict[int | None, tuple[Any, ...]]:
    """Some columns of some rows by id; no query for no rows."""
    if not ids:
        return {}
    rows = model._default_manager.filter(pk__in=ids).values_list("pk", *columns)  # noqa: SLF001 -- Django's public _default_manager
    return {pk: tuple(values) for pk, *values in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of a row, before and after; the document number is masked."""

    name: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One staged row for people: what it does and which fields it changes."""

    row_no: int
    student_no: str
    name: str
    outcome: RowOutcome
    changes: list[FieldChange]


def preview_rows(
    roster: RosterImport,
    *,
    outcome: RowOutcome | None = None,
    start: int = 0,
    limit: int = 50,
) -> list[PreviewRow]:
    """Staged rows that create or update, in file order, with old and new values of changed fields.

    Before applying they are compared with the records as they stand now; afterwards with the former
    values that were kept. Empty once the staged values were erased.
    """
    wanted = [outcome] if outcome else [RowOutcome.CREATE, RowOutcome.UPDATE]
    rows = list(
        RosterRow.objects.filter(roster=roster, outcome__in=wanted, values__isnull=False).order_by(
            "row_no"
        )[start : start + limit]
    )
    decode = decoder(roster.value_fields)
    facts = {row.pk: decode(row.values) for row in rows}
    waiting = [(facts[row.pk].school_code, row.student_no) for row in rows if not row.is_applied]
    stored = stored_records(waiting)
    merger = Merger(frozenset(roster.present_fields))
    return [
        _preview(
            row, facts[row.pk], stored.get((facts[row.pk].school_code, row.student_no)), merger
        )
        for row in rows
    ]


def _preview(row: RosterRow, facts: Facts, stored: Stored | None, merger: Merger) -> PreviewRow:
    old, new = _before_and_after(row, facts, stored, merger)
    return PreviewRow(
        row_no=row.row_no,
        student_no=row.student_no,
        name=facts.name,
        outcome=RowOutcome(row.outcome),
        changes=[
            FieldChange(
                name=name,
                label=label,
                old=_shown(name, _plain(old, name)),
                new=_shown(name, _plain(new, name)),
            )
            for name, label in FIELD_LABELS.items()
            if name in Facts._fields and _plain(new, name) != _plain(old, name)
        ],
    )


def _before_and_after(
    row: RosterRow, facts: Facts, stored: Stored | None, merger: Merger
) -> tuple[Facts | None, Facts]:
    if row.is_applied and row.outcome == RowOutcome.UPDATE:
        former: dict[str, Any] = row.former or {}
        old = facts._replace(**former)
        return old, merger.merged(old, facts)
    if row.is_applied or stored is None:
        return None, settled(facts)
    return stored.facts, merger.merged(stored.facts, facts)


def _plain(facts: Facts | None, name: str) -> str:
    value = getattr(facts, name) if facts else None
    return "" if value is None else str(value)


def _shown(name: str, text: str) -> str:
    if not text:
        return ""
    if name in _MASKED:
        return mask(text, _MASKED[name])
    if name in _DAYS:
        return date_cn(date.fromisoformat(text))
    return _CHOICES.get(name, {}).get(text, text)
