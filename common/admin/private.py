"""Private files at the desk: shown to who may look, never cached, every view logged."""

from datetime import datetime

from django.http import HttpResponseBase

from common import files
from common.actors import Actor
from common.models import StoredFile

__all__ = ["show_file"]


def show_file(
    file: StoredFile,
    *,
    viewer: Actor,
    purpose: str,
    now: datetime,
    subject_id: str = "",
    download_name: str | None = None,
) -> HttpResponseBase:
    """The file for the browser to show, after writing down who looked and why.

    The caller has checked that the viewer may look. With `download_name` it is saved, not shown.
    """
    files.log_view(file, viewer=viewer, purpose=purpose, now=now, subject_id=subject_id)
    return files.stream(file, download_name=download_name)
