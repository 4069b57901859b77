"""Private files at the desk: shown to who may look, never cached, every view logged."""

from datetime import datetime

from django.http import FileResponse, HttpResponseBase

from common import files
from common.actors import Actor
from common.models import StoredFile

__all__ = ["show_file"]


def show_file(
    file: StoredFile, *, viewer: Actor, purpose: str, now: datetime, subject_id: str = ""
) -> HttpResponseBase:
    """The file for the browser to show, after writing down who looked and why.

    The caller has checked that the viewer may look.
    """
    files.log_view(file, viewer=viewer, purpose=purpose, now=now, subject_id=subject_id)
    if not file.encrypted:
        return files.stream(file)
    response = FileResponse(files.open_sealed(file), content_type=file.content_type)
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response
