"""Claims on further records: whose they are, and which records staff are shown beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.identity import canonical_number, name_match_key
from accounts.models import DeclaredIdentity, User, document_index
from accounts.selectors import declared_number_of, own_numbers_of
from enrollment.matching import (
    NameLikeness,
    NumberLikeness,
    compare_names,
    compare_numbers,
    near_numbers,
    near_texts,
)
from enrollment.models import ClaimEvidence, NotSame, RecordClaim, StudentRecord
from enrollment.selectors.facts import plain_number
from enrollment.states import ClaimState

__all__ = [
    "Candidate",
    "candidates_for",
    "claim_evidence_of",
    "claims_of",
    "further_records",
    "numbers_said",
    "open_claims",
    "overdue_claims",
]

# So many are compared; the best few are shown.
_READ = 200
_SHOWN = 8


def claims_of(user: User) -> "QuerySet[RecordClaim]":
    """The person's claims, the newest first."""
    return (
        RecordClaim.objects.filter(identity__user=user)
        .select_related("school", "record__school", "identity__user")
        .order_by("-pk")
    )


def claim_evidence_of(user: User) -> "QuerySet[ClaimEvidence]":
    """The proofs that the person handed in."""
    return ClaimEvidence.objects.filter(claim__identity__user=user).select_related("file", "claim")


def open_claims() -> "QuerySet[RecordClaim]":
    """Claims that wait for the office, the oldest first."""
    return RecordClaim.objects.filter(state=ClaimState.OPEN).order_by("due_at", "pk")


def overdue_claims(*, now: datetime) -> "QuerySet[RecordClaim]":
    """Open claims that wait longer than the office promises."""
    return open_claims().filter(due_at__lte=now)


def further_records(
    identity: DeclaredIdentity, *, school_id: int, given_no: str, name: str
) -> list[StudentRecord]:
    """Free records of the school with this number whose name and document number are the person's.

    The name must be the declared one and the one that was just typed; the document number one that
    the person has or had.
    """
    spellings = {plain_number(given_no), given_no.strip()}
    found = StudentRecord.objects.filter(
        Q(student_no__in=spellings) | Q(candidate_no__in=spellings),
        school=school_id,
        binding=None,
        duplicate_of=None,
        name_key=identity.name_key,
        id_number_index__in=own_numbers_of(identity).values("number_index"),
    ).select_related("school")
    return list(found) if name_match_key(name) == identity.name_key else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A free record that may be the claimed one, with the reasons why; never more than a proposal."""

    record: StudentRecord
    number: NumberLikeness | None
    name: NameLikeness | None
    is_given_no: bool
    is_near_no: bool

    @property
    def reasons(self) -> list[str]:
        """Why it is proposed, in words for staff."""
        reasons = [likeness.why for likeness in (self.number, self.name) if likeness is not None]
        if self.is_given_no:
            reasons.append("学号或考生号和所填的相同")
        elif self.is_near_no:
            reasons.append("学号或考生号和所填的只差一位")
        return reasons

    @property
    def weight(self) -> int:
        """How much speaks for it."""
        number = {None: 0, NumberLikeness.SAME: 4}.get(self.number, 3)
        name = {None: 0, NameLikeness.SAME: 3}.get(self.name, 2)
        return number + name + (3 if self.is_given_no else 1 if self.is_near_no else 0)


# One agreement alone is chance: a name that many have, a number that is one digit away.
_ENOUGH = 4


def numbers_said(claim: RecordClaim) -> list[str]:
    """Every document number that the claim speaks of: declared, further ones, the one of enrolment."""
    declared = declared_number_of(claim.identity)
    said = [row.number for row in own_numbers_of(claim.identity)]
    said += [declared.number] if declared else []
    said += [claim.former_number] if claim.former_number else []
    return list(dict.fromkeys(said))


def candidates_for(claim: RecordClaim) -> list[Candidate]:
    """Records that nobody has and that look like the claimed one, the likeliest first.

    Pairs that staff found not to be one person are left out for good.
    """
    numbers = numbers_said(claim)
    given = plain_number(claim.given_no)
    rows = _pool(claim, numbers, given)
    found = [_candidate(claim, numbers, given, record) for record in rows]
    likely = [candidate for candidate in found if candidate.weight >= _ENOUGH]
    return sorted(likely, key=lambda candidate: (-candidate.weight, candidate.record.pk))[:_SHOWN]


def _pool(claim: RecordClaim, numbers: Iterable[str], given: str) -> "QuerySet[StudentRecord]":
    near = [index for number in numbers for index in _indexes(number)]
    texts = [given, claim.given_no, *near_texts(given)]
    names = {claim.identity.name_key, name_match_key(claim.given_name)}
    return (
        StudentRecord.objects.filter(
            Q(id_number_index__in=near)
            | Q(school=claim.school_id, student_no__in=texts)
            | Q(school=claim.school_id, candidate_no__in=texts)
            | Q(school=claim.school_id, name_key__in=names),
            binding=None,
            duplicate_of=None,
        )
        .exclude(pk__in=NotSame.objects.filter(identity=claim.identity_id).values("record"))
        .select_related("school", "class_group", "college", "major")
        .order_by("pk")[:_READ]
    )


def _indexes(number: str) -> list[bytes]:
    return [document_index(near) for near in (canonical_number(number), *near_numbers(number))]


def _candidate(
    claim: RecordClaim, numbers: list[str], given: str, record: StudentRecord
) -> Candidate:
    own = {plain_number(record.student_no), plain_number(record.candidate_no)} - {""}
    near = set(near_texts(given))
    likenesses = {compare_numbers(number, record.id_number) for number in numbers}
    names = {compare_names(name, record.name) for name in (claim.identity.name, claim.given_name)}
    return Candidate(
        record=record,
        number=next((like for like in NumberLikeness if like in likenesses), None),
        name=next((like for like in NameLikeness if like in names), None),
        is_given_no=given in own,
        is_near_no=not own.isdisjoint(near),
    )
