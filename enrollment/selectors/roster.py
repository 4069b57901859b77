"""Roster imports: what stands in the records beside what a file says."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from enrollment.importers.certified import keep_certified
from enrollment.importers.facts import Facts, Merger, plain_years
from enrollment.models import (
    ClassGroup,
    College,
    Graduation,
    Major,
    School,
    StudentRecord,
)

__all__ = ["Stored", "among", "certified_among", "stored_by_id", "stored_records"]

Key = tuple[str, str]

# In the order of `Facts` behind the first three; places by id, because joins for thousands of rows
# would cost more than reading the few names beside.
_COLUMNS = (
    "id",
    "updated_at",
    "student_no",
    "has_sections",
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
# Days are compared as ISO text: read as such, they need not become dates first.
_DAYS = frozenset({"birth_date", "entry_date", "expected_graduation_date"})
_READ = tuple(Cast(name, TextField()) if name in _DAYS else name for name in _COLUMNS)
_AT = {column: index for index, column in enumerate(_COLUMNS)}
_SECTIONS, _SCHOOL, _DURATION = _AT["has_sections"], _AT["school_id"], _AT["duration_years"]
_MAJOR, _COLLEGE, _CLASS = _AT["major_id"], _AT["college_id"], _AT["class_group_id"]


class Stored(NamedTuple):
    """A record as it stands: its id, when it was last written, its student number and its facts.

    With a registered certificate, what that names is locked.
    """

    id: int
    updated_at: datetime
    student_no: str
    facts: Facts
    is_certified: bool = False

    def merged(self, facts: Facts, merger: Merger) -> Facts:
        """The record's facts after a row with these comes over it."""
        merged = merger.merged(self.facts, facts)
        return keep_certified(self.facts, merged) if self.is_certified else merged


def stored_records(keys: Iterable[Key]) -> dict[Key, Stored]:
    """The records with these (school code, student number), in a few queries per school."""
    by_school: defaultdict[str, list[str]] = defaultdict(list)
    for code, number in keys:
        by_school[code].append(number)
    ids = dict(School.objects.filter(code__in=list(by_school)).values_list("code", "pk"))
    found: dict[Key, Stored] = {}
    for code, pk in ids.items():
        wanted = StudentRecord.objects.filter(school_id=pk, student_no__in=among(by_school[code]))
        rows: list[tuple[Any, ...]] = list(wanted.values_list(*_READ))
        places, certified = _Places(rows), _certified(rows)
        for row in rows:
            facts = places.facts(code, row)
            found[code, row[2]] = Stored(row[0], row[1], row[2], facts, row[0] in certified)
    return found


def stored_by_id(ids: Iterable[int]) -> dict[int, Stored]:
    """The records with these ids."""
    wanted = list(ids)
    if not wanted:
        return {}
    codes = dict(School.objects.values_list("pk", "code"))
    rows: list[tuple[Any, ...]] = list(
        StudentRecord.objects.filter(pk__in=among(wanted)).values_list(*_READ)
    )
    places, certified = _Places(rows), _certified(rows)
    return {
        row[0]: Stored(
            row[0],
            row[1],
            row[2],
            places.facts(codes[row[_SCHOOL]], row),
            row[0] in certified,
        )
        for row in rows
    }


def _certified(rows: list[tuple[Any, ...]]) -> set[int]:
    """Which of these records have a registered certificate; few have further sections at all."""
    return certified_among(row[0] for row in rows if row[_SECTIONS])


def certified_among(records: Iterable[int]) -> set[int]:
    """Which of these records have a registered certificate; no query for none."""
    ids = list(records)
    if not ids:
        return set()
    current = Graduation.objects.filter(superseded_at=None, record_id__in=among(ids))
    return set(current.values_list("record_id", flat=True))


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
                *(day or "" for day in row[_AT["birth_date"] : _AT["entry_grade"]]),
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
