"""The folder of private files on this machine."""

import os
import re
from typing import Any, Final

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

__all__ = ["PrivateFolder", "is_random_key"]

_KEY: Final = re.compile(r"[a-z_]+/[0-9a-f]{2}/[0-9a-f]{48}", re.ASCII)
_MODE: Final = 0o600


def is_random_key(name: str) -> bool:
    """Whether the name is a key of `common.files.new_key`, which no other file has."""
    return _KEY.fullmatch(name) is not None


class PrivateFolder(FileSystemStorage):
    """Django's folder storage, quicker for the random keys of `common.files.new_key`.

    Nobody chose such a key and no other file has it, so there is no name to clean or to make free:
    an import of ten thousand photos writes twenty thousand files. Any other name goes Django's way,
    and so does the first file of a folder.
    """

    @property
    def _mode(self) -> int:
        return self.file_permissions_mode or _MODE

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Write the content; the name that it was written under."""
        if name is None or not isinstance(content, File) or not is_random_key(name):
            return super().save(name, content, max_length=max_length)
        path = os.path.join(self.location, name)  # noqa: PTH118 -- pathlib takes most of the time here
        try:
            target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._mode)
        except (FileNotFoundError, FileExistsError):
            return super().save(name, content, max_length=max_length)
        try:
            with os.fdopen(target, "wb") as stream:
                for chunk in content.chunks():
                    stream.write(chunk)
        except BaseException:
            self.delete(name)
            raise
        return name
