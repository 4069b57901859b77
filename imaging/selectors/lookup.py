"""Find the records that many claims name, with few queries."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from django.db.models import Exists, OuterRef, Q

from accounts.identity import canonical_number
from accounts.models import document_index
from enrollment.models import StudentRecord
from imaging.identity import is_ticket
from imaging.matching import Claim, KeyKind, PhotoKey, RecordRef
from imaging.models import CaptureTicket, CaptureVisit

__all__ = ["RecordLookup", "kind_of", "lookup_for"]

_SLICE: Final = 1_000
_COLUMNS: Final = {
    KeyKind.STUDENT_NO: "student_no",
    KeyKind.CANDIDATE_NO: "candidate_no",
    KeyKind.DOCUMENT_NO: "id_number_index",
}


class RecordLookup:
    """The records of all schools that carry one of the numbers asked for when it was made.

    A capture ticket leads to its record while it is valid, and afterwards when staff have seen the
    person with it at the counter.
    """

    def __init__(
        self,
        found: Mapping[tuple[KeyKind, str], list[RecordRef]],
        voided: Mapping[str, RecordRef] | None = None,
    ) -> None:
        self._found = found
        self._voided = voided or {}

    def find(self, kind: KeyKind, value: str) -> Iterable[RecordRef]:
        """The records with this number; document numbers in canonical form."""
        return self._found.get((kind, value), ())

    def find_voided(self, ticket: str) -> Iterable[RecordRef]:
        """The record that this ticket led to before it was voided, and nobody was seen with it."""
        ref = self._voided.get(ticket)
        return () if ref is None else (ref,)


def lookup_for(claims: Iterable[Claim]) -> RecordLookup:
    """Look up every number of the claims: three queries per thousand numbers, whatever they may be.

    A thousand tickets are one more.
    """
    claims = list(claims)
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
    valid, voided = _tickets(
        {key.value for claim in claims for key in claim.keys if _may_be_one(key)}
    )
    found.update({(KeyKind.TICKET, code): [ref] for code, ref in valid.items()})
    return RecordLookup(found, voided)


def _may_be_one(key: PhotoKey) -> bool:
    return KeyKind.TICKET in key.kinds and is_ticket(key.value)


def _tickets(codes: Iterable[str]) -> tuple[dict[str, RecordRef], dict[str, RecordRef]]:
    """The records of valid tickets, and of voided ones that nobody was seen with."""
    was_seen = Exists(CaptureVisit.objects.filter(ticket=OuterRef("pk"), voided_at=None))
    valid: dict[str, RecordRef] = {}
    voided: dict[str, RecordRef] = {}
    wanted = iter(codes)
    while part := list(islice(wanted, _SLICE)):
        rows = CaptureTicket.objects.filter(code__in=part).annotate(
            leads_on=Q(voided_at=None) | was_seen
        )
        for code, leads_on, record_id, school_code, name_key in rows.values_list(
            "code", "leads_on", "record_id", "record__school__code", "record__name_key"
        ):
            ref = RecordRef(record_id, school_code, name_key)
            (valid if leads_on else voided)[code] = ref
    return valid, voided


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
