"""Private files: random keys, streamed only by views that checked who asks."""

import hashlib
import secrets
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from common.actors import Actor
from common.crypto import key_id_of, seal_bytes, unseal_bytes
from common.models import FileView, StoredFile

_CHUNK = 256 * 1024
_SEALED_CONTEXT = "common.storedfile.content"


def new_key(kind: str) -> str:
    """A random storage key; nothing about the content can be read from it."""
    token = secrets.token_hex(24)
    return f"{kind}/{token[:2]}/{token}"


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

    The caller removes the bytes with `discard_blob` when the row is not saved after all.
    """
    name = default_storage.save(key or new_key(kind), ContentFile(data))
    return StoredFile(
        key=name,
        kind=kind,
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        original_name=original_name,
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

    def sealed() -> Iterator[bytes]:
        nonlocal size
        number = 0
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            block = seal_bytes(chunk, context=f"{_SEALED_CONTEXT}:{number}")
            number += 1
            yield len(block).to_bytes(4, "big") + block

    source.seek(0)
    name = default_storage.save(new_key(kind), _IterableFile(sealed()))
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


class _IterableFile(File):  # type: ignore[type-arg]  # generic in the stubs only
    """A file that is only ever read once, in chunks."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(None, name="sealed")
        self._blocks = blocks

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self._blocks


def open_sealed(file: StoredFile) -> IO[bytes]:
    """The content of a file kept with `store_sealed`, as a seekable file without a name on disk.

    Raises ValueError when a block is missing or was changed.
    """
    clear = tempfile.TemporaryFile(  # noqa: SIM115 -- handed to the caller
        dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    try:
        _unseal_into(clear, file)
    except BaseException:
        clear.close()
        raise
    clear.seek(0)
    return clear


def _unseal_into(clear: IO[bytes], file: StoredFile) -> None:
    digest = hashlib.sha256()
    with default_storage.open(file.key) as stored:
        number = 0
        while header := stored.read(4):
            block = stored.read(int.from_bytes(header, "big"))
            chunk = unseal_bytes(block, context=f"{_SEALED_CONTEXT}:{number}")
            digest.update(chunk)
            clear.write(chunk)
            number += 1
    if digest.hexdigest() != file.sha256:
        message = "stored content does not equal its digest"
        raise ValueError(message)


def sealing_key(file: StoredFile) -> str:
    """The name of the key that a sealed file is encrypted with; empty for an empty file."""
    with default_storage.open(file.key) as stored:
        header = stored.read(4)
        return key_id_of(stored.read(int.from_bytes(header, "big"))) if header else ""


def sealed_copy(file: StoredFile) -> str:
    """Write a sealed file's content once more, sealed with the current key; returns the copy's key."""

    def blocks(clear: IO[bytes]) -> Iterator[bytes]:
        for number, chunk in enumerate(iter(lambda: clear.read(_CHUNK), b"")):
            block = seal_bytes(chunk, context=f"{_SEALED_CONTEXT}:{number}")
            yield len(block).to_bytes(4, "big") + block

    with open_sealed(file) as clear:
        return default_storage.save(new_key(file.kind), _IterableFile(blocks(clear)))


def read(file: StoredFile) -> bytes:
    """The bytes of a file kept with `store` or `prepare`."""
    with default_storage.open(file.key) as stored:
        content: bytes = stored.read()
    return content


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


def stream(file: StoredFile, *, download_name: str | None = None) -> HttpResponseBase:
    """A response with the file's bytes that no cache keeps; the caller has checked who asks."""
    # FileResponse closes the file when the server is done with it.
    response = FileResponse(default_storage.open(file.key), content_type=file.content_type)
    response["Content-Length"] = str(file.size)
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = (
        content_disposition_header(
            as_attachment=bool(download_name), filename=download_name or "photo"
        )
        or ""
    )
    return response


def write_blob(data: bytes, *, kind: str) -> str:
    """Write the bytes under a random key and return it; the caller writes the row, or discards them."""
    return default_storage.save(new_key(kind), ContentFile(data))


def discard_blob(key: str) -> None:
    """Remove bytes whose row was rolled back or purged; absent ones are fine."""
    default_storage.delete(key)
