"""Streaming a photo to whom it belongs, or to the office with a trace."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policies import is_office
from common import files
from common.http import AuthedRequest
from imaging.selectors import photos_visible_to


@require_safe
def photo(request: AuthedRequest, version_id: int) -> HttpResponseBase:
    """The bytes of one photo version; a stranger gets 404, the office leaves a line in the ledger."""
    version = get_object_or_404(photos_visible_to(request.user), pk=version_id)
    file = version.entry.published
    if file.purged_at is not None:
        raise Http404
    if is_office(request.user):
        files.log_view(
            file,
            viewer=request.user,
            purpose=f"查看{version.get_kind_display()}",
            now=timezone.now(),
            subject_id=str(version.record_id),
        )
    return files.stream(file)
