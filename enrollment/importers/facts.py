"""What a roster row and a stored record are compared by: plain values with names, no row ids."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import lru_cache
from itertools import compress
from operator import ne
from typing import Any, NamedTuple

from accounts.identity import DocumentType, canonical_number
from enrollment.importers.values import RosterValues
from enrollment.states import EnrollmentStatus

__all__ = [
    "NO_TOUCH",
    "SIMPLE_FIELDS",
    "STAGED_FIELDS",
    "Comparer",
    "Facts",
    "Merger",
    "Touch",
    "after_of",
    "decoder",
    "differing",
    "facts_of",
    "former_of",
    "plain_years",
    "settled",
    "simple_of",
]

_TENTH = Decimal("0.1")
# Plain text of the choices; asking a member for its value is slow, and there are many rows.
_KINDS = {kind: kind.value for kind in DocumentType}
_STATUSES = {status: status.value for status in EnrollmentStatus}


class Facts(NamedTuple):
    """A record as text and whole numbers, so that it can be kept as JSON and compared at once.

    Days are ISO text, durations have one decimal, an absent value is empty text (None for years).
    The class is told by its own college and grade, because these make it the class that it is.
    """

    school_code: str
    id_number: str
    id_type: str
    candidate_no: str
    name: str
    sex: str
    birth_date: str
    entry_date: str
    expected_graduation_date: str
    entry_grade: int | None
    graduating_class: int | None
    duration_years: str
    enrollment_status: str
    enrollment_status_text: str
    ethnicity: str
    political_status: str
    major_code: str
    major_name: str
    level: str
    study_mode: str
    education_category: str
    college_name: str
    department: str
    class_name: str
    counsellor_text: str
    remark: str
    class_college: str
    class_grade: int | None


_FIELDS = Facts._fields
# How facts are staged: in this order, and behind them what happens to the record: where only simple
# fields change, these with their values; else what it has otherwise than the row says.
STAGED_FIELDS = (*_FIELDS, "after", "simple")
# Columns of their own with plain text, of which nothing else of a record is made.
SIMPLE_FIELDS = (
    "candidate_no",
    "sex",
    "ethnicity",
    "political_status",
    "level",
    "study_mode",
    "education_category",
    "department",
    "counsellor_text",
    "remark",
)
_AT = {name: index for index, name in enumerate(_FIELDS)}
_SIMPLE = frozenset(_AT[name] for name in SIMPLE_FIELDS)
_CLASS = slice(_AT["class_college"], _AT["class_grade"] + 1)
_PLACES = range(len(_FIELDS))
_STATUS = _AT["enrollment_status"]
_REGISTERED = EnrollmentStatus.REGISTERED.value
# Fields that do not simply take the cell's value: see `Merger`.
_BY_RULE = frozenset(
    {
        "school_code",
        "id_type",
        "entry_grade",
        "graduating_class",
        "enrollment_status",
        "enrollment_status_text",
        "class_college",
        "class_grade",
    }
)


@lru_cache(maxsize=256)
def plain_years(years: Decimal | None) -> str:
    """A duration with the one decimal that is stored."""
    return "" if years is None else str(years.quantize(_TENTH))


def facts_of(values: RosterValues) -> Facts:
    """The facts of a row by itself; its class is in the row's own college and grade."""
    birth, entry, leave = values.birth_date, values.entry_date, values.expected_graduation_date
    status = values.enrollment_status
    has_class = bool(values.class_name)
    return Facts(
        values.school_code,
        values.id_number,
        _KINDS[values.id_type],
        values.candidate_no,
        values.name,
        values.sex,
        birth.isoformat() if birth else "",
        entry.isoformat() if entry else "",
        leave.isoformat() if leave else "",
        values.entry_grade,
        values.graduating_class,
        plain_years(values.duration_years),
        _STATUSES[status] if status else "",
        *values[16:],
        values.college_name if has_class else "",
        values.entry_grade if has_class else None,
    )


def settled(facts: Facts) -> Facts:
    """The facts of a record that is new: without a status it is enrolled."""
    if facts.enrollment_status:
        return facts
    return Facts._make((*facts[:_STATUS], _REGISTERED, *facts[_STATUS + 1 :]))


def after_of(facts: Facts, merged: Facts) -> dict[str, Any] | None:
    """What a record has after a row that the row itself does not say, by field; None when nothing."""
    if facts == merged:
        return None
    return dict(compress(zip(_FIELDS, merged, strict=True), map(ne, facts, merged)))


def differing(old: Facts, new: Facts) -> list[int]:
    """The places of the fields in which these differ."""
    return list(compress(_PLACES, map(ne, old, new)))


def former_of(old: Facts, changed: Iterable[int]) -> dict[str, Any]:
    """What a record had before a row, by field, where the row changes it."""
    return {_FIELDS[place]: old[place] for place in changed}


def simple_of(merged: Facts, changed: Collection[int]) -> dict[str, Any] | None:
    """What changes, by field, when only simple ones do; else None."""
    if not _SIMPLE.issuperset(changed):
        return None
    return {_FIELDS[place]: merged[place] for place in changed}


def decoder(fields: Sequence[str]) -> Callable[[Iterable[Any]], Facts]:
    """Read facts that were kept as a list in the order of `fields`, also by an earlier version."""
    if tuple(fields) == STAGED_FIELDS:
        return _staged
    empty = dict.fromkeys(_FIELDS, "") | {
        "entry_grade": None,
        "graduating_class": None,
        "class_grade": None,
    }

    def decode(kept: Iterable[Any]) -> Facts:
        known = {name: value for name, value in zip(fields, kept, strict=True) if name in _AT}
        return Facts(**(empty | known))

    return decode


