"""Photos that say the same person, or are the same bytes."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from imaging.models import CaptureEntry
from imaging.states import MatchState

__all__ = ["duplicate_groups", "duplicates_of", "repeated"]

_NUMBERS: Final = ("student_no", "candidate_no", "ticket")
_WAITING: Final = (MatchState.UNMATCHED, MatchState.AMBIGUOUS)

# What makes two photos one person's: a kind of key with its value.
_Key = tuple[str, object]


def repeated() -> QuerySet[CaptureEntry]:
    """Photos that wait for a person and have a duplicate; those in a case of two people are left out."""
    others = (
        CaptureEntry.objects.filter(kind=OuterRef("kind"))
        .exclude(pk=OuterRef("pk"))
        .exclude(state=MatchState.VOIDED)
        .exclude(repair_moves__is_open=True)
        .order_by()
    )
    same_school = Q(school_code="") | Q(school_code=OuterRef("school_code"))
    same = Q(Exists(others.filter(original__sha256=OuterRef("original__sha256"))))
    same |= Q(Exists(others.filter(document_no_index=OuterRef("document_no_index"))))
    for column in _NUMBERS:
        alike = others.filter(**{column: OuterRef(column), f"{column}__gt": ""})
        same |= Q(Exists(alike.filter(same_school)))
    return (
        CaptureEntry.objects.filter(same, state__in=_WAITING)
        .exclude(repair_moves__is_open=True)
        .order_by("pk")
    )


def duplicates_of(entry: CaptureEntry) -> QuerySet[CaptureEntry]:
    """Further photos that say the same person, or are the same bytes; not voided ones, oldest first."""
    return _alike([entry]).exclude(pk=entry.pk)


def duplicate_groups(entries: Sequence[CaptureEntry]) -> list[list[CaptureEntry]]:
    """These photos with their duplicates, each group once, in one query."""
    found = {entry.pk: entry for entry in _alike(entries)} if entries else {}
    groups: list[list[CaptureEntry]] = []
    placed: set[int] = set()
    for entry in entries:
        if entry.pk in placed:
            continue
        keys = set(_keys(entry))
        group = [each for each in found.values() if not keys.isdisjoint(_keys(each))]
        group = [each for each in group if _same_school(entry, each)]
        placed.update(each.pk for each in group)
        if len(group) > 1:
            groups.append(group)
    return groups


def _alike(entries: Sequence[CaptureEntry]) -> QuerySet[CaptureEntry]:
    same = Q(pk__in=[])
    for entry in entries:
        numbers = Q(pk__in=[])
        for name, value in _keys(entry):
            if name in _NUMBERS:
                numbers |= Q(**{name: value})
            else:
                same |= Q(**{name: value})
        schools = Q(school_code__in=["", entry.school_code]) if entry.school_code else Q()
        same |= numbers & schools & Q(kind=entry.kind)
    kinds = {entry.kind for entry in entries}
    return (
        CaptureEntry.objects.filter(same, kind__in=kinds)
        .exclude(state=MatchState.VOIDED)
        .select_related("record", "batch", "original")
        .order_by("pk")
    )


def _keys(entry: CaptureEntry) -> Iterator[_Key]:
    yield "original__sha256", entry.original.sha256
    if entry.record_id is not None:
        yield "record", entry.record_id
    if entry.document_no_index is not None:
        yield "document_no_index", bytes(entry.document_no_index)
    for column in _NUMBERS:
        if value := getattr(entry, column):
            yield column, value


def _same_school(one: CaptureEntry, other: CaptureEntry) -> bool:
    """A number that two schools use is two people's."""
    codes = {one.school_code, other.school_code} - {""}
    return len(codes) <= 1 or one.original.sha256 == other.original.sha256
