"""Batches of photos: staged, checked, imported; each stage by compare-and-swap, each safe to repeat."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import IO, Any, Final

from django.conf import settings
from django.db import transaction

from common import audit, files
from common.actors import Actor
from common.errors import DomainError, InvalidInputError, StaleStateError
from common.wording import file_size
from enrollment.models import School
from enrollment.states import IMPORT, ImportAction, ImportState
from imaging import tasks
from imaging.importers import Manifest, UnreadableArchiveError, read_archive
from imaging.models import Campaign, PhotoBatch
from imaging.policies import check_can_settle_photos
from imaging.selectors.profiles import photo_rules
from imaging.services.batch_inspect import inspectors
from imaging.services.batch_items import ItemKeeper, forget_items, settle_items
from imaging.services.batch_lease import BatchLease
from imaging.services.batch_pass import Progress, archive_of, beating, limits_of, run_over
from imaging.services.batch_report import BatchReport, masked_path
from imaging.services.batch_run import DeliveryRun
from imaging.services.batch_store import ChunkWriter
from imaging.states import PhotoKind

__all__ = [
    "BatchTerms",
    "Progress",
    "apply_batch",
    "check_batch",
    "discard_batch",
    "import_photos",
    "stage_batch",
    "start_batch",
]

logger = logging.getLogger(__name__)

# Every photo in it is kept by itself; the archive only shows how it was delivered.
_RETENTION: Final = timedelta(days=30)
_SEAL_KIND: Final = "archive"
_LONGEST_NAME: Final = 255
_READ_BYTES: Final = 1024 * 1024
_LONGEST_FAILURE: Final = 300
_UNFINISHED: Final = (ImportState.UPLOADED, ImportState.STAGED, ImportState.APPLYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTerms:
    """Which photos a delivery holds, whose, and how many processes look at them (by default two)."""

    kind: PhotoKind
    school: School | None = None
    campaign: Campaign | None = None
    workers: int | None = None


@transaction.atomic
def stage_batch(
    *,
    file: IO[bytes],
    file_name: str,
    kind: PhotoKind,
    actor: Actor,
    now: datetime,
    school: School | None = None,
    campaign: Campaign | None = None,
) -> PhotoBatch:
    """Keep an uploaded archive, encrypted, and have it looked through in the background."""
    check_can_settle_photos(actor)
    _check_school(school, campaign)
    _check_size(file)
    stored = files.store_sealed(
        file,
        kind=_SEAL_KIND,
        content_type="application/zip",
        now=now,
        actor=actor,
        original_name=file_name,
        retain_until=now + _RETENTION,
    )
    batch = PhotoBatch.objects.create(
        file=stored,
        file_name=masked_path(file_name)[-_LONGEST_NAME:],
        file_sha256=stored.sha256,
        kind=kind,
        school=school,
        campaign=campaign,
        created_at=now,
        created_by=actor.actor_label,
    )
    audit.record("photobatch.staged", actor=actor, now=now, obj=batch)
    transaction.on_commit(partial(tasks.check_batch.delay, batch_id=batch.pk), robust=True)
    return batch


def check_batch(
    *,
    batch: PhotoBatch,
    now: datetime,
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> BatchReport:
    """Look through an uploaded batch: report and items say what an import would do; no photo is taken in.

    UPLOADED becomes STAGED, or REFUSED with the reason when the archive cannot be read.
    """
    lease = BatchLease(batch, ImportState.UPLOADED, now=now)
    report = BatchReport(batch.file_name)
    forget_items(batch)
    try:
        with archive_of(batch) as archive, inspectors(len(archive), workers) as eyes:
            items = ItemKeeper(batch, lease)
            beat = beating(lease, on_progress)
            run = run_over(
                batch,
                archive,
                report,
                now=now,
                inspectors=eyes,
                on_progress=beat,
                watcher=items,
            )
            items.expect(run.plan)
            run.check()
            items.finish()
    except UnreadableArchiveError as error:
        _finish(batch, ImportAction.REFUSE, lease, failure=error.message[:_LONGEST_FAILURE])
        return report
    _finish(
        batch,
        ImportAction.STAGE,
        lease,
        file_count=report.files,
        progress=0,
        report=report.as_stored(),
        failure="",
    )
    return report


@transaction.atomic
def start_batch(*, batch: PhotoBatch, actor: Actor, now: datetime) -> PhotoBatch:
    """Have a checked batch imported in the background; one that stands still goes on."""
    check_can_settle_photos(actor)
    if batch.state == ImportState.APPLYING:
        _change(batch, ImportState.APPLYING, failure="")
    else:
        _move(batch, ImportAction.START, progress=0, heartbeat_at=None, failure="")
    audit.record("photobatch.started", actor=actor, now=now, obj=batch)
    nudge = partial(tasks.apply_batch.delay, batch_id=batch.pk, actor_id=int(actor.actor_id or 0))
    transaction.on_commit(nudge, robust=True)
    return batch


@transaction.atomic
def discard_batch(*, batch: PhotoBatch, actor: Actor, now: datetime, reason: str) -> PhotoBatch:
    """Give up a batch that was not imported."""
    check_can_settle_photos(actor)
    if not reason.strip():
        raise InvalidInputError("请写明放弃的理由。", field="reason")
    _move(batch, ImportAction.DISCARD)
    audit.record("photobatch.discarded", actor=actor, now=now, obj=batch, reason=reason.strip())
    return batch


def apply_batch(
    *,
    batch: PhotoBatch,
    actor: Actor,
    now: datetime,
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> BatchReport:
    """Import a batch that was started, or go on where it was killed; ends as APPLIED with its report.

    Photos are stored chunk by chunk, each chunk whole or not at all. A second worker on the same
    batch stores nothing twice: whoever lost the lease gets a StaleStateError.
    """
    check_can_settle_photos(actor)
    lease = BatchLease(batch, ImportState.APPLYING, now=now)
    with (
        _failing_aloud(batch, lease),
        archive_of(batch) as archive,
        inspectors(len(archive), workers) as eyes,
    ):
        report = BatchReport(batch.file_name)
        run = run_over(batch, archive, report, now=now, inspectors=eyes, on_progress=on_progress)
        _store(batch, run, report, lease, actor=actor)
        return report


def import_photos(
    *,
    file: IO[bytes],
    file_name: str,
    terms: BatchTerms,
    actor: Actor,
    now: datetime,
    is_applied: bool,
    manifest: Manifest | None = None,
    on_progress: Progress | None = None,
) -> BatchReport:
    """Import an archive that lies on this machine, or with `is_applied` False only say what it would do.

    The archive itself is not kept. An import of the same file that was killed is continued, at once.
    Raises UnreadableArchiveError when it is no ZIP or over the limits.
    """
    check_can_settle_photos(actor)
    _check_school(terms.school, terms.campaign)
    report = BatchReport(file_name)
    rules = photo_rules(terms.kind, terms.campaign)
    with (
        read_archive(file, limits_of(rules)) as archive,
        inspectors(len(archive), terms.workers) as eyes,
    ):
        if not is_applied:
            batch = PhotoBatch(kind=terms.kind, school=terms.school, campaign=terms.campaign)
            run_over(
                batch,
                archive,
                report,
                now=now,
                manifest=manifest,
                inspectors=eyes,
                on_progress=on_progress,
            ).check()
            return report
        batch = _begun(file, file_name, terms, actor=actor, now=now)
        lease = BatchLease(batch, ImportState.APPLYING, now=now, takes_over=True)
        with _failing_aloud(batch, lease):
            run = run_over(
                batch,
                archive,
                report,
                now=now,
                manifest=manifest,
                inspectors=eyes,
                on_progress=on_progress,
            )
            _store(batch, run, report, lease, actor=actor)
    return report


def _begun(
    file: IO[bytes], file_name: str, terms: BatchTerms, *, actor: Actor, now: datetime
) -> PhotoBatch:
    """The unfinished batch of the same file and terms, else a new one; it is APPLYING."""
    digest = _digest_of(file)
    same = {"kind": terms.kind, "school": terms.school, "campaign": terms.campaign}
    unfinished = PhotoBatch.objects.filter(file_sha256=digest, state__in=_UNFINISHED, **same)
    with transaction.atomic():
        batch = unfinished.order_by("-state", "pk").first() or PhotoBatch.objects.create(
            file_name=masked_path(file_name)[-_LONGEST_NAME:],
            file_sha256=digest,
            created_at=now,
            created_by=actor.actor_label,
            **same,
        )
        if batch.state == ImportState.UPLOADED:
            _move(batch, ImportAction.STAGE)
        if batch.state == ImportState.STAGED:
            _move(batch, ImportAction.START, failure="")
            audit.record("photobatch.started", actor=actor, now=now, obj=batch)
    return batch


def _digest_of(file: IO[bytes]) -> str:
    digest = sha256()
    file.seek(0)
    while block := file.read(_READ_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _store(
    batch: PhotoBatch, run: DeliveryRun, report: BatchReport, lease: BatchLease, *, actor: Actor
) -> None:
    """Go through the delivery, and close the batch with one audit event."""
    lease.renew(file_count=report.files)
    writer = ChunkWriter(batch, run, lease, actor=actor)
    run.store(writer)
    settle_items(batch)
    report.applied = True
    with transaction.atomic():
        now = lease.moment
        _finish(
            batch,
            ImportAction.FINISH,
            lease,
            report=report.as_stored(),
            progress=report.files,
            applied_at=now,
            applied_by=actor.actor_label,
        )
        details = {
            **report.counts(),
            "rejected": len(report.rejected),
            "found_again": writer.found_again,
        }
        audit.record("photobatch.applied", actor=actor, now=now, obj=batch, details=details)


@contextmanager
def _failing_aloud(batch: PhotoBatch, lease: BatchLease) -> Iterator[None]:
    """An import that fails says so at the desk and waits for a person; the error goes on its way."""
    try:
        yield
    except StaleStateError:
        raise
    except Exception as error:
        logger.exception("photo batch %s failed", batch.pk)
        text = str(error) if isinstance(error, DomainError) else type(error).__name__
        with suppress(StaleStateError):
            lease.release(failure=f"导入中断：{text}"[:_LONGEST_FAILURE])
        raise


def _finish(batch: PhotoBatch, action: ImportAction, lease: BatchLease, **changes: Any) -> None:
    state = IMPORT.target(action, source=ImportState(batch.state))
    lease.release(state=state, **changes)
    batch.refresh_from_db()


def _move(batch: PhotoBatch, action: ImportAction, **changes: Any) -> None:
    source = ImportState(batch.state)
    _change(batch, source, state=IMPORT.target(action, source=source), **changes)


def _change(batch: PhotoBatch, source: ImportState, **changes: Any) -> None:
    if PhotoBatch.objects.filter(pk=batch.pk, state=source).update(**changes) != 1:
        raise StaleStateError("这一批照片的状态刚刚有了变化，请刷新页面再看。")
    batch.refresh_from_db()


def _check_size(file: IO[bytes]) -> None:
    size, most = file.seek(0, os.SEEK_END), settings.MAX_PHOTO_ZIP_BYTES
    file.seek(0)
    if size > most:
        raise InvalidInputError(
            f"这个压缩包有 {file_size(size)}，最大 {file_size(most)}。"
            "按学院或班级分成几个压缩包，一个一个上传；同一张照片传两次也只收一次。",
            field="file",
        )


def _check_school(school: School | None, campaign: Campaign | None) -> None:
    if campaign is not None and campaign.is_rehearsal and (school is None or not school.is_demo):
        raise InvalidInputError(
            f"“{campaign.title}”是演练，只收演示学校的照片，请选定演示学校。", field="school"
        )
    if school is None or campaign is None:
        return
    if not campaign.schools.filter(pk=school.pk).exists():
        raise InvalidInputError(
            f"{school.name}不在“{campaign.title}”的学校之列，请改选学校或批次。", field="school"
        )
