"""Photos as thumbnails, and the addresses that serve them."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin import Cell, ReadonlyAdmin, actor_of
from common.admin.private import show_file
from common.files import log_view
from imaging.models import CaptureEntry
from imaging.selectors.captures import thumbnail_of

__all__ = ["PictureViews", "picture_cell", "picture_url", "thumbnail"]

if TYPE_CHECKING:
    _Base = ReadonlyAdmin
else:
    _Base = object


def picture_url(entry_id: int, *, large: bool = False) -> str:
    """Where the photo of a capture entry is served to the desk, small unless asked for large."""
    size = "picture" if large else "thumb"
    return reverse(f"admin:imaging_captureentry_{size}", args=[entry_id])


def thumbnail(entry_id: int, alt: str, *, large: bool = False) -> SafeString:
    """The photo for a column, or larger for its own page."""
    return format_html(
        '<img class="{}" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
        "ui-thumb ui-thumb--lg" if large else "ui-thumb",
        picture_url(entry_id, large=large),
        alt,
        *((240, 320) if large else (60, 80)),
    )


def picture_cell(entry_id: int, alt: str, *, url: str = "") -> Cell:
    """The photo small, for a panel."""
    return Cell(text=alt, image=picture_url(entry_id), url=url)


class PictureViews(_Base):
    """Serves the published photo and the delivered original of a capture entry."""

    def get_urls(self) -> list[URLPattern]:
        """The two pictures' addresses before the stock ones."""
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/picture/",
                wrap(self.picture_view),
                name="imaging_captureentry_picture",
            ),
            path("<int:pk>/thumb/", wrap(self.thumb_view), name="imaging_captureentry_thumb"),
            path(
                "<int:pk>/original/",
                wrap(self.picture_view),
                {"original": True},
                name="imaging_captureentry_original",
            ),
            *super().get_urls(),
        ]

    def picture_view(
        self, request: HttpRequest, pk: int, *, original: bool = False
    ) -> HttpResponseBase:
        """The picture, logged as a view by this person."""
        entry = self._entry(request, pk)
        file = entry.original if original else entry.published
        if file.purged_at is not None:
            raise Http404
        return show_file(
            file,
            viewer=actor_of(request),
            purpose="教务处工作台：看原始文件" if original else "教务处工作台：看照片",
            now=timezone.now(),
            subject_id=_whose(entry),
        )

    def thumb_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The photo small, logged like the large one."""
        entry = self._entry(request, pk)
        if entry.published.purged_at is not None:
            raise Http404
        now = timezone.now()
        log_view(
            entry.published,
            viewer=actor_of(request),
            purpose="教务处工作台：看照片",
            now=now,
            subject_id=_whose(entry),
        )
        response = HttpResponse(thumbnail_of(entry), content_type="image/jpeg")
        response["Cache-Control"] = "no-store, private"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def _entry(self, request: HttpRequest, pk: int) -> CaptureEntry:
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = (
            CaptureEntry.objects.select_related("published", "original")
            .only("record_id", "published", "original")
            .filter(pk=pk)
            .first()
        )
        if entry is None:
            raise Http404
        return entry


def _whose(entry: CaptureEntry) -> str:
    """The record that the ledger files the view under: the present one, else the last that showed it."""
    if entry.record_id:
        return str(entry.record_id)
    last = entry.versions.order_by("-pk").values_list("record", flat=True).first()
    return str(last or "")
