"""Uploads that must never touch a disk: a view says so, and the handler keeps them in memory."""

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, Final, TypeVar

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest

__all__ = ["MemoryOnlyUploads", "uploads_in_memory"]

_MARK: Final = "uploads_in_memory"
View = TypeVar("View", bound=Callable[..., Any])


def uploads_in_memory(most_bytes: int) -> Callable[[View], View]:
    """Files sent to this view stay in memory; of a longer one a single byte more than that is kept.

    So the view can still say that it is too long. Outermost of the view's decorators.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, most_bytes)
        return view

    return mark


class MemoryOnlyUploads(FileUploadHandler):
    """Takes the files of marked views and leaves all others to the handlers after it.

    Stands first in FILE_UPLOAD_HANDLERS: the token against forged requests is read from the body
    before a view could choose its own.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._kept: BytesIO | None = None
        self._room: int | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file; nobody else gets it when the view is marked."""
        super().new_file(*args, **kwargs)
        match = getattr(self.request, "resolver_match", None)
        most = getattr(match.func, _MARK, 0) if match is not None else 0
        if most:
            # All files of one request share the room.
            self._room = most + 1 if self._room is None else self._room
            self._kept = BytesIO()
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep what still counts, and drop the rest."""
        if self._kept is None or self._room is None:
            return raw_data
        self._room -= self._kept.write(raw_data[: self._room])
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        """The file, cut off where it is too long anyway."""
        if self._kept is None:
            return None
        size = self._kept.tell()
        self._kept.seek(0)
        kept: IO[bytes] = self._kept
        return InMemoryUploadedFile(
            file=kept,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
