"""Find the records that many claims name, with few queries."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from accounts.identity import canonical_number
from accounts.models import document_index
from enrollment.models import StudentRecord
from imaging.matching import Claim, KeyKind, PhotoKey, RecordRef

__all__ = ["RecordLookup", "kind_of", "lookup_for"]

_SLICE: Final = 1_000
_COLUMNS: Final = {
    KeyKind.STUDENT_NO: "student_no",
    KeyKind.CANDIDATE_NO: "candidate_no",
    KeyKind.DOCUMENT_NO: "id_number_index",
}


class RecordLookup:
    """The records of all schools that carry one of the numbers asked for when it was made.

    A capture ticket finds nobody: no record carries one yet.
    """

    def __init__(self, found: Mapping[tuple[KeyKind, str], list[RecordRef]]) -> None:
        self._found = found

    def find(self, kind: KeyKind, value: str) -> Iterable[RecordRef]:
        """The records with this number; document numbers in canonical form."""
        return self._found.get((kind, value), ())


def lookup_for(claims: Iterable[Claim]) -> RecordLookup:
    """Look up every number of the claims: three queries per thousand numbers, whatever they may be."""
    wanted: dict[KeyKind, dict[str | bytes, str]] = {kind: {} for kind in _COLUMNS}
    for claim in claims:
        for key in claim.keys:
            for kind in key.kinds:
                if kind in _COLUMNS:
                    wanted[kind].update(_stored_forms(kind, key.value))
    found: dict[tuple[KeyKind, str], list[RecordRef]] = {}
    for kind, values in wanted.items():
        column = _COLUMNS[kind]
        forms = iter(values)
        while part := list(islice(forms, _SLICE)):
            rows = StudentRecord.objects.filter(**{f"{column}__in": part}).values_list(
                column, "pk", "school__code", "name_key"
            )
            for stored, record_id, school_code, name_key in rows.order_by("pk"):
                form = bytes(stored) if kind is KeyKind.DOCUMENT_NO else stored
                ref = RecordRef(record_id, school_code, name_key)
                found.setdefault((kind, values[form]), []).append(ref)
    return RecordLookup(found)


def _stored_forms(kind: KeyKind, value: str) -> dict[str | bytes, str]:
    """How the number stands in the database → how `match` asks for it."""
    if kind is KeyKind.DOCUMENT_NO:
        canonical = canonical_number(value)
        return {document_index(canonical): canonical}
    return {value: value, value.upper(): value.upper()}


def kind_of(key: PhotoKey, lookup: RecordLookup, record_ids: Iterable[int]) -> KeyKind | None:
    """As what the number led to one of these records, None when it led to none of them."""
    wanted = frozenset(record_ids)
    for kind in key.kinds:
        spellings = (
            (canonical_number(key.value),)
            if kind is KeyKind.DOCUMENT_NO
            else (key.value, key.value.upper())
        )
        if any(ref.record_id in wanted for form in spellings for ref in lookup.find(kind, form)):
            return kind
    return None
