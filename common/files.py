"""Private files: random keys, streamed only by views that checked who asks.

Reading goes through one door, whether a file is kept in clear or sealed: `read`, `open_sealed` and
`stream` look at the row. Kinds of `ALWAYS_SEALED` are encrypted by whatever writes them.
"""

import hashlib
import logging
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import IO, Any, Final, TypeVar
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from common.actors import Actor
from common.crypto import Ring, current_key_id, key_id_of, ring_of
from common.models import FileView, StoredFile
from common.sealed import CHUNK, SealedFile, clear_chunks, first_block, sealed_blocks

__all__ = [
    "ALWAYS_SEALED",
    "discard_blob",
    "is_freshly_sealed",
    "log_view",
    "log_views",
    "lost_is_404",
    "new_key",
    "open_sealed",
    "prepare",
    "read",
    "sealed_copy",
    "sealing_key",
    "send_bytes",
    "store",
    "store_sealed",
    "stream",
    "write_blob",
]

logger = logging.getLogger(__name__)
Response = TypeVar("Response", bound=HttpResponseBase)

# Photos as they were delivered: encrypted at rest, under keys of their own.
ALWAYS_SEALED: Final = ("original",)
# Kinds that hold delivered photos; everything else that is sealed has the keys of the columns.
_RINGS: Final = {
    "original": Ring.ORIGINAL,
    "archive": Ring.ORIGINAL,
    "contact": Ring.ORIGINAL,
}
# What is unsealed to be sent is held in the memory up to here, in a file without a name beyond.
_SENT_FROM_MEMORY: Final = 8 * 1024 * 1024
_SUFFIXES: Final = {"image/jpeg": ".jpg", "application/pdf": ".pdf", "application/zip": ".zip"}


def new_key(kind: str) -> str:
    """A random storage key; nothing about the content can be read from it."""
    token = secrets.token_hex(24)
    return f"{kind}/{token[:2]}/{token}"


def _ring_of(kind: str) -> Ring:
    return _RINGS.get(kind, Ring.FIELD)


def prepare(
    data: bytes,
    *,
    kind: str,
    content_type: str,
    now: datetime,
    actor: Actor,
    original_name: str | None = None,
    retain_until: datetime | None = None,
    key: str | None = None,
) -> StoredFile:
    """Write the bytes under a random key and return the unsaved row, for set-based imports.

    Digest and size are those of the clear content. The caller removes the bytes with `discard_blob` when
    the row is not saved after all.
    """
    return StoredFile(
        key=write_blob(data, kind=kind, key=key),
        kind=kind,
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        original_name=original_name,
        encrypted=kind in ALWAYS_SEALED,
        created_at=now,
        created_by=actor.actor_label,
        retain_until=retain_until,
    )


def store(
    data: bytes,
    *,
    kind: str,
    content_type: str,
    now: datetime,
    actor: Actor,
    original_name: str | None = None,
    retain_until: datetime | None = None,
) -> StoredFile:
    """Keep the bytes as a private file and save its row."""
    row = prepare(
        data,
        kind=kind,
        content_type=content_type,
        now=now,
        actor=actor,
        original_name=original_name,
        retain_until=retain_until,
    )
    row.save()
    return row


def store_sealed(
    source: IO[bytes],
    *,
    kind: str,
    content_type: str,
    now: datetime,
    actor: Actor,
    original_name: str | None = None,
    retain_until: datetime | None = None,
) -> StoredFile:
    """Keep an uploaded original (roster, archive) encrypted at rest; read back with `open_sealed`.

    The content is cut into chunks that are sealed one by one, so a large archive needs no memory.
    """
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            yield chunk

    source.seek(0)
    name = default_storage.save(new_key(kind), SealedFile(sealed_blocks(counted(), _ring_of(kind))))
    return StoredFile.objects.create(
        key=name,
        kind=kind,
        content_type=content_type,
        size=size,
        sha256=digest.hexdigest(),
        original_name=original_name,
        encrypted=True,
        created_at=now,
        created_by=actor.actor_label,
        retain_until=retain_until,
    )


def _opened(file: StoredFile) -> IO[bytes]:
    """The stored bytes; FileNotFoundError when they are lost.

    A file that was sealed anew since its row was read lies under another key by now.
    """
    try:
        stored: IO[bytes] = default_storage.open(file.key)
    except FileNotFoundError:
        moved = StoredFile.objects.filter(pk=file.pk, purged_at=None).exclude(key=file.key)
        now_at = moved.values_list("key", "encrypted").first()
        if now_at is None:
            raise
        file.key, file.encrypted = now_at
        stored = default_storage.open(file.key)
    return stored


def _clear_chunks(file: StoredFile) -> Iterator[bytes]:
    """The content, unsealed where it is sealed; ValueError when a block is missing or was changed."""
    with _opened(file) as stored:
        if not file.encrypted:
            yield from iter(lambda: stored.read(CHUNK), b"")
            return
        digest = hashlib.sha256()
        for chunk in clear_chunks(stored):
            digest.update(chunk)
            yield chunk
    if digest.hexdigest() != file.sha256:
        message = "stored content does not equal its digest"
        raise ValueError(message)


