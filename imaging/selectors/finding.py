"""没照片，找找看: photos without a record whose data are nearly those of one record, and claims on them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.identity import canonical_number
from accounts.models import User, document_index
from enrollment.matching import near_numbers, near_texts
from enrollment.models import StudentRecord
from imaging.matching import Compared, Person, compared, is_told_apart
from imaging.models import CaptureEntry, PhotoClaim, PhotoHint, PhotoVersion
from imaging.selectors.hints import near_records, open_entries
from imaging.states import HintState, MatchState, PhotoClaimState, PhotoKind

__all__ = [
    "MOST_SHOWN",
    "Likely",
    "captures_near",
    "compared_with",
    "likely_capture",
    "open_photo_claim_of",
    "photo_claims_of",
    "rival_claims",
    "stale_photo_claims",
    "waiting_photo_claims",
]

# Whoever is like more photos than this is helped by the office: the list must not become a catalogue.
MOST_SHOWN: Final = 3
# Far above what one person's slips can lead to.
_MOST_LOOKED_AT: Final = 60
_DOTS: Final = ("", "•", "・", ".", " ")


class Likely(NamedTuple):
    """A photo without a record that may be this student's: why, and whether the face may be shown."""

    entry: CaptureEntry
    reasons: tuple[str, ...]
    shows_face: bool


def captures_near(record: StudentRecord, *, now: datetime) -> list[Likely]:
    """The photos that found no record and say nearly what this record says, the likeliest first.

    The rules are the desk's (`near_records`): the record has no photo, and where the data do not
    stand alone it is the only one that they lead to. What was said to be somebody else's, by staff
    or because the record has shown it before, is not among them.
    """
    kind = PhotoKind.GRADUATION
    entries = list(_asked(record, kind).order_by("pk")[:_MOST_LOOKED_AT])
    if not entries:
        return []
    by_pk = {entry.pk: entry for entry in entries}
    found = [
        Likely(by_pk[entry_id], noticed.reasons, is_told_apart(noticed.reasons))
        for noticed in near_records(entries, kind, now=now)
        for entry_id, record_id in noticed.moves
        if record_id == record.pk
    ]
    return sorted(found, key=_strength)[:MOST_SHOWN]


def likely_capture(record: StudentRecord, entry_id: int, *, now: datetime) -> Likely | None:
    """This photo as one that may be the record's; None when it is not, or not any more."""
    return next(
        (each for each in captures_near(record, now=now) if each.entry.pk == entry_id), None
    )


def compared_with(
    entry: CaptureEntry, record: StudentRecord, reasons: Iterable[str]
) -> list[Compared]:
    """What came with the photo beside what the record says, masked."""
    photo = Person(
        entry.school_code,
        entry.student_no,
        entry.candidate_no,
        canonical_number(entry.document_no or ""),
        entry.name,
    )
    own = Person(
        record.school.code,
        record.student_no,
        record.candidate_no,
        canonical_number(record.id_number),
        record.name,
    )
    return compared(photo, own, tuple(reasons))


def _strength(likely: Likely) -> tuple[bool, int, int, int]:
    same = sum(code.endswith(":same") for code in likely.reasons)
    alike = sum(":" in code for code in likely.reasons)
    return (not likely.shows_face, -same, -alike, likely.entry.pk)


def _asked(record: StudentRecord, kind: PhotoKind) -> QuerySet[CaptureEntry]:
    """Waiting photos that share a number with the record, one a slip away, or its name."""
    said_no = PhotoHint.objects.filter(entry=OuterRef("pk"), record=record, state=HintState.REFUSED)
    refused = PhotoClaim.objects.filter(
        entry=OuterRef("pk"), record=record, state=PhotoClaimState.REFUSED
    )
    shown_before = PhotoVersion.objects.filter(entry=OuterRef("pk"), record=record)
    return open_entries(kind).filter(
        _says(record),
        ~Exists(said_no),
        ~Exists(refused),
        ~Exists(shown_before),
        published__purged_at=None,
    )


def _says(record: StudentRecord) -> Q:
    names = {record.name, *(record.name.replace("·", dot) for dot in _DOTS)}
    says = Q(name__in=sorted(names))
    for column in ("student_no", "candidate_no"):
        number = getattr(record, column).upper()
        if number:
            says |= Q(**{f"{column}__in": [number, *near_texts(number)]})
    number = canonical_number(record.id_number)
    if number:
        forms = (number, *near_numbers(number))
        says |= Q(document_no_index__in=[document_index(form) for form in forms])
    return says


def photo_claims_of(user: User) -> QuerySet[PhotoClaim]:
    """The claims that the person has made on the own records, the newest first."""
    return (
        PhotoClaim.objects.filter(
            claimant=user,
            record__binding__identity__user=user,
            record__hidden_at=None,
            record__duplicate_of=None,
        )
        .select_related("record__school", "entry")
        .order_by("-submitted_at", "-pk")
    )


def open_photo_claim_of(record: StudentRecord) -> PhotoClaim | None:
    """The record's claim that waits for the office."""
    return PhotoClaim.objects.filter(record=record, state=PhotoClaimState.OPEN).first()


def waiting_photo_claims() -> QuerySet[PhotoClaim]:
    """What the office still has to decide, in the order in which it is due."""
    return PhotoClaim.objects.filter(state=PhotoClaimState.OPEN).order_by("due_at", "pk")


def rival_claims(claim: PhotoClaim) -> QuerySet[PhotoClaim]:
    """Other students' open claims on the same photo."""
    return (
        PhotoClaim.objects.filter(entry=claim.entry_id, state=PhotoClaimState.OPEN)
        .exclude(pk=claim.pk)
        .select_related("record__school", "record__class_group")
        .order_by("pk")
    )


def stale_photo_claims() -> QuerySet[PhotoClaim]:
    """Claims that events have answered: the photo waits no longer, or the record has got one."""
    has_photo = PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=OuterRef("entry__kind"), is_current=True
    )
    gone = ~Q(entry__state__in=[MatchState.UNMATCHED, MatchState.AMBIGUOUS])
    return PhotoClaim.objects.filter(gone | Exists(has_photo), state=PhotoClaimState.OPEN).order_by(
        "pk"
    )
