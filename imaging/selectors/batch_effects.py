"""What importing a checked batch would do as things stand now, and what speaks against taking one back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from imaging.matching import MatchReason
from imaging.models import (
    BatchItem,
    CaptureEntry,
    PhotoBatch,
    PhotoClaim,
    PhotoVersion,
    RepairMove,
)
from imaging.selectors.photos import certified_photos
from imaging.selectors.repair import given_on, locked_records
from imaging.states import MatchState, PhotoClaimState, PhotoOutcome, RepairState

__all__ = [
    "BatchEffects",
    "LaterWork",
    "batch_effects",
    "brought_by",
    "hindered_entries",
    "later_work_on",
]

_EXAMPLES = 5
_COMING = (PhotoOutcome.CREATE, PhotoOutcome.REPLACE)
_NOT_CARRIED_OUT = (RepairState.DROPPED, RepairState.EXPIRED)

Entries = QuerySet[CaptureEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEffects:
    """How many records get a photo, another one, or none because theirs is locked; what falls by it."""

    created: int
    replaced: int
    locked: int
    conclusions_lost: int
    waiting: int
    known: int
    refused: int
    left: int


def batch_effects(batch: PhotoBatch, *, now: datetime) -> BatchEffects:
    """What the click would do now: roster and photos may have changed since the check."""
    items = BatchItem.objects.filter(batch=batch)
    counts = dict(items.order_by().values_list("outcome").annotate(Count("pk")))
    coming = items.filter(outcome__in=_COMING, record__isnull=False)
    current = PhotoVersion.objects.filter(
        record=OuterRef("record"), kind=batch.kind, is_current=True
    )
    rows = list(coming.annotate(is_shown=Exists(current)).values_list("record_id", "is_shown"))
    shown = [record_id for record_id, is_shown in rows if is_shown]
    locked = locked_records(shown, batch.kind, now=now)
    falling = PhotoVersion.objects.filter(
        Exists(coming.filter(record=OuterRef("record"))), kind=batch.kind, is_current=True
    ).exclude(record__in=locked)
    return BatchEffects(
        created=len(rows) - len(shown),
        replaced=len(shown) - len(locked),
        locked=len(locked),
        conclusions_lost=given_on(falling.values("pk")).count(),
        waiting=counts.get(PhotoOutcome.WAIT, 0),
        known=counts.get(PhotoOutcome.KNOWN, 0),
        refused=counts.get(PhotoOutcome.REFUSE, 0),
        left=counts.get(PhotoOutcome.LEFT, 0) + counts.get(PhotoOutcome.ABSENT, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterWork:
    """One kind of later work: how many photos it is about, and some of their student numbers."""

    label: str
    count: int
    examples: tuple[str, ...]


def brought_by(batch: PhotoBatch) -> Entries:
    """The photos that a batch brought, and older ones that it led to their record; not those taken back."""
    return CaptureEntry.objects.filter(Q(batch=batch) | Q(found_in=batch)).exclude(
        state=MatchState.VOIDED, reason=MatchReason.BATCH_UNDONE
    )


def later_work_on(batch: PhotoBatch) -> list[LaterWork]:
    """Everything that speaks against taking the whole batch back; empty when nothing does."""
    mine, found = brought_by(batch), []
    for label, entry_ids in _works(mine):
        held = mine.filter(pk__in=entry_ids)
        if count := held.count():
            numbers = held.filter(record__isnull=False).order_by("record__student_no")
            examples = numbers.values_list("record__student_no", flat=True)[:_EXAMPLES]
            found.append(LaterWork(label=label, count=count, examples=tuple(examples)))
    return found


def hindered_entries(entries: Entries) -> set[int]:
    """Of these entries those that must stay as they are."""
    return {pk for _, entry_ids in _works(entries) for pk in entry_ids}


def _works(entries: Entries) -> Iterator[tuple[str, QuerySet[Any, Any]]]:
    versions = PhotoVersion.objects.filter(entry__in=entries.values("pk"))
    yield (
        "学生已经核对过这张照片",
        given_on(versions.values("pk")).values_list("seen_photo__entry", flat=True),
    )
    yield (
        "登记了学历证书",
        certified_photos().filter(entry__in=entries.values("pk")).values_list("entry", flat=True),
    )
    yield (
        "在照片更正里，没办结或者办了",
        RepairMove.objects.filter(entry__in=entries.values("pk"))
        .exclude(repair__state__in=_NOT_CARRIED_OUT)
        .values_list("entry", flat=True),
    )
    yield (
        "有学生认领，还没答复",
        PhotoClaim.objects.filter(
            entry__in=entries.values("pk"), state=PhotoClaimState.OPEN
        ).values_list("entry", flat=True),
    )
    yield "老师处理过（关联、解除、改信息、作废）", _handled(entries)


def _handled(entries: Entries) -> QuerySet[Any, Any]:
    return entries.filter(settled_at__isnull=False).values_list("pk", flat=True)
