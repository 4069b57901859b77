"""Which photos only two people may touch, and what was built on a repair since."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL

from common.errors import InvalidInputError
from enrollment.models import Graduation, StudentRecord
from imaging.models import (
    CaptureEntry,
    CaptureVisit,
    PhotoRepair,
    PhotoVersion,
    RepairMove,
    VerificationConclusion,
)
from imaging.models.verification import ConclusionQuerySet
from imaging.selectors.photos import certified_photos
from imaging.states import Conclusion, ConclusionKind, MatchState, PhotoKind, RepairState

__all__ = [
    "Guard",
    "current_versions",
    "given_on",
    "guard_of_entry",
    "guard_of_record",
    "later_work",
    "locked_records",
    "open_repair_of",
    "reasons_not_to_undo",
    "record_ids_of",
    "shifted",
]

_SLICE: Final = 1_000


class Guard(StrEnum):
    """What stands on a photo."""

    NONE = "NONE"
    CONCLUDED = "CONCLUDED"  # its student has judged it and may still take that back
    LOCKED = "LOCKED"  # the judgement is final, or the photo is registered with a certificate


def given_on(versions: QuerySet[Any, Any] | RawSQL | Iterable[int]) -> ConclusionQuerySet:
    """The conclusions on these photos that hold: given in a current round, of members who take part."""
    return (
        VerificationConclusion.objects.filter(
            kind=ConclusionKind.PHOTO,
            round__is_current=True,
            round__member__removed_at=None,
            seen_photo__in=versions,
        )
        .exclude(state=Conclusion.PENDING)
        .valid()
    )


def guard_of_record(record: StudentRecord, kind: PhotoKind | str, *, now: datetime) -> Guard:
    """What stands on the photo that the record shows now."""
    return _guard(PhotoVersion.objects.filter(record=record, kind=kind, is_current=True), now=now)


def guard_of_entry(entry: CaptureEntry, *, now: datetime) -> Guard:
    """What stands on this photo where its record shows it, or its certificate does."""
    return _guard(PhotoVersion.objects.filter(entry=entry, record=entry.record_id), now=now)


def _guard(versions: QuerySet[PhotoVersion], *, now: datetime) -> Guard:
    if certified_photos().filter(pk__in=versions.values("pk")).exists():
        return Guard.LOCKED
    moments = list(given_on(versions.values("pk")).values_list("locks_at", flat=True))
    if any(at is not None and at <= now for at in moments):
        return Guard.LOCKED
    return Guard.CONCLUDED if moments else Guard.NONE


def locked_records(
    record_ids: Iterable[int], kind: PhotoKind | str, *, now: datetime
) -> frozenset[int]:
    """Of these records those whose photo only two people may replace: the set-based `guard_of_record`.

    One query per thousand records that have no photo, three per thousand that have one.
    """
    wanted = iter(set(record_ids))
    locked: set[int] = set()
    while part := list(islice(wanted, _SLICE)):
        versions = PhotoVersion.objects.filter(record__in=part, kind=kind, is_current=True)
        shown = dict(versions.values_list("pk", "record"))
        if shown:
            judged = given_on(shown).filter(locks_at__lte=now).values_list("seen_photo", flat=True)
            certified = certified_photos().filter(pk__in=list(shown)).values_list("pk", flat=True)
            locked |= {shown[pk] for pk in {*judged, *certified}}
    return frozenset(locked)


def current_versions(record_ids: Iterable[int], kind: PhotoKind | str) -> dict[int, PhotoVersion]:
    """Record → the photo that it shows, with its entry; one query."""
    found = PhotoVersion.objects.filter(
        record__in=list(record_ids), kind=kind, is_current=True
    ).select_related("entry")
    return {version.record_id: version for version in found}


def record_ids_of(moves: Iterable[RepairMove]) -> list[int]:
    """Every record that a case takes a photo from or gives one to, in a fixed order."""
    ids = {pk for move in moves for pk in (move.from_record_id, move.to_record_id)}
    return sorted(pk for pk in ids if pk is not None)


def open_repair_of(entry: CaptureEntry, *, now: datetime) -> PhotoRepair | None:
    """The case about this photo that waits for its second person."""
    return PhotoRepair.objects.open_at(now).filter(moves__entry=entry, moves__is_open=True).first()


def shifted(
    first: StudentRecord,
    last: StudentRecord,
    kind: PhotoKind | str,
    *,
    step: int,
    is_by_visit: bool = False,
) -> list[tuple[CaptureEntry, StudentRecord | None]]:
    """The photos from one student to another, each with the record `step` places on.

    They stand in the order of student numbers in their class, or as they came to a session that both
    came to. What falls off the end goes to the next record of the order where that has no photo,
    else to nobody. InvalidInputError when the two have no such order in common, or one in between
    has no photo.
    """
    order = _session_of(first, last, kind) if is_by_visit else _class_of(first, last)
    places = {record.pk: place for place, record in enumerate(order)}
    start, end = places.get(first.pk, 0), places.get(last.pk, 0)
    if start >= end:
        raise InvalidInputError("最后一位要排在这张照片的学生后面。", field="student_no")
    shown = current_versions(places, kind)
    found: list[tuple[CaptureEntry, StudentRecord | None]] = []
    for place in range(start, end + 1):
        record = order[place]
        if record.pk not in shown:
            raise InvalidInputError(
                f"学号 {record.student_no} 没有照片，一段里每个人都要有。", field="student_no"
            )
        target = order[place + step] if 0 <= place + step < len(order) else None
        is_outside = not start <= place + step <= end
        if target is not None and is_outside and target.pk in shown:
            target = None
        found.append((shown[record.pk].entry, target))
    return found


def _class_of(first: StudentRecord, last: StudentRecord) -> list[StudentRecord]:
    if first.class_group_id is None or first.class_group_id != last.class_group_id:
        raise InvalidInputError("两个学号要在同一个班。", field="student_no")
    return list(
        StudentRecord.objects.filter(class_group=first.class_group_id, duplicate_of=None)
        .select_related("school", "class_group")
        .order_by("student_no")
    )


def _session_of(
    first: StudentRecord, last: StudentRecord, kind: PhotoKind | str
) -> list[StudentRecord]:
    """Who came to the latest session that both came to, in the order in which they came."""
    visits = CaptureVisit.objects.filter(session__campaign__profile__kind=kind, voided_at=None)
    both = visits.filter(
        member__record=first, session__in=visits.filter(member__record=last).values("session")
    )
    session = both.order_by("-arrived_at").values_list("session", flat=True).first()
    if session is None:
        raise InvalidInputError("两个人要在同一场报到拍过照。", field="student_no")
    came = (
        visits.filter(session=session, member__record__duplicate_of=None)
        .select_related("member__record__school", "member__record__class_group")
        .order_by("arrived_at", "pk")
    )
    return [visit.member.record for visit in came]


def reasons_not_to_undo(repair: PhotoRepair) -> list[str]:
    """Why a case cannot be taken back as one step; empty when nothing was built on it."""
    if repair.state not in {RepairState.DONE, RepairState.UNDOING}:
        return ["还没有办"]
    return later_work(repair)


def later_work(repair: PhotoRepair) -> list[str]:
    """What was built on a case that was carried out, one sentence each."""
    moves = list(repair.moves.select_related("entry"))
    reasons = [
        f"{move.entry}后来又处理过"
        for move in moves
        if (move.entry.state, move.entry.record_id) != (move.to_state, move.to_record_id)
    ]
    busy = RepairMove.objects.filter(entry__in=[move.entry_id for move in moves], is_open=True)
    reasons += [f"{move.entry}在另一件没办结的照片更正里" for move in busy.select_related("entry")]
    return reasons + _later_on_records(repair)


def _later_on_records(repair: PhotoRepair) -> list[str]:
    changed = {int(pk): pair for pk, pair in repair.memo.items() if pair[0] != pair[1]}
    numbers = dict(
        StudentRecord.objects.filter(pk__in=list(changed))
        .order_by("student_no")
        .values_list("pk", "student_no")
    )
    former = PhotoVersion.objects.filter(pk__in=[pair[0] for pair in changed.values()])
    strayed = former.exclude(entry__in=repair.moves.values("entry")).exclude(
        entry__state=MatchState.MATCHED, entry__record=F("record")
    )
    gone = set(strayed.values_list("record", flat=True))
    current = current_versions(changed, repair.photo_kind)
    now_at = {pk: current[pk].pk if pk in current else 0 for pk in changed}
    reasons = [
        f"学号 {number} 的照片后来又换过"
        for pk, number in numbers.items()
        if now_at[pk] != changed[pk][1]
    ]
    reasons += [
        f"学号 {number} 原来的照片后来又处理过" for pk, number in numbers.items() if pk in gone
    ]
    approved = given_on([after for _, after in changed.values() if after]).filter(
        state=Conclusion.CORRECT
    )
    kept = set(approved.values_list("round__member__record", flat=True))
    reasons += [
        f"学号 {number} 的学生已经核对过换上的照片，结论是正确"
        for pk, number in numbers.items()
        if pk in kept
    ]
    registered = set(
        Graduation.objects.filter(
            record__in=list(changed), registered_at__gt=repair.closed_at
        ).values_list("record", flat=True)
    )
    return reasons + [
        f"学号 {number} 后来登记了学历证书" for pk, number in numbers.items() if pk in registered
    ]
