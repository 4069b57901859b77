"""Every file of a checked batch, with what was found and a small picture: what the contact sheet shows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Final

from django.db import transaction

from common import files
from common.actors import SYSTEM
from common.models import StoredFile
from common.retention import erase_file
from enrollment.states import Severity
from imaging.inspection import THUMBNAIL_SIZE, Inspection, make_thumbnail
from imaging.models import BatchFinding, BatchItem, CaptureEntry, PhotoBatch, PhotoVersion
from imaging.services.batch_lease import BatchLease
from imaging.services.batch_plan import DeliveryPlan, PlannedPhoto
from imaging.services.batch_report import FileRemark, masked_path
from imaging.services.entries import KnownEntry
from imaging.states import MatchState, PhotoKind, PhotoOutcome

__all__ = ["ItemKeeper", "erase_items", "forget_items", "read_small", "settle_items"]

# As many small pictures as are worth unsealing when one of them is looked at.
_ON_A_SHEET: Final = 32
_SETTLED_AT_ONCE: Final = 500
_SHEET_KIND: Final = "contact"
_LONGEST_CODE: Final = 40
_LONGEST_MESSAGE: Final = 300
_SAME: Final = "same_content"
_MISSING: Final = "file_missing"
_KNOWN: Final = ("known", "以前收过同一张照片，这次没有新的。")

Remark = tuple[str, str]


@dataclass(slots=True)
class _Seen:
    """One file whose rows are still to be written."""

    path: str
    outcome: PhotoOutcome
    remarks: list[Remark] = field(default_factory=list)
    content: str = ""
    record_id: int | None = None
    entry_id: int | None = None
    small: bytes = b""
    twins: Sequence[str] = ()


class ItemKeeper:
    """Watches a check and keeps what it sees, some files at a time, as long as the lease is held."""

    def __init__(self, batch: PhotoBatch, lease: BatchLease) -> None:
        self._batch = batch
        self._lease = lease
        self._waiting: list[_Seen] = []
        self._position = 0
        self._known_before: dict[str, list[FileRemark]] = {}

    def expect(self, plan: DeliveryPlan) -> None:
        """What was said about the files before any of them was opened."""
        said = defaultdict(list)
        for remark in plan.warnings:
            said[remark.file].append(remark)
        self._known_before = dict(said)

    def accepted(
        self, photo: PlannedPhoto, remarks: list[dict[str, str]], inspection: Inspection
    ) -> None:
        """The photo would be stored."""
        result = photo.result
        found = [(remark["code"], remark["message"]) for remark in remarks]
        if result.reason is not None:
            found.insert(0, (result.reason.value, result.reason.message))
        small = inspection.published and make_thumbnail(inspection.published, size=THUMBNAIL_SIZE)
        self._add(
            _Seen(
                path=photo.item.path,
                outcome=PhotoOutcome.CREATE if result.record_id else PhotoOutcome.WAIT,
                remarks=found,
                content=inspection.sha256,
                record_id=result.record_id,
                small=small or b"",
                twins=photo.twins,
            )
        )

    def met_again(
        self, photo: PlannedPhoto, entry: KnownEntry, remark: FileRemark | None, *, is_found: bool
    ) -> None:
        """Its bytes are stored already: nothing new, or it finds its record now."""
        result, outcome = photo.result, PhotoOutcome.KNOWN
        if is_found:
            outcome = PhotoOutcome.CREATE if result.record_id else PhotoOutcome.WAIT
        found = [(remark.code, remark.message)] if remark else [_KNOWN]
        self._add(
            _Seen(
                path=photo.item.path,
                outcome=outcome,
                remarks=found,
                content=entry.content,
                record_id=result.record_id,
                entry_id=entry.pk,
                twins=photo.twins,
            )
        )

    def refused(self, photo: PlannedPhoto, code: str, message: str) -> None:
        """It would not be taken; nor would the files with the same content."""
        for path in (photo.item.path, *photo.twins):
            self._add(_Seen(path=path, outcome=PhotoOutcome.REFUSE, remarks=[(code, message)]))

    def finish(self) -> None:
        """Write the rest: files that are no photos, rows of the list without a file, remarks on the list."""
        for path, remarks in list(self._known_before.items()):
            if path:
                is_absent = any(remark.code == _MISSING for remark in remarks)
                outcome = PhotoOutcome.ABSENT if is_absent else PhotoOutcome.LEFT
                self._add(_Seen(path=path, outcome=outcome))
        self._write()
        self._find(None, [(each.code, each.message) for each in self._known_before.get("", ())])

    def _find(self, item: BatchItem | None, remarks: Iterable[Remark]) -> None:
        BatchFinding.objects.bulk_create(_findings(self._batch, item, remarks))

    def _add(self, seen: _Seen) -> None:
        before = self._known_before.pop(seen.path, ())
        seen.remarks += [(remark.code, remark.message) for remark in before]
        self._waiting.append(seen)
        if len(self._waiting) >= _ON_A_SHEET:
            self._write()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        shown = _shown_records(waiting, PhotoKind(self._batch.kind))
        sheet = None
        try:
            with transaction.atomic():
                sheet = self._keep_sheet(waiting)
                self._write_rows(waiting, sheet, shown)
                self._lease.renew()
        except BaseException:
            if sheet is not None:
                files.discard_blob(sheet.key)
            raise

    def _keep_sheet(self, waiting: Sequence[_Seen]) -> StoredFile | None:
        content = b"".join(seen.small for seen in waiting)
        if not content:
            return None
        return files.store_sealed(
            BytesIO(content),
            kind=_SHEET_KIND,
            content_type="application/octet-stream",
            now=self._lease.moment,
            actor=SYSTEM,
            retain_until=self._batch.file.retain_until if self._batch.file else None,
        )

    def _write_rows(
        self, waiting: Sequence[_Seen], sheet: StoredFile | None, shown: set[int]
    ) -> None:
        pairs: list[tuple[BatchItem, list[Remark]]] = []
        start = 0
        for seen in waiting:
            if seen.record_id in shown and seen.outcome == PhotoOutcome.CREATE:
                seen.outcome = PhotoOutcome.REPLACE
            item = self._item(seen, seen.path, seen.outcome)
            if seen.small:
                item.sheet, item.sheet_start, item.sheet_bytes = sheet, start, len(seen.small)
                start += len(seen.small)
            pairs.append((item, seen.remarks))
            pairs += [self._twin(seen, item, path) for path in seen.twins]
        BatchItem.objects.bulk_create(item for item, _ in pairs)
        BatchFinding.objects.bulk_create(
            finding for item, remarks in pairs for finding in _findings(self._batch, item, remarks)
        )

    def _twin(self, seen: _Seen, kept: BatchItem, path: str) -> tuple[BatchItem, list[Remark]]:
        """A file with the same content: it shows the same picture, and nothing new comes of it."""
        item = self._item(seen, path, PhotoOutcome.KNOWN)
        item.content = ""
        item.sheet = kept.sheet
        item.sheet_start, item.sheet_bytes = kept.sheet_start, kept.sheet_bytes
        message = f"与这次的“{masked_path(seen.path)}”内容完全相同，只保存一份。"
        said = [(each.code, each.message) for each in self._known_before.pop(path, ())]
        return item, [(_SAME, message), *said]

    def _item(self, seen: _Seen, path: str, outcome: PhotoOutcome) -> BatchItem:
        self._position += 1
        return BatchItem(
            batch=self._batch,
            position=self._position,
            file_name=path,
            outcome=outcome,
            content=seen.content,
            record_id=seen.record_id,
            entry_id=seen.entry_id,
        )


def _findings(
    batch: PhotoBatch, item: BatchItem | None, remarks: Iterable[Remark]
) -> list[BatchFinding]:
    is_refused = item is not None and item.outcome == PhotoOutcome.REFUSE
    return [
        BatchFinding(
            batch=batch,
            item=item,
            code=str(code)[:_LONGEST_CODE],
            severity=Severity.ERROR if is_refused else Severity.WARNING,
            message=masked_path(message)[:_LONGEST_MESSAGE],
        )
        for code, message in remarks
    ]


def _shown_records(waiting: Iterable[_Seen], kind: PhotoKind) -> set[int]:
    """Of the records that these photos go to, those that show a photo now."""
    record_ids = [seen.record_id for seen in waiting if seen.record_id]
    current = PhotoVersion.objects.filter(record__in=record_ids, kind=kind, is_current=True)
    return set(current.values_list("record_id", flat=True)) if record_ids else set()


def settle_items(batch: PhotoBatch) -> None:
    """Say of every file of a checked batch what became of it; nothing where the batch was not checked.

    Safe to repeat. What was refused, passed over or stored before stays as it was found.
    """
    if batch.file_id is None:
        return
    last = 0
    while chunk := list(
        BatchItem.objects.filter(batch=batch, position__gt=last)
        .exclude(content="")
        .order_by("position")
        .defer("file_name")[:_SETTLED_AT_ONCE]
    ):
        last = chunk[-1].position
        _settle(batch, chunk)


def _settle(batch: PhotoBatch, items: Sequence[BatchItem]) -> None:
    contents = [item.content for item in items]
    stored = CaptureEntry.objects.filter(kind=batch.kind, original__sha256__in=contents)
    mine = stored.filter(batch=batch) | stored.filter(found_in=batch)
    entries = {
        content: (pk, state, record_id)
        for content, pk, state, record_id in mine.values_list(
            "original__sha256", "pk", "state", "record_id"
        )
    }
    firsts = dict(
        PhotoVersion.objects.filter(entry__in=[pk for pk, _, _ in entries.values()])
        .order_by("-version_no")
        .values_list("entry_id", "version_no")
    )
    changed = []
    for item in items:
        if item.content not in entries:
            continue
        item.entry_id, state, item.record_id = entries[item.content]
        item.outcome = PhotoOutcome.WAIT
        if state == MatchState.MATCHED:
            is_first = firsts.get(item.entry_id, 1) == 1
            item.outcome = PhotoOutcome.CREATE if is_first else PhotoOutcome.REPLACE
        changed.append(item)
    BatchItem.objects.bulk_update(changed, ["entry", "record", "outcome"])


def read_small(item: BatchItem) -> bytes:
    """The small picture of a file; FileNotFoundError where there is none any more."""
    if item.sheet is None or item.sheet.purged_at is not None:
        raise FileNotFoundError
    return files.read(item.sheet)[item.sheet_start : item.sheet_start + item.sheet_bytes]


def forget_items(batch: PhotoBatch) -> None:
    """Take away what a check that was broken off has left; nobody has seen it."""
    sheets = list(StoredFile.objects.filter(batch_items__batch=batch).distinct())
    with transaction.atomic():
        BatchItem.objects.filter(batch=batch).delete()
        BatchFinding.objects.filter(batch=batch).delete()
        StoredFile.objects.filter(pk__in=[sheet.pk for sheet in sheets]).delete()
    for sheet in sheets:
        files.discard_blob(sheet.key)


def erase_items(batch: PhotoBatch, *, now: datetime) -> None:
    """Erase small pictures and rows with the archive that they were made from."""
    sheets = StoredFile.objects.filter(batch_items__batch=batch, purged_at=None).distinct()
    for sheet in sheets.order_by("pk"):
        erase_file(
            sheet,
            kind="上传的照片压缩包的小图",
            basis="上传的照片压缩包：到保留期",
            due_at=sheet.retain_until or now,
            now=now,
        )
    BatchItem.objects.filter(batch=batch).delete()
    BatchFinding.objects.filter(batch=batch).delete()
