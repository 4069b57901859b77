"""What a pass over a batch needs: its archive opened, its terms, and signs of life on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from common import files
from common.errors import InvalidInputError
from imaging.importers import ArchiveLimits, Manifest, PhotoArchive, read_archive
from imaging.inspection import PhotoRules
from imaging.models import PhotoBatch
from imaging.selectors.profiles import photo_rules
from imaging.services.batch_inspect import Inspectors
from imaging.services.batch_lease import BatchLease
from imaging.services.batch_plan import DeliveryTerms, plan_delivery
from imaging.services.batch_report import BatchReport
from imaging.services.batch_run import DeliveryRun, Watcher
from imaging.states import PhotoKind

__all__ = ["Progress", "archive_of", "beating", "limits_of", "run_over"]

Progress = Callable[[int, int], None]

_BEAT_PHOTOS: Final = 200


def run_over(
    batch: PhotoBatch,
    archive: PhotoArchive,
    report: BatchReport,
    *,
    now: datetime,
    manifest: Manifest | None = None,
    inspectors: Inspectors,
    on_progress: Progress | None = None,
    watcher: Watcher | None = None,
) -> DeliveryRun:
    """A pass over the archive under the terms of the batch."""
    kind = PhotoKind(batch.kind)
    terms = DeliveryTerms(
        kind=kind,
        school_code=batch.school.code if batch.school else "",
        rules=photo_rules(kind, batch.campaign),
        inspectors=inspectors,
        now=now,
    )
    return DeliveryRun(
        plan_delivery(archive, terms, manifest=manifest),
        terms,
        report,
        on_progress=on_progress or _quiet,
        batch_id=batch.pk,
        watcher=watcher,
    )


def _quiet(_done: int, _total: int) -> None:
    """Nobody watches."""


def beating(lease: BatchLease, on_progress: Progress | None) -> Progress:
    """Show life and progress while nothing is written."""
    told = 0

    def beat(done: int, total: int) -> None:
        nonlocal told
        if done - told >= _BEAT_PHOTOS:
            told = done
            lease.renew(progress=done, file_count=total)
        if on_progress is not None:
            on_progress(done, total)

    return beat


@contextmanager
def archive_of(batch: PhotoBatch) -> Iterator[PhotoArchive]:
    """The sealed original, opened."""
    if batch.file is None:
        raise InvalidInputError("这一批没有保存压缩包，请用导入命令重新导入同一个文件。")
    rules = photo_rules(PhotoKind(batch.kind), batch.campaign)
    with files.open_sealed(batch.file) as clear, read_archive(clear, limits_of(rules)) as archive:
        yield archive


def limits_of(rules: PhotoRules) -> ArchiveLimits:
    """The bounds of an archive whose photos are held against these rules."""
    return ArchiveLimits(max_item_bytes=rules.max_upload_bytes)
