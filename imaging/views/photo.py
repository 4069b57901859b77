"""Photos sent to whom they belong, to the office with a trace and a mark, and small by addresses that die."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policies import is_office
from common import files
from common.http import AuthedRequest
from enrollment.selectors import is_bound_to
from imaging.models import PhotoVersion
from imaging.selectors import photos_visible_to
from imaging.services.renditions import rendition_of
from imaging.states import RenditionUse
from imaging.views.sending import send_marked
from imaging.views.signed import unsigned

__all__ = ["photo", "photo_small"]


@require_safe
def photo(request: AuthedRequest, version_id: int) -> HttpResponseBase:
    """The bytes of one photo version; a stranger gets 404.

    Its owner gets it as it is, from the moment of its publication on. The office leaves a line in
    the ledger, and gets it with the viewer's name and the moment drawn in.
    """
    now = timezone.now()
    version = get_object_or_404(photos_visible_to(request.user, now=now), pk=version_id)
    file = version.entry.published
    if file.purged_at is not None:
        raise Http404
    shown_as = f"{version.get_kind_display()}.jpg"
    if not is_office(request.user) or is_bound_to(request.user, version.record):
        return files.stream(file, shown_as=shown_as)
    files.log_view(
        file,
        viewer=request.user,
        purpose=f"查看{version.get_kind_display()}",
        now=now,
        subject_id=str(version.record_id),
    )
    return send_marked(file, viewer=request.user, now=now, shown_as=shown_as)


@require_safe
def photo_small(request: AuthedRequest, token: str) -> HttpResponseBase:
    """A small picture by the address that a page of many photos gave to this person, marked.

    The page has logged the view. 404 when the address has died, or was given to somebody else.
    """
    version_id = unsigned(token, viewer=request.user)
    versions = PhotoVersion.objects.select_related("entry__published", "entry__original")
    shown = versions.filter(
        is_current=True, record__hidden_at=None, entry__published__purged_at=None
    )
    version = get_object_or_404(shown, pk=version_id)
    now = timezone.now()
    with files.lost_is_404(version.entry.published):
        file = rendition_of(entry=version.entry, use=RenditionUse.THUMBNAIL, now=now)
    return send_marked(file, viewer=request.user, now=now)