def open_sealed(file: StoredFile) -> IO[bytes]:
    """The content as a seekable file without a name on disk, whether it is kept sealed or not.

    Raises ValueError when a block is missing or was changed, FileNotFoundError when all is lost.
    """
    clear = tempfile.TemporaryFile(  # noqa: SIM115 -- handed to the caller
        dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    try:
        for chunk in _clear_chunks(file):
            clear.write(chunk)
    except BaseException:
        clear.close()
        raise
    clear.seek(0)
    return clear


def read(file: StoredFile) -> bytes:
    """The content of a small file, in whichever way it is kept; raises like `open_sealed`."""
    return b"".join(_clear_chunks(file))


def is_whole(file: StoredFile) -> bool:
    """Whether every byte is still there and unchanged; nothing is kept in memory."""
    try:
        for _ in _clear_chunks(file):
            pass
    except (FileNotFoundError, ValueError, LookupError, InvalidTag):
        return False
    return True


def sealing_key(file: StoredFile) -> str:
    """The name of the key that a sealed file is encrypted with; empty for an empty file."""
    block = _first_block(file)
    return key_id_of(block) if block else ""


def is_freshly_sealed(file: StoredFile) -> bool:
    """Whether the file is encrypted as a new one of its kind would be: same set of keys, newest key."""
    ring = _ring_of(file.kind)
    if not file.encrypted:
        return False
    block = _first_block(file)
    return not block or (ring_of(block), key_id_of(block)) == (ring, current_key_id(ring))


def _first_block(file: StoredFile) -> bytes:
    with _opened(file) as stored:
        return first_block(stored)


def sealed_copy(file: StoredFile) -> str:
    """Write a file's content once more, sealed with the current key; returns the copy's key."""
    with open_sealed(file) as clear:
        chunks = iter(lambda: clear.read(CHUNK), b"")
        content = SealedFile(sealed_blocks(chunks, _ring_of(file.kind)))
        return default_storage.save(new_key(file.kind), content)


def log_view(
    file: StoredFile, *, viewer: Actor, purpose: str, now: datetime, subject_id: str = ""
) -> FileView:
    """Record that somebody other than the owner opened the file; shown in the owner's access ledger."""
    return FileView.objects.create(
        file=file,
        viewer_id=viewer.actor_id,
        viewer_label=viewer.actor_label,
        subject_id=subject_id,
        purpose=purpose,
        viewed_at=now,
    )


def log_views(
    opened: Iterable[tuple[int, str]], *, viewer: Actor, purpose: str, now: datetime
) -> int:
    """Record that somebody saw many files on one page, by number and record; returns how many."""
    views = FileView.objects.bulk_create(
        FileView(
            file_id=file_id,
            viewer_id=viewer.actor_id,
            viewer_label=viewer.actor_label,
            subject_id=subject_id,
            purpose=purpose,
            viewed_at=now,
        )
        for file_id, subject_id in opened
    )
    return len(views)


def stream(
    file: StoredFile, *, download_name: str | None = None, shown_as: str = ""
) -> HttpResponseBase:
    """A response with the file's bytes that no cache keeps; the caller has checked who asks.

    Where `ACCEL_LOCATION` names a location of the web server, what lies in clear is handed over to
    it. `shown_as` is what the browser calls the file when it is saved. Http404 when it is lost.
    """
    with lost_is_404(file):
        response = _carrying(file)
    response["Content-Type"] = file.content_type
    return _guarded(response, download_name or shown_as, is_download=bool(download_name))


def _lost(file: StoredFile) -> Http404:
    """What a page raises when the bytes of a file are gone though its row is there; operators are told."""
    logger.error("the content of stored file %s (%s) is lost", file.pk, file.kind)
    return Http404()


@contextmanager
def lost_is_404(file: StoredFile) -> Iterator[None]:
    """A page that reads the file is a 404 when its bytes are gone."""
    try:
        yield
    except FileNotFoundError:
        raise _lost(file) from None


def _carrying(file: StoredFile) -> HttpResponseBase:
    if settings.ACCEL_LOCATION and not file.encrypted:
        response = HttpResponse()
        response["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION}{quote(file.key)}"
        return response
    # FileResponse closes the file when the server is done with it.
    content: Any
    if not file.encrypted:
        content = _opened(file)
    elif file.size <= _SENT_FROM_MEMORY:
        content = BytesIO(read(file))
    else:
        content = open_sealed(file)
    sent = FileResponse(content)
    sent["Content-Length"] = str(file.size)
    return sent


def send_bytes(
    data: bytes, *, content_type: str, shown_as: str = "", download_name: str | None = None
) -> HttpResponse:
    """A response with bytes that were made for this one viewer; no cache keeps it."""
    response = HttpResponse(data, content_type=content_type)
    return _guarded(response, download_name or shown_as, is_download=bool(download_name))


def _guarded(response: Response, name: str, *, is_download: bool) -> Response:
    """The headers of everything private: kept by nobody, taken for nothing else, shown nowhere else."""
    content_type = str(response["Content-Type"]).partition(";")[0]
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Disposition"] = (
        content_disposition_header(
            as_attachment=is_download,
            filename=name or f"file{_SUFFIXES.get(content_type, '')}",
        )
        or "inline"
    )
    return response


def write_blob(data: bytes, *, kind: str, key: str | None = None) -> str:
    """Write the bytes under a random key and return it; the caller writes the row, or discards them.

    Kinds of `ALWAYS_SEALED` are encrypted; their row says so.
    """
    content: Any = ContentFile(data)
    if kind in ALWAYS_SEALED:
        chunks = (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
        content = ContentFile(b"".join(sealed_blocks(chunks, _ring_of(kind))))
    return default_storage.save(key or new_key(kind), content)


def discard_blob(key: str) -> None:
    """Remove bytes whose row was rolled back or purged; absent ones are fine."""
    default_storage.delete(key)
