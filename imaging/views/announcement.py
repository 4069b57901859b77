"""Formal notices: a list and a page each, for those whom they concern; public ones for everybody.

Whom a notice concerns comes before how it is asked for: a stranger gets 404 whatever the method.
"""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from common import files
from common.http import client_address, public_page
from common.markup import render as drawn
from common.ratelimit import Limit, TooManyError, hit
from imaging.models import Announcement, AnnouncementFile
from imaging.selectors.announcements import announcements_visible_to, headlines_for
from imaging.services.announcements import note_read

# A campus is one address, and a notice with files is opened by all of it on one morning.
OPENED = Limit("announcement-file", 600, 60)
_SAFE = ("GET", "HEAD")


@public_page
@require_safe
def announcements(request: HttpRequest) -> HttpResponse:
    """What is shown to whoever asks."""
    found = headlines_for(_reader(request), now=timezone.now())
    return render(request, "imaging/announcements.html", {"announcements": found})


@public_page
def announcement(request: HttpRequest, announcement_id: int) -> HttpResponse:
    """One notice; opening it is counted for an account, once."""
    now, reader = timezone.now(), _reader(request)
    found = get_object_or_404(announcements_visible_to(reader, now=now), pk=announcement_id)
    if request.method not in _SAFE:
        return HttpResponseNotAllowed(_SAFE)
    if reader is not None:
        note_read(announcement=found, user=reader, now=now)
    return render(request, "imaging/announcement.html", page_of(found, now=now))


@public_page
def announcement_file(request: HttpRequest, announcement_id: int, file_id: int) -> HttpResponseBase:
    """A file of a notice, for whoever may read the notice."""
    now = timezone.now()
    try:
        hit(OPENED, client_address(request), now=now)
    except TooManyError as error:
        return HttpResponse(str(error), status=429, content_type="text/plain; charset=utf-8")
    visible = announcements_visible_to(_reader(request), now=now).filter(pk=announcement_id)
    found = get_object_or_404(
        AnnouncementFile.objects.select_related("file"),
        announcement__in=visible,
        pk=file_id,
        removed_at=None,
    )
    if found.file.purged_at is not None:
        raise Http404
    if request.method not in _SAFE:
        return HttpResponseNotAllowed(_SAFE)
    return files.stream(found.file, shown_as=found.name)


def page_of(found: Announcement, *, now: datetime) -> dict[str, Any]:
    """What the page of a notice shows, for its readers and for the preview alike."""
    return {
        "announcement": found,
        "now": now,
        "body": drawn(found.body, pages={}, values={}),
        "duties": drawn(found.duties, pages={}, values={}) if found.duties else "",
        "files": list(found.files.filter(removed_at=None).order_by("pk")),
        "correction": found.versions.filter(number=found.version_no).exclude(note="").first()
        if found.version_no > 1
        else None,
    }


def _reader(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
