"""Batches in the background: what tasks and the sweeps call."""

import logging
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common import audit
from common.actors import SYSTEM, Actor
from common.errors import DomainError
from common.models import StoredFile
from common.retention import erase_file
from enrollment.states import IMPORT, ImportAction, ImportState
from imaging.models import PhotoBatch
from imaging.services.batch import apply_batch, check_batch
from imaging.services.batch_items import erase_items
from imaging.services.batch_lease import abandoned, abandoned_undos
from imaging.services.batch_undo import undo_batch

__all__ = [
    "erase_old_archives",
    "forget_archive",
    "resume_batches",
    "run_apply",
    "run_check",
    "run_undo",
]

logger = logging.getLogger(__name__)


def run_check(*, batch_id: int, now: datetime) -> None:
    """Look through an uploaded batch, unless somebody is at it or has done so."""
    batch = PhotoBatch.objects.filter(pk=batch_id).first()
    if batch is not None:
        _run(batch, ImportState.UPLOADED, SYSTEM, now)


def run_apply(*, batch_id: int, actor_id: int, now: datetime) -> None:
    """Import a started batch in the name of who started it, unless somebody is at it or has done so."""
    batch = PhotoBatch.objects.filter(pk=batch_id).first()
    actor = User.objects.filter(pk=actor_id).first() or SYSTEM
    if batch is not None:
        _run(batch, ImportState.APPLYING, actor, now)


def run_undo(*, batch_id: int, actor_id: int, now: datetime) -> None:
    """Take a batch back in the name of who started that, unless somebody is at it or has done so."""
    batch = PhotoBatch.objects.filter(pk=batch_id).first()
    actor = User.objects.filter(pk=actor_id).first() or SYSTEM
    if batch is not None:
        _undo(batch, actor, now)


def resume_batches(*, now: datetime, limit: int = 1) -> int:
    """Go on with uploaded batches that nobody works on any more, or takes back; returns how many.

    A lost task or a killed worker costs minutes, not data.
    """
    resumed = 0
    for state in (ImportState.APPLYING, ImportState.UPLOADED):
        for batch in abandoned(state, now=now)[: limit - resumed]:
            _run(batch, state, SYSTEM, now)
            resumed += 1
    for batch in abandoned_undos(now=now)[: limit - resumed]:
        _undo(batch, SYSTEM, now)
        resumed += 1
    return resumed


def erase_old_archives(*, now: datetime) -> int:
    """Erase uploaded archives whose retention is over; returns how many. Their photos stay.

    A batch that was never imported is put aside; one that is being imported is erased afterwards.
    """
    due = PhotoBatch.objects.filter(file__retain_until__lte=now, file__purged_at=None).exclude(
        state=ImportState.APPLYING
    )
    return sum(_erase(batch, now=now) for batch in due.select_related("file"))


def _erase(batch: PhotoBatch, *, now: datetime) -> int:
    if batch.file is None or not _put_aside(batch):
        return 0
    with transaction.atomic():
        erase_file(
            batch.file,
            kind="上传的照片压缩包",
            basis="上传的照片压缩包：到保留期",
            due_at=batch.file.retain_until or now,
            now=now,
        )
        erase_items(batch, now=now)
        audit.record("photobatch.erased", actor=SYSTEM, now=now, obj=batch)
    return 1


def forget_archive(file: StoredFile, *, now: datetime) -> bool:
    """Put the batch of an archive aside that a backup brought back; false while it is being imported.

    What the check had written down of its files goes once more as well.
    """
    batch = PhotoBatch.objects.filter(file=file).first()
    if batch is None:
        return True
    if batch.state == ImportState.APPLYING or not _put_aside(batch):
        return False
    erase_items(batch, now=now)
    return True


def _put_aside(batch: PhotoBatch) -> bool:
    """Without its archive a batch can never be imported; false when it was started meanwhile."""
    state = ImportState(batch.state)
    if not IMPORT.allows(ImportAction.DISCARD, source=state):
        return True
    target = IMPORT.target(ImportAction.DISCARD, source=state)
    return PhotoBatch.objects.filter(pk=batch.pk, state=state).update(state=target) == 1


def _run(batch: PhotoBatch, state: ImportState, actor: Actor, now: datetime) -> None:
    try:
        if state == ImportState.UPLOADED:
            check_batch(batch=batch, now=now)
        else:
            apply_batch(batch=batch, actor=actor, now=now)
    except DomainError as error:
        logger.info("photo batch %s: %s", batch.pk, error)


def _undo(batch: PhotoBatch, actor: Actor, now: datetime) -> None:
    try:
        undo_batch(batch=batch, actor=actor, now=now)
    except DomainError as error:
        logger.info("photo batch %s: %s", batch.pk, error)
