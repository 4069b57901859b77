"""What the portal can notice about photos: nearly equal data, neighbours that were mixed up."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from accounts.identity import canonical_number, name_match_key
from accounts.models import IdentityNumber, document_index
from accounts.states import NumberSource
from enrollment.matching import near_numbers, near_texts
from enrollment.models import StudentRecord
from enrollment.selectors import has_status
from enrollment.selectors.roster import among
from enrollment.states import ENROLLED
from imaging.matching import (
    Person,
    Place,
    Said,
    exchange_reasons,
    likely_shifts,
    photo_reasons,
    says_enough,
)
from imaging.models import (
    CampaignMember,
    CaptureEntry,
    CaptureVisit,
    PhotoVersion,
    RepairMove,
)
from imaging.selectors.repair import given_on
from imaging.states import (
    Conclusion,
    HintKind,
    MatchState,
    PhotoKind,
    PhotoReason,
    RepairState,
)

__all__ = ["Noticed", "mixed_up", "near_records", "open_entries", "placed_by_two", "places_of"]

_IN_ONE_QUERY: Final = 500
# A photographer who waves the next one in too early mixes up neighbours, seldom anybody further away.
_REACH: Final = 2


class Noticed(NamedTuple):
    """One thing noticed: which photo goes to which record (0 for nobody), and why, as codes."""

    kind: HintKind
    moves: tuple[tuple[int, int], ...]
    reasons: tuple[str, ...]


def near_records(
    entries: Sequence[CaptureEntry], kind: PhotoKind, *, now: datetime
) -> list[Noticed]:
    """Records without a photo whose data these photos nearly say; a few queries for all of them."""
    photos = {entry.pk: _person_of(entry) for entry in entries}
    waiting = _without_photo(kind, now=now)
    by_other_no = set(_by_other_no(photos, waiting))
    pairs = by_other_no.union(_pairs(photos, waiting))
    if not pairs:
        return []
    records = _people_of({record for _, record in pairs})
    found: defaultdict[int, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for pair in sorted(pairs):
        entry_id, record_id = pair
        likeness = photo_reasons(
            photos[entry_id], records[record_id], has_other_no=pair in by_other_no
        )
        if likeness:
            found[entry_id].append((record_id, tuple(likeness)))
    noticed = []
    for entry_id, likely in found.items():
        for record_id, reasons in likely:
            is_enough = says_enough(reasons)
            if not is_enough and len(likely) > 1:
                continue
            is_named = is_enough or "no_number" in reasons
            said = reasons if is_named else (*reasons, "only_one")
            noticed.append(Noticed(HintKind.NEAR, ((entry_id, record_id),), said))
    return noticed


def _person_of(entry: CaptureEntry) -> Person:
    return Person(
        entry.school_code,
        entry.student_no,
        entry.candidate_no,
        entry.document_no or "",
        entry.name,
    )


def _without_photo(kind: PhotoKind, *, now: datetime) -> QuerySet[StudentRecord]:
    shown = PhotoVersion.objects.filter(record=OuterRef("pk"), kind=kind, is_current=True)
    return StudentRecord.objects.filter(
        ~Exists(shown), has_status(ENROLLED, now=now), duplicate_of=None
    )


def _pairs(
    photos: dict[int, Person], records: QuerySet[StudentRecord]
) -> Iterator[tuple[int, int]]:
    """(entry, record) that share a number, one a slip away, or the name."""
    for column in ("student_no", "candidate_no"):
        asked: defaultdict[str, list[int]] = defaultdict(list)
        for entry_id, photo in photos.items():
            if number := getattr(photo, column):
                for form in (number, number.upper(), *near_texts(number.upper())):
                    asked[form].append(entry_id)
        yield from _found(records, column, asked)
    names: defaultdict[str, list[int]] = defaultdict(list)
    for entry_id, photo in photos.items():
        if photo.name:
            names[name_match_key(photo.name)].append(entry_id)
    yield from _found(records, "name_key", names)
    yield from _by_document_no(photos, records)


def _found(
    records: QuerySet[StudentRecord], column: str, asked: dict[str, list[int]]
) -> Iterator[tuple[int, int]]:
    if not asked:
        return
    rows = records.filter(**{f"{column}__in": among(list(asked))})
    for pk, value in rows.values_list("pk", column):
        yield from ((entry_id, pk) for entry_id in asked[value])


def _by_document_no(
    photos: dict[int, Person], records: QuerySet[StudentRecord]
) -> Iterator[tuple[int, int]]:
    asked: defaultdict[bytes, list[int]] = defaultdict(list)
    for entry_id, photo in photos.items():
        if photo.document_no:
            number = str(photo.document_no)
            for form in (canonical_number(number), *near_numbers(number)):
                asked[document_index(form)].append(entry_id)
    indexes = list(asked)
    for start in range(0, len(indexes), _IN_ONE_QUERY):
        rows = records.filter(id_number_index__in=indexes[start : start + _IN_ONE_QUERY])
        for pk, index in rows.values_list("pk", "id_number_index"):
            yield from ((entry_id, pk) for entry_id in asked[bytes(index)])


def _by_other_no(
    photos: dict[int, Person], records: QuerySet[StudentRecord]
) -> Iterator[tuple[int, int]]:
    """(entry, record) where the photo's number is another one of the record's person, former or second.

    One that only its owner has said does not count, nor one that somebody else has now.
    """
    asked: defaultdict[bytes, list[int]] = defaultdict(list)
    for entry_id, photo in photos.items():
        if photo.document_no:
            asked[document_index(canonical_number(str(photo.document_no)))].append(entry_id)
    if not asked:
        return
    elsewhere = IdentityNumber.objects.filter(
        number_index=OuterRef("number_index"), superseded_at=None
    ).exclude(identity=OuterRef("identity"))
    rows = IdentityNumber.objects.filter(
        ~Exists(elsewhere),
        source__in=[NumberSource.ROSTER, NumberSource.STAFF],
        number_index__in=list(asked),
        identity__bindings__record__in=records,
    )
    for index, record_id in rows.values_list("number_index", "identity__bindings__record"):
        yield from ((entry_id, record_id) for entry_id in asked[bytes(index)])


def _people_of(record_ids: Iterable[int]) -> dict[int, Person]:
    rows = StudentRecord.objects.filter(pk__in=among(sorted(record_ids))).values_list(
        "pk", "school__code", "student_no", "candidate_no", "id_number", "name"
    )
    return {
        pk: Person(code, student_no, candidate_no, str(number), name)
        for pk, code, student_no, candidate_no, number, name in rows
    }


def mixed_up(orders: Iterable[Sequence[Place]]) -> list[Noticed]:
    """Exchanges and shifts among neighbours of these orders; what is part of a shift is no exchange."""
    shifts: dict[tuple[tuple[int, int], ...], Noticed] = {}
    swaps: dict[tuple[int, ...], Noticed] = {}
    for order in orders:
        for shift in likely_shifts(order):
            shifts[shift.moves] = Noticed(HintKind.SHIFT, shift.moves, shift.reasons)
        for one, other in _neighbours(order):
            if reasons := exchange_reasons(one, other):
                first, second = sorted((one, other), key=lambda place: place.entry_id)
                moves = (
                    (first.entry_id, second.record_id),
                    (second.entry_id, first.record_id),
                )
                swaps[first.entry_id, second.entry_id] = Noticed(
                    HintKind.SWAP, moves, tuple(reasons)
                )
    shifted = {entry_id for moves in shifts for entry_id, _ in moves}
    return [
        *shifts.values(),
        *(swap for key, swap in swaps.items() if not shifted.issuperset(key)),
    ]


def _neighbours(order: Sequence[Place]) -> Iterator[tuple[Place, Place]]:
    for place in range(len(order)):
        near = [each for each in order[place : place + _REACH + 1] if each.entry_id]
        if near and near[0] is order[place]:
            yield from ((near[0], other) for other in near[1:])


def places_of(kind: PhotoKind, *, now: datetime) -> list[list[Place]]:
    """The shooting orders of all records that are being verified or will be, as far as they are known.

    A class stands in the order of student numbers, with those who have no photo; a delivery in the
    order of its files, day by day; a session in the order in which people came, which is the only
    one that tells of files named by ticket.
    """
    members = CampaignMember.objects.filter(
        removed_at=None, campaign__profile__kind=kind, sheet_freeze_at__gt=now
    )
    rows = StudentRecord.objects.filter(
        pk__in=members.values("record"), duplicate_of=None
    ).values_list(
        "pk",
        "class_group",
        "school__code",
        "student_no",
        "candidate_no",
        "id_number_index",
        "name",
    )
    records = {row[0]: row for row in rows}
    shown = _shown(kind, members)
    said = _said([version for version, _ in shown.values()])
    places = {
        pk: _place(row, shown.get(pk), said.get(pk, Said.NOTHING)) for pk, row in records.items()
    }
    return [
        *_by_class(records, places),
        *_by_delivery(shown, places),
        *_by_visit(kind, members, places),
    ]


def _shown(
    kind: PhotoKind, members: QuerySet[CampaignMember]
) -> dict[int, tuple[int, tuple[Any, ...]]]:
    """Record → its current version and what came with that photo."""
    rows = PhotoVersion.objects.filter(
        kind=kind, is_current=True, record__in=members.values("record")
    ).values_list(
        "record",
        "pk",
        "entry",
        "entry__batch",
        "entry__captured_date",
        "entry__school_code",
        "entry__student_no",
        "entry__candidate_no",
        "entry__document_no_index",
        "entry__name",
    )
    return {row[0]: (row[1], row[2:]) for row in rows}


def _said(version_ids: list[int]) -> dict[int, Said]:
    if not version_ids:
        return {}
    rows = given_on(among(version_ids)).values_list("round__member__record", "state", "reasons")
    said = {}
    for record_id, state, reasons in rows:
        if state == Conclusion.CORRECT:
            said[record_id] = Said.RIGHT
        elif PhotoReason.SWAPPED in reasons:
            said[record_id] = Said.SWAPPED
        elif PhotoReason.NOT_ME in reasons:
            said[record_id] = Said.NOT_ME
    return said


def _place(row: tuple[Any, ...], shown: tuple[int, tuple[Any, ...]] | None, said: Said) -> Place:
    record = Person(row[2], row[3], row[4], bytes(row[5]), row[6])
    if shown is None:
        return Place(row[0], record)
    entry_id, _batch, _day, code, student_no, candidate_no, index, name = shown[1]
    photo = Person(code, student_no, candidate_no, bytes(index or b""), name)
    return Place(row[0], record, entry_id, photo, said)


def _by_class(
    records: dict[int, tuple[Any, ...]], places: dict[int, Place]
) -> Iterator[list[Place]]:
    classes: defaultdict[int, list[Place]] = defaultdict(list)
    for pk, row in records.items():
        if row[1] is not None:
            classes[row[1]].append(places[pk])
    for order in classes.values():
        yield sorted(order, key=lambda place: place.record.student_no)


def _by_delivery(
    shown: dict[int, tuple[int, tuple[Any, ...]]], places: dict[int, Place]
) -> Iterator[list[Place]]:
    days: defaultdict[tuple[int, Any], list[Place]] = defaultdict(list)
    for pk, (_, (_entry, batch, day, *_rest)) in shown.items():
        if pk in places:
            days[batch, day].append(places[pk])
    for order in days.values():
        yield sorted(order, key=lambda place: place.entry_id)


def _by_visit(
    kind: PhotoKind, members: QuerySet[CampaignMember], places: dict[int, Place]
) -> Iterator[list[Place]]:
    if not places:
        return
    rows = CaptureVisit.objects.filter(
        member__record__in=members.values("record"),
        session__campaign__profile__kind=kind,
        voided_at=None,
    ).order_by("session", "arrived_at", "pk")
    sessions: defaultdict[int, list[Place]] = defaultdict(list)
    for session, pk in rows.values_list("session", "member__record"):
        if pk in places:
            sessions[session].append(places[pk])
    yield from sessions.values()


def open_entries(kind: PhotoKind) -> QuerySet[CaptureEntry]:
    """Photos of a kind that found no record, in the order of their delivery."""
    waiting = (MatchState.UNMATCHED, MatchState.AMBIGUOUS)
    return CaptureEntry.objects.filter(kind=kind, state__in=waiting).order_by("pk")


def placed_by_two(kind: PhotoKind) -> dict[int, set[int]]:
    """Entry → the cases of two people that put it where it is."""
    rows = RepairMove.objects.filter(
        repair__photo_kind=kind, repair__state__in=[RepairState.DONE, RepairState.UNDOING]
    ).values_list("entry", "repair")
    placed: defaultdict[int, set[int]] = defaultdict(set)
    for entry_id, repair_id in rows:
        placed[entry_id].add(repair_id)
    return placed
