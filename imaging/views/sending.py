"""A photo sent to staff: who looks and when is drawn into it, for this one answer."""

from datetime import datetime

from django.http import HttpResponse

from accounts.models import User
from common import files
from common.models import StoredFile
from common.watermark import watermarked
from common.wording import local
from imaging.selectors.class_photos import viewer_words

__all__ = ["send_marked", "send_marked_bytes"]

_SHOWN_AS = "照片.jpg"


def send_marked(
    file: StoredFile, *, viewer: User, now: datetime, shown_as: str = _SHOWN_AS
) -> HttpResponse:
    """The picture with the viewer's name and the moment drawn in; the marked copy is never kept.

    The caller has checked who looks, and has logged it. Http404 when the bytes are lost.
    """
    with files.lost_is_404(file):
        data = files.read(file)
    return send_marked_bytes(data, viewer=viewer, now=now, shown_as=shown_as)


def send_marked_bytes(
    data: bytes, *, viewer: User, now: datetime, shown_as: str = _SHOWN_AS
) -> HttpResponse:
    """The same for a picture that has been read already."""
    lines = (viewer_words(viewer, now=now), f"{local(now):%Y-%m-%d %H:%M} 查看")
    marked = watermarked(data, lines=lines)
    return files.send_bytes(marked, content_type="image/jpeg", shown_as=shown_as)
