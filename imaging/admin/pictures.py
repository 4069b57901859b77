"""Photos as thumbnails, and the addresses that serve them."""

from typing import TYPE_CHECKING, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import files
from common.admin import Cell, Panel, ReadonlyAdmin, actor_of, moment_text
from common.models import StoredFile
from common.wording import file_size
from imaging.models import CaptureEntry
from imaging.services.renditions import files_of, rendition_of
from imaging.states import RenditionUse
from imaging.views.sending import send_marked

__all__ = ["PictureViews", "face_cell", "files_panel", "picture_cell", "picture_url", "thumbnail"]

_FILE_NAMES = {
    "original": "送来的原始文件（加密保存）",
    "photo": "注册用照片",
    "thumb": "缩略图",
    "print": "印制用照片",
}

if TYPE_CHECKING:
    from accounts.models import User

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


def face_cell(entry_id: int, alt: str) -> Cell:
    """The photo as large as faces need to be compared, leading to the whole picture."""
    whole = picture_url(entry_id, large=True)
    return Cell(text=alt, image=picture_url(entry_id), url=whole, is_large=True)


def files_panel(entry: CaptureEntry) -> Panel:
    """Every file of one shot with its digest, and the way to the picture for the press."""
    return Panel.of(
        "同一次拍摄的文件",
        ("文件", "大小", "存入时间", "内容摘要"),
        (
            (
                _FILE_NAMES.get(file.kind, file.kind),
                "已销毁" if file.purged_at else file_size(file.size),
                moment_text(file.created_at),
                file.sha256[:16],
            )
            for file in files_of(entry)
        ),
        more=Cell(
            text="下载印制用照片（记入查看记录）",
            url=reverse("admin:imaging_captureentry_print", args=[entry.pk]),
        ),
    )


class PictureViews(_Base):
    """Serves the pictures of a capture entry: registered, small, for the press, and the original."""

    def get_urls(self) -> list[URLPattern]:
        """The pictures' addresses before the stock ones."""
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
                wrap(self.original_view),
                name="imaging_captureentry_original",
            ),
            path("<int:pk>/print/", wrap(self.print_view), name="imaging_captureentry_print"),
            *super().get_urls(),
        ]

    def picture_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The registered photo with the viewer's name drawn in, logged as a view by this person."""
        entry = self._entry(request, pk)
        file = self._noted(request, entry, entry.published, "教务处工作台：看照片")
        return send_marked(file, viewer=cast("User", request.user), now=timezone.now())

    def original_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The bytes as they were delivered, to be kept and examined: unchanged, so without a mark."""
        entry = self._entry(request, pk)
        file = self._noted(request, entry, entry.original, "教务处工作台：看原始文件")
        return files.stream(file, download_name=f"原始照片 {entry.pk}.jpg")

    def print_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The picture for the press, at its full size; logged with its purpose."""
        entry = self._entry(request, pk)
        self._noted(request, entry, entry.original, "教务处工作台：下载印制用照片")
        file = self._rendition(entry, RenditionUse.PRINT)
        return files.stream(file, download_name=f"印制用照片 {entry.pk}.jpg")

    def thumb_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The photo small, marked and logged like the large one."""
        entry = self._entry(request, pk)
        self._noted(request, entry, entry.published, "教务处工作台：看照片")
        file = self._rendition(entry, RenditionUse.THUMBNAIL)
        return send_marked(file, viewer=cast("User", request.user), now=timezone.now())

    def _noted(
        self, request: HttpRequest, entry: CaptureEntry, file: StoredFile, purpose: str
    ) -> StoredFile:
        """The file, after writing down who opens it; Http404 when it was erased."""
        if file.purged_at is not None:
            raise Http404
        files.log_view(
            file,
            viewer=actor_of(request),
            purpose=purpose,
            now=timezone.now(),
            subject_id=_whose(entry),
        )
        return file

    def _rendition(self, entry: CaptureEntry, use: RenditionUse) -> StoredFile:
        with files.lost_is_404(entry.published):
            return rendition_of(entry=entry, use=use, now=timezone.now())

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
