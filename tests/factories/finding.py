"""Photos that found no record, and claims on them."""

import hashlib
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from accounts.identity import canonical_number
from accounts.models import User, document_index
from common import files
from common.actors import SYSTEM
from enrollment.models import StudentRecord
from enrollment.states import ImportState
from imaging.matching import MatchReason
from imaging.models import CaptureEntry, PhotoBatch, PhotoClaim
from imaging.states import MatchState, PhotoKind
from tests.factories.imaging import ATTACHED, portrait

_serial = count(1)


def make_capture(
    *, at: datetime = ATTACHED, data: bytes | None = None, **said: Any
) -> CaptureEntry:
    """A photo with real bytes that found no record; `said` is what came with it."""
    serial = next(_serial)
    data = data or portrait(serial % 50)
    batch = PhotoBatch.objects.create(
        file_name="补拍.zip",
        file_sha256=hashlib.sha256(data).hexdigest(),
        kind=PhotoKind.GRADUATION,
        state=ImportState.UPLOADED,
        created_at=at,
        created_by="测试",
    )
    original, published = (
        files.store(data, kind=use, content_type="image/jpeg", now=at, actor=SYSTEM)
        for use in ("original", "photo")
    )
    number = said.get("document_no")
    values: dict[str, Any] = {
        "kind": PhotoKind.GRADUATION,
        "file_name": f"{serial}.jpg",
        "state": MatchState.UNMATCHED,
        "reason": MatchReason.UNKNOWN_NUMBER,
        "captured_date": at.date(),
        "received_at": at,
        "document_no_index": document_index(canonical_number(number)) if number else None,
        **said,
    }
    return CaptureEntry.objects.create(
        batch=batch,
        entry_hash=hashlib.sha256(f"waiting {serial}".encode()).hexdigest(),
        original=original,
        published=published,
        **values,
    )


def make_photo_claim(
    user: User,
    record: StudentRecord,
    entry: CaptureEntry | None = None,
    *,
    at: datetime = ATTACHED,
    **fields: Any,
) -> PhotoClaim:
    """The record's owner claims the photo; without one, a photo whose student number has a slip."""
    entry = entry or make_capture(name=record.name, student_no=slipped(record.student_no))
    values: dict[str, Any] = {
        "likeness": ["student_no:one_sign", "name:same"],
        "has_seen": True,
        "submitted_at": at,
        "submitted_by": user.actor_label,
        "due_at": at + timedelta(days=3),
        **fields,
    }
    return PhotoClaim.objects.create(record=record, entry=entry, claimant=user, **values)


def slipped(number: str) -> str:
    """The number with its last digit wrong."""
    return f"{number[:-1]}{(int(number[-1]) + 5) % 10}"
