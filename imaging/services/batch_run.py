"""One pass over a delivery: what is there already, what is refused, what is stored."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final, Protocol

from imaging.importers import UnreadableItemError
from imaging.inspection import Inspection
from imaging.matching import MatchReason
from imaging.selectors.lookup import RecordLookup
from imaging.services.batch_inspect import Received
from imaging.services.batch_plan import DeliveryPlan, DeliveryTerms, PlannedPhoto
from imaging.services.batch_report import BatchReport, FileRemark, masked_path
from imaging.services.batch_store import ChunkWriter
from imaging.services.entries import KnownEntry, entry_hash, known_entries, remarks_of
from imaging.states import MatchState

__all__ = ["DeliveryRun", "Watcher"]

_GROUP_PHOTOS: Final = 100
_GROUP_BYTES: Final = 8 * 1024 * 1024


class Watcher(Protocol):
    """Who wants to know of a dry run what would become of every single file."""

    def accepted(
        self, photo: PlannedPhoto, remarks: list[dict[str, str]], inspection: Inspection
    ) -> None:
        """The photo would be stored."""

    def met_again(
        self, photo: PlannedPhoto, entry: KnownEntry, remark: FileRemark | None, *, is_found: bool
    ) -> None:
        """Its bytes are stored already; it may be found now, having waited for its record."""

    def refused(self, photo: PlannedPhoto, code: str, message: str) -> None:
        """It would not be taken."""


class DeliveryRun:
    """Goes through a plan once and keeps the report.

    Without a writer it is a dry run. `batch_id` names the batch that is being continued: what it has
    stored before counts as accepted, so that a killed import ends with the same report.
    """

    def __init__(
        self,
        plan: DeliveryPlan,
        terms: DeliveryTerms,
        report: BatchReport,
        *,
        on_progress: Callable[[int, int], None],
        batch_id: int | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        self._watcher = watcher
        self._plan = plan
        self._terms = terms
        self._report = report
        self._on_progress = on_progress
        self._batch_id = batch_id
        self._writer: ChunkWriter | None = None
        self._done = plan.ignored
        report.files = plan.file_count
        report.ignored = plan.ignored
        report.warnings.extend(plan.warnings)

    @property
    def plan(self) -> DeliveryPlan:
        """What was found out before any photo was opened."""
        return self._plan

    @property
    def lookup(self) -> RecordLookup:
        """The records that were found for the delivery."""
        return self._plan.lookup

    def check(self) -> None:
        """Find out what an import would do; writes nothing."""
        self._go_through()

    def store(self, writer: ChunkWriter) -> None:
        """Import: keep what is accepted, chunk by chunk."""
        self._writer = writer
        try:
            self._go_through()
            writer.flush(progress=self._done)
        except BaseException:
            writer.drop()
            raise
        finally:
            writer.close()

    def count_stored(self, photo: PlannedPhoto, remarks: list[dict[str, str]]) -> None:
        """A photo is in the database now, with what was remarked on it."""
        self._accept(photo, photo.result.state, remarks, photo.result.reason)

    def count_known(self, photo: PlannedPhoto, entry: KnownEntry) -> None:
        """The bytes of a photo are stored already, by this batch or by another."""
        if entry.batch_id == self._batch_id:
            self._accept(photo, entry.state, entry.warnings, entry.reason)
            return
        self._report.duplicate += 1
        remark = self._remark_on_known(photo, entry)
        if remark is not None:
            self._report.warnings.append(remark)
        if self._watcher is not None:
            is_found = self._is_found_again(photo, entry)
            self._watcher.met_again(photo, entry, remark, is_found=is_found)
        self._count_twins(photo)

    def _remark_on_known(self, photo: PlannedPhoto, entry: KnownEntry) -> FileRemark | None:
        """Nothing where the same photo came once more for the same person: that is what counts say."""
        shown = masked_path(entry.file_name)
        if self._is_found_again(photo, entry):
            what = "归到这份学籍。"
            if photo.result.reason is MatchReason.LOCKED_PHOTO:
                what = "不过这个人的照片已经锁定，要两位老师换。"
            message = f"以前收到过内容相同的“{shown}”，当时没对上；这次的号码对得上，{what}"
            return FileRemark(photo.item.path, "matched_now", message)
        if entry.entry_hash != self._hash_of(photo, entry.content):
            message = f"与以前收到的“{shown}”内容完全相同，没有重复保存。"
            return FileRemark(photo.item.path, "same_content", message)
        return None

    def _go_through(self) -> None:
        terms = self._terms
        for received, inspection in terms.inspectors.inspect(self._unknown(), terms.rules):
            self._judge(received, inspection)

    def _unknown(self) -> Iterator[Received[PlannedPhoto]]:
        """The photos that have to be looked at; the others are settled on the way."""
        for group in self._groups():
            contents = {received.digest: received for received in group}
            known = known_entries(self._terms.kind, contents, batch_id=self._batch_id)
            for content, received in contents.items():
                if (entry := known.get(content)) is None:
                    yield received
                else:
                    self._meet_again(received.subject, entry)

    def _groups(self) -> Iterator[list[Received[PlannedPhoto]]]:
        group: list[Received[PlannedPhoto]] = []
        size = 0
        for photo in self._plan.photos:
            try:
                data = photo.item.read()
            except UnreadableItemError as error:
                self._refuse(photo, error.code, error.message)
                continue
            group.append(Received(photo, data, sha256(data).hexdigest()))
            size += len(data)
            if len(group) >= _GROUP_PHOTOS or size >= _GROUP_BYTES:
                yield group
                group, size = [], 0
        if group:
            yield group

    def _judge(self, received: Received[PlannedPhoto], inspection: Inspection) -> None:
        photo = received.subject
        if inspection.errors:
            finding = inspection.errors[0]
            self._refuse(photo, finding.code, finding.message)
            return
        self._advance(photo)
        if self._writer is None:
            remarks = remarks_of(inspection.warnings)
            self._accept(photo, photo.result.state, remarks, photo.result.reason)
            if self._watcher is not None:
                self._watcher.accepted(photo, remarks, inspection)
        elif self._writer.add(photo, received.data, inspection):
            self._writer.flush(progress=self._done)

    def _meet_again(self, photo: PlannedPhoto, entry: KnownEntry) -> None:
        self._advance(photo)
        self.count_known(photo, entry)
        if self._writer is None or not self._is_found_again(photo, entry):
            return
        if self._writer.find_again(photo, entry):
            self._writer.flush(progress=self._done)

    def _is_found_again(self, photo: PlannedPhoto, entry: KnownEntry) -> bool:
        result = photo.result
        is_plain = result.state == MatchState.MATCHED or result.reason is MatchReason.LOCKED_PHOTO
        return is_plain and entry.waits_for_number and entry.batch_id != self._batch_id

    def _hash_of(self, photo: PlannedPhoto, content: str) -> str:
        return entry_hash(
            kind=self._terms.kind,
            school_code=self._terms.school_code,
            claim=photo.claim,
            path=photo.item.path,
            content=content,
        )

    def _accept(
        self,
        photo: PlannedPhoto,
        state: MatchState,
        remarks: Iterable[dict[str, str]],
        reason: str | None,
    ) -> None:
        self._report.accept(state)
        if reason in {MatchReason.LOCKED_PHOTO, MatchReason.PHOTO_WAIVED}:
            message = MatchReason(reason).message
            self._report.warnings.append(FileRemark(photo.item.path, reason, message))
        self._report.warnings.extend(
            FileRemark(photo.item.path, remark["code"], remark["message"]) for remark in remarks
        )
        self._count_twins(photo)

    def _count_twins(self, photo: PlannedPhoto) -> None:
        shown = masked_path(photo.item.path)
        message = f"与这次的“{shown}”内容完全相同，只保存一份。"
        self._report.duplicate += len(photo.twins)
        self._report.warnings.extend(
            FileRemark(path, "same_content", message) for path in photo.twins
        )

    def _refuse(self, photo: PlannedPhoto, code: str, message: str) -> None:
        self._advance(photo)
        if self._watcher is not None:
            self._watcher.refused(photo, code, message)
        self._report.rejected.extend(
            FileRemark(path, code, message) for path in (photo.item.path, *photo.twins)
        )

    def _advance(self, photo: PlannedPhoto) -> None:
        self._done += 1 + len(photo.twins)
        self._on_progress(self._done, self._report.files)
