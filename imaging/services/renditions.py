"""Pictures made from a capture entry's files: once, when they are asked for first, and kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from common import files
from common.actors import SYSTEM
from common.models import StoredFile
from imaging.inspection import THUMBNAIL_SIZE, make_print, make_thumbnail
from imaging.models import CaptureEntry, Rendition
from imaging.states import RenditionUse

__all__ = ["files_of", "rendition_of"]

_KINDS: Final = {RenditionUse.THUMBNAIL: "thumb", RenditionUse.PRINT: "print"}
_MAKERS: Final[dict[RenditionUse, Callable[[bytes], bytes]]] = {
    RenditionUse.THUMBNAIL: lambda data: make_thumbnail(data, size=THUMBNAIL_SIZE),
    RenditionUse.PRINT: make_print,
}


def rendition_of(*, entry: CaptureEntry, use: RenditionUse, now: datetime) -> StoredFile:
    """The entry's picture for this use, made from its files the first time.

    Two who ask for it first at the same moment get the same file. FileNotFoundError when what it
    is made from was erased.
    """
    source = entry.original if use is RenditionUse.PRINT else entry.published
    if source.purged_at is not None:
        raise FileNotFoundError
    return _kept(entry, use) or _make(entry, use, source, now=now)


def files_of(entry: CaptureEntry) -> list[StoredFile]:
    """Every file of the shot: original, registered picture and what was made from them."""
    made = StoredFile.objects.filter(rendition__entry=entry).order_by("pk")
    return [entry.original, entry.published, *made]


def _kept(entry: CaptureEntry, use: RenditionUse) -> StoredFile | None:
    return StoredFile.objects.filter(
        rendition__entry=entry, rendition__use=use, purged_at=None
    ).first()


def _make(
    entry: CaptureEntry, use: RenditionUse, source: StoredFile, *, now: datetime
) -> StoredFile:
    made = files.prepare(
        _MAKERS[use](files.read(source)),
        kind=_KINDS[use],
        content_type="image/jpeg",
        now=now,
        actor=SYSTEM,
    )
    try:
        return _keep(entry, use, source, made)
    except IntegrityError:
        files.discard_blob(made.key)
        first = _kept(entry, use)
        if first is None:  # erased since, as its source is
            raise FileNotFoundError from None
        return first
    except BaseException:
        files.discard_blob(made.key)
        raise


@transaction.atomic
def _keep(
    entry: CaptureEntry, use: RenditionUse, source: StoredFile, made: StoredFile
) -> StoredFile:
    # Held until the rows are there, so that whoever erases the shot finds this file as well.
    held = StoredFile.objects.select_for_update().filter(pk=source.pk, purged_at=None)
    if held.first() is None:
        raise FileNotFoundError
    made.save()
    Rendition.objects.create(entry=entry, use=use, file=made)
    return made
