"""Keep the photos of a delivery: bytes as they come, rows in one transaction per chunk."""

from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from django.db import IntegrityError, transaction

from common import files
from common.actors import Actor
from imaging.inspection import Inspection
from imaging.matching import waiting_for_two, waiting_for_waiver
from imaging.models import CaptureEntry, PhotoBatch, PhotoVersion
from imaging.selectors.lookup import RecordLookup
from imaging.selectors.repair import locked_records
from imaging.selectors.waivers import records_waived
from imaging.services.batch_bytes import BytesWriter, Pair
from imaging.services.batch_lease import BatchLease
from imaging.services.batch_plan import PlannedPhoto
from imaging.services.batch_rows import KeptFile, load_entries, load_files
from imaging.services.entries import (
    KnownEntry,
    claimed_fields,
    entry_hash,
    known_entries,
    measures_of,
    remarks_of,
)
from imaging.services.versions import hold_rounds, put_forward
from imaging.states import CAPTURE, MatchAction, PhotoKind

__all__ = ["ChunkWriter"]

_CHUNK: Final = 200
_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True)
class _Begun:
    """A photo whose bytes are on their way into the storage."""

    photo: PlannedPhoto
    stored: "Future[Pair]"
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A photo whose bytes are in the storage and whose rows are not yet in the database."""

    photo: PlannedPhoto
    original: KeptFile
    published: KeptFile
    entry: dict[str, Any]

    @property
    def stored(self) -> Pair:
        return self.original, self.published


@dataclass(frozen=True, slots=True)
class _Found:
    """A stored entry that waited for its record, and the delivery that names it."""

    entry: KnownEntry
    photo: PlannedPhoto


class Ledger(Protocol):
    """Who keeps count of a delivery, and knows what its photos were matched with."""

    @property
    def lookup(self) -> RecordLookup:
        """The records that were found."""

    def count_stored(self, photo: PlannedPhoto, remarks: list[dict[str, str]]) -> None:
        """A photo is in the database now, with what was remarked on it."""

    def count_known(self, photo: PlannedPhoto, entry: KnownEntry) -> None:
        """The bytes of a photo are stored already."""


class ChunkWriter:
    """Writes a batch's photos; what the ledger counts is what is stored.

    A chunk that fails takes its bytes out of the storage again, and only what is in the database
    counts: a killed import can be run again.
    """

    def __init__(
        self, batch: PhotoBatch, ledger: Ledger, lease: BatchLease, *, actor: Actor
    ) -> None:
        self._batch = batch
        self._kind = PhotoKind(batch.kind)
        self._school_code = batch.school.code if batch.school else ""
        self._ledger = ledger
        self._lease = lease
        self._actor = actor
        self._bytes = BytesWriter()
        self._waiting: list[_Begun] = []
        self._found: list[_Found] = []
        self.found_again = 0

    def add(self, photo: PlannedPhoto, data: bytes, inspection: Inspection) -> bool:
        """Keep one photo; returns whether that completed a chunk."""
        if inspection.published is None:
            message = "a refused photo is not stored"
            raise ValueError(message)
        entry = self._entry(photo, inspection)
        stored = self._bytes.write(data, inspection.sha256, inspection.published)
        self._waiting.append(_Begun(photo, stored, entry))
        return self._is_full

    def find_again(self, photo: PlannedPhoto, entry: KnownEntry) -> bool:
        """Let a stored entry that waited for its record have the one that this delivery names."""
        self._found.append(_Found(entry, photo))
        return self._is_full

    @property
    def _is_full(self) -> bool:
        return len(self._waiting) + len(self._found) >= _CHUNK

    def flush(self, *, progress: int) -> None:
        """Write what waits. On failure nothing of it stays, neither rows nor bytes."""
        kept, found = [_written(each) for each in self._waiting], self._found
        self._waiting, self._found = [], []
        try:
            for attempt in range(_ATTEMPTS):
                try:
                    settled = self._write(kept, found, progress=progress)
                except IntegrityError:
                    # Somebody else stored one of these, or gave one of the records another photo.
                    if attempt == _ATTEMPTS - 1:
                        raise
                    kept = self._without_known(kept)
                else:
                    self.found_again += settled
                    break
        except BaseException:
            _discard(kept)
            raise
        for each in kept:
            self._ledger.count_stored(each.photo, each.entry["warnings"])

    def drop(self) -> None:
        """Give up what waits; bytes that are being written are taken out as soon as they are."""
        waiting, self._waiting, self._found = self._waiting, [], []
        for each in waiting:
            with suppress(Exception):
                _discard([_written(each)])

    def close(self) -> None:
        """Nothing more comes."""
        self._bytes.close()

    def _entry(self, photo: PlannedPhoto, inspection: Inspection) -> dict[str, Any]:
        """The columns of the entry, without the numbers of its files."""
        return {
            **self._fields(photo),
            "batch_id": self._batch.pk,
            "kind": self._kind,
            "file_name": photo.item.path,
            "captured_date": photo.captured_date,
            "entry_hash": self._hash(photo, inspection.sha256),
            "state": photo.result.state,
            "reason": photo.result.reason or "",
            "record_id": photo.result.record_id,
            "measures": measures_of(inspection),
            "warnings": remarks_of(inspection.warnings),
        }

    def _fields(self, photo: PlannedPhoto) -> dict[str, Any]:
        fields = claimed_fields(photo.claim, photo.result, self._ledger.lookup)
        fields["school_code"] = fields["school_code"] or self._school_code
        return fields

    def _hash(self, photo: PlannedPhoto, content: str) -> str:
        return entry_hash(
            kind=self._kind,
            school_code=self._school_code,
            claim=photo.claim,
            path=photo.item.path,
            content=content,
        )

    @transaction.atomic
    def _write(self, kept: list[_Kept], found: list[_Found], *, progress: int) -> int:
        now = self._lease.moment
        self._hold_locked(kept, found, now=now)
        numbers = load_files(
            [file for each in kept for file in each.stored],
            now=now,
            created_by=self._actor.actor_label,
        )
        entries = load_entries(
            [
                {
                    **each.entry,
                    "original_id": numbers[each.original.key],
                    "published_id": numbers[each.published.key],
                }
                for each in kept
            ],
            now=now,
        )
        chosen = {
            each.photo.result.record_id: entries[each.entry["entry_hash"]]
            for each in kept
            if each.photo.result.record_id is not None
        }
        settled = self._settled(found)
        chosen |= settled
        put_forward(chosen, kind=self._kind, actor=self._actor, now=now)
        self._lease.renew(progress=progress)
        return len(settled)

    def _hold_locked(
        self, kept: Iterable[_Kept], found: Iterable[_Found], *, now: datetime
    ) -> None:
        """Let a photo wait whose record's present one was locked, or waived, since the delivery was planned.

        Conclusions on the photos in question stand still until the chunk is written.
        """
        photos = [*(each.photo for each in kept), *(each.photo for each in found)]
        record_ids = [photo.result.record_id for photo in photos if photo.result.record_id]
        if not record_ids:
            return
        shown = PhotoVersion.objects.filter(
            record__in=record_ids, kind=self._kind, is_current=True
        ).values_list("record_id", flat=True)
        in_question = sorted(shown)
        waived = records_waived(record_ids, self._kind, now=now)
        if not in_question and not waived:
            return
        hold_rounds(in_question)
        locked = locked_records(in_question, self._kind, now=now)
        for photo in photos:
            if photo.result.record_id in waived:
                photo.result = waiting_for_waiver(photo.result)
            elif photo.result.record_id in locked:
                photo.result = waiting_for_two(photo.result)
        for each in kept:
            result = each.photo.result
            each.entry.update(
                state=result.state, reason=result.reason or "", record_id=result.record_id
            )

    def _settled(self, found: Iterable[_Found]) -> dict[int, int]:
        """Give waiting entries their record, those that still wait; returns record → entry.

        One whose record has a locked photo waits on, for two people. By key, like the sweep that matches
        again.
        """
        settled: dict[int, int] = {}
        for each in sorted(found, key=lambda one: one.entry.pk):
            result = each.photo.result
            waiting = CaptureEntry.objects.filter(
                pk=each.entry.pk, state=each.entry.state, settled_at=None
            )
            action = MatchAction.ATTACH if result.record_id is not None else MatchAction.REMATCH
            CAPTURE.target(action, source=each.entry.state)
            moved = waiting.update(
                state=result.state,
                record=result.record_id,
                reason=result.reason or "",
                found_in=self._batch.pk if result.record_id is not None else None,
                **self._fields(each.photo),
            )
            if moved and result.record_id is not None:
                settled[result.record_id] = each.entry.pk
        return settled

    def _without_known(self, kept: list[_Kept]) -> list[_Kept]:
        """Leave out what meanwhile was stored by somebody else."""
        known = known_entries(
            self._kind, [each.original.sha256 for each in kept], batch_id=self._batch.pk
        )
        remaining = []
        for each in kept:
            twin = known.get(each.original.sha256)
            if twin is None:
                remaining.append(each)
            else:
                _discard([each])
                self._ledger.count_known(each.photo, twin)
        return remaining


def _written(begun: _Begun) -> _Kept:
    """Wait for the bytes; raises what the storage raised."""
    original, published = begun.stored.result()
    return _Kept(begun.photo, original, published, begun.entry)


def _discard(kept: Iterable[_Kept]) -> None:
    for each in kept:
        for stored in each.stored:
            files.discard_blob(stored.key)