def _staged(kept: Iterable[Any]) -> Facts:
    *facts, _after, _simple = kept
    return Facts._make(facts)


class Merger:
    """What a record becomes when a row of a file with these columns comes over it.

    Only fields that the file has a column for are written; an empty cell of such a column empties the
    field, but never the status. Widths, brackets and spaces are no difference, except in names and document
    numbers, which are kept as they were delivered last. What the reader worked out of another column (kind
    of document, years out of dates) gives way to a stored value that was not worked out the same way.
    """

    def __init__(self, present: AbstractSet[str]) -> None:
        self._present = present
        self._plain = frozenset(
            _AT[name] for name in _FIELDS if name in present and name not in _BY_RULE
        )

    def merged(self, old: Facts, new: Facts) -> Facts:
        """The record's facts after this row; equal to `old` when the row says nothing new."""
        values: list[Any] = list(old)
        different = differing(old, new)
        for index in different:
            if index in self._plain and not _is_same_text(index, values[index], new[index]):
                values[index] = new[index]
        if (_ALONE if new.enrollment_status else _ALONE_WITHOUT_STATUS).issuperset(different):
            return Facts._make(values)
        changes: dict[str, Any] = self._kind(old, new)
        changes |= self._year(old, new, "entry_grade", "entry_date")
        changes |= self._year(old, new, "graduating_class", "expected_graduation_date")
        if new.enrollment_status and not (
            new.enrollment_status == old.enrollment_status
            and _folded(new.enrollment_status_text) == _folded(old.enrollment_status_text)
        ):
            changes["enrollment_status"] = new.enrollment_status
            changes["enrollment_status_text"] = new.enrollment_status_text
        for name, value in changes.items():
            values[_AT[name]] = value
        result = _with_major(old, Facts._make(values))
        changes = self._class(result)
        return result._replace(**changes) if changes else result

    def _kind(self, old: Facts, new: Facts) -> dict[str, Any]:
        if "id_type" in self._present or new.id_number != old.id_number:
            return {"id_type": new.id_type}
        return {}

    def _year(self, old: Facts, new: Facts, year: str, day: str) -> dict[str, Any]:
        stated, before = getattr(new, year), getattr(old, year)
        if year not in self._present:
            if day not in self._present:
                return {}
            was_derived = before is None or getattr(old, day)[:4] == str(before)
            if not was_derived:
                return {}
        return {year: stated}

    def _class(self, result: Facts) -> dict[str, Any]:
        if "class_name" not in self._present:
            return {}
        place = (result.college_name, result.entry_grade) if result.class_name else ("", None)
        if (result.class_college, result.class_grade) == place:
            return {}
        return {"class_college": place[0], "class_grade": place[1]}


# Nothing follows from a change of these: most changes are of them, and there are many rows.
_ALONE = frozenset(_PLACES) - {
    _AT[name]
    for name in (
        *_BY_RULE,
        "id_number",
        "entry_date",
        "expected_graduation_date",
        "major_code",
        "major_name",
        "college_name",
        "class_name",
    )
}
# A row without a status says nothing of it: most rosters have no such column.
_ALONE_WITHOUT_STATUS = _ALONE | {_AT["enrollment_status"], _AT["enrollment_status_text"]}
_AS_DELIVERED = frozenset({_AT["name"], _AT["id_number"]})


def _is_same_text(index: int, old: Any, new: Any) -> bool:
    """Whether two spellings say the same: 在籍（注册学籍） and 在籍(注册学籍)."""
    return (
        index not in _AS_DELIVERED
        and type(old) is str
        and type(new) is str
        and _folded(old) == _folded(new)
    )


@lru_cache(maxsize=4_096)
def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _with_major(old: Facts, result: Facts) -> Facts:
    """A code without a name, or a name without a code, that agrees with the stored major is it."""
    if not result.major_name and result.major_code and result.major_code == old.major_code:
        return result._replace(major_name=old.major_name)
    if not result.major_code and result.major_name and result.major_name == old.major_name:
        return result._replace(major_code=old.major_code)
    return result


class Touch(NamedTuple):
    """What a change touches: a key field, name or number, the class."""

    key: bool
    identity: bool
    place: bool


NO_TOUCH = Touch(key=False, identity=False, place=False)


_TOUCHING = frozenset(
    _AT[name]
    for name in ("id_number", "id_type", "name", "class_name", "class_college", "class_grade")
)


class Comparer:
    """Tells what the change of a record touches, by the key fields of its school."""

    def __init__(self, key_fields: Mapping[str, Sequence[str]]) -> None:
        self._keys = {
            code: [_AT[name] for name in names if name in _AT and name != "id_number"]
            for code, names in key_fields.items()
        }
        self._has_number = {code: "id_number" in names for code, names in key_fields.items()}
        self._watched = {code: _TOUCHING.union(places) for code, places in self._keys.items()}

    def touch(self, old: Facts, new: Facts, changed: Iterable[int]) -> Touch:
        """What it means that a record's `changed` places are new.

        Another spelling of the same document number is no change of it.
        """
        code = new.school_code
        if self._watched.get(code, _TOUCHING).isdisjoint(changed):
            return NO_TOUCH
        number = (old.id_number, old.id_type) != (new.id_number, new.id_type) and (
            _number(old) != _number(new)
        )
        key = (number and self._has_number.get(code, False)) or any(
            old[index] != new[index] for index in self._keys.get(code, ())
        )
        return Touch(
            key=key,
            identity=number or old.name != new.name,
            place=old.class_name != new.class_name or old[_CLASS] != new[_CLASS],
        )


def _number(facts: Facts) -> str:
    return canonical_number(facts.id_number, DocumentType(facts.id_type))
