"""Records that a new row of a roster may belong to."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import ne
from typing import NamedTuple

from accounts.identity import DocumentType, canonical_number, name_match_key
from accounts.models import document_index
from enrollment.importers.facts import Facts
from enrollment.matching import RowPerson, row_reasons
from enrollment.models import DistinctPair, RosterImport, RosterRow, School, StudentRecord
from enrollment.selectors.roster import among

__all__ = ["NearRecord", "NewRow", "fingerprint", "near_records"]

_IN_ONE_QUERY = 500


class NewRow(NamedTuple):
    """A row that would make a record."""

    row_id: int
    student_no: str
    facts: Facts


class NearRecord(NamedTuple):
    """A row and a record that may be one person, with the reasons."""

    row_id: int
    record_id: int
    reasons: list[str]


def fingerprint(facts: Facts, student_no: str) -> str:
    """What a decision about a row is remembered by; no number can be read from it."""
    digest = hashlib.sha256(document_index(_number(facts)))
    for part in (facts.school_code, student_no, name_match_key(facts.name)):
        digest.update(b"\0" + part.encode())
    return digest.hexdigest()


def near_records(roster: RosterImport, rows: Sequence[NewRow]) -> list[NearRecord]:
    """Records near to these rows.

    Left out are records that the file has a line of its own for, and pairs of which somebody has
    said that they are two people.
    """
    people = {row.row_id: _person(row) for row in rows}
    pairs = set(_by_number(rows)) | set(_by_candidate_no(rows)) | set(_by_name(rows))
    if not pairs:
        return []
    wanted = sorted({record for _, record in pairs})
    own = set(
        RosterRow.objects.filter(roster=roster, record__in=among(wanted)).values_list(
            "record", flat=True
        )
    )
    known = set(
        DistinctPair.objects.filter(record__in=among(wanted)).values_list("record", "fingerprint")
    )
    prints = {row.row_id: fingerprint(row.facts, row.student_no) for row in rows} if known else {}
    records = _people_of([record for record in wanted if record not in own])
    found = []
    for row, record in sorted(pairs):
        if record in own or (record, prints.get(row)) in known:
            continue
        if reasons := row_reasons(people[row], records[record]):
            found.append(NearRecord(row, record, reasons))
    return found


def _number(facts: Facts) -> str:
    return canonical_number(facts.id_number, DocumentType(facts.id_type))


def _person(row: NewRow) -> RowPerson:
    facts = row.facts
    return RowPerson(
        facts.school_code,
        row.student_no,
        facts.candidate_no,
        facts.name,
        _number(facts),
    )


def _people_of(records: list[int]) -> dict[int, RowPerson]:
    if not records:
        return {}
    codes = dict(School.objects.values_list("pk", "code"))
    stored = StudentRecord.objects.filter(pk__in=among(records)).values_list(
        "pk", "school_id", "student_no", "candidate_no", "name", "id_number", "id_type"
    )
    return {
        pk: RowPerson(
            codes[school],
            student_no,
            candidate_no,
            name,
            canonical_number(str(number), DocumentType(kind)),
        )
        for pk, school, student_no, candidate_no, name, number, kind in stored
    }


def _by_number(rows: Sequence[NewRow]) -> Iterator[tuple[int, int]]:
    asked: defaultdict[bytes, list[int]] = defaultdict(list)
    for row in rows:
        asked[document_index(_number(row.facts))].append(row.row_id)
    indexes = list(asked)
    for start in range(0, len(indexes), _IN_ONE_QUERY):
        stored = StudentRecord.objects.filter(
            id_number_index__in=indexes[start : start + _IN_ONE_QUERY]
        )
        for pk, index in stored.values_list("pk", "id_number_index"):
            yield from ((row, pk) for row in asked[bytes(index)])


def _by_candidate_no(rows: Sequence[NewRow]) -> Iterator[tuple[int, int]]:
    asked: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row.facts.candidate_no:
            asked[row.facts.candidate_no].append(row.row_id)
    if not asked:
        return
    stored = StudentRecord.objects.exclude(candidate_no="").filter(
        candidate_no__in=among(list(asked))
    )
    for pk, number in stored.values_list("pk", "candidate_no"):
        yield from ((row, pk) for row in asked[number])


def _by_name(rows: Sequence[NewRow]) -> Iterator[tuple[int, int]]:
    """Namesakes who also share the day of birth or nearly the student number.

    A common name has a hundred bearers, whose numbers would all have to be decrypted otherwise.
    """
    asked: defaultdict[str, list[NewRow]] = defaultdict(list)
    for row in rows:
        asked[name_match_key(row.facts.name)].append(row)
    stored = StudentRecord.objects.filter(name_key__in=among(list(asked)))
    for pk, name, born, number in stored.values_list("pk", "name_key", "birth_date", "student_no"):
        day = born.isoformat() if born else ""
        for row in asked[name]:
            if (
                not day
                or not row.facts.birth_date
                or row.facts.birth_date == day
                or row.student_no == number
                or _is_near(row.student_no, number)
            ):
                yield row.row_id, pk


def _is_near(one: str, other: str) -> bool:
    """Whether one character differs."""
    return len(one) == len(other) and sum(map(ne, one, other)) == 1
