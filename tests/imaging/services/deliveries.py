"""Deliveries of photos for tests: real JPEGs in real ZIPs."""

from datetime import datetime
from io import BytesIO
from typing import Any

from common.actors import SYSTEM, Actor
from imaging.importers import Manifest
from imaging.models import CaptureEntry
from imaging.services.batch import BatchTerms, Progress, import_photos
from imaging.services.batch_report import BatchReport
from imaging.states import PhotoKind
from tests.factories.imaging import portrait
from tests.imaging.importers.archives import zip_of


def marked(serial: int) -> bytes:
    """A photo with bytes of its own, made quickly: one drawing with a number in a comment."""
    data = portrait(0)
    return data[:2] + b"\xff\xfe\x00\x06" + serial.to_bytes(4, "big") + data[2:]


def deliver(
    files: dict[str, bytes] | BytesIO,
    *,
    now: datetime,
    apply: bool = True,
    actor: Actor = SYSTEM,
    kind: PhotoKind = PhotoKind.GRADUATION,
    manifest: Manifest | None = None,
    on_progress: Progress | None = None,
    **terms: Any,
) -> BatchReport:
    """Import the files as one ZIP, in this process."""
    archive = files if isinstance(files, BytesIO) else zip_of(files)
    archive.seek(0)
    return import_photos(
        file=archive,
        file_name="照片.zip",
        terms=BatchTerms(kind=kind, **{"workers": 1, **terms}),
        actor=actor,
        now=now,
        is_applied=apply,
        manifest=manifest,
        on_progress=on_progress,
    )


def counts(report: BatchReport) -> dict[str, int]:
    """The counts that are not zero, with the number of refused files."""
    found = {**report.counts(), "rejected": len(report.rejected)}
    return {name: count for name, count in found.items() if count}


def entry_named(name: str) -> CaptureEntry:
    """The one entry whose file has this name."""
    (entry,) = [entry for entry in CaptureEntry.objects.all() if entry.file_name.endswith(name)]
    return entry
