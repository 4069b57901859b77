"""Photo batches: upload, findings, contact sheet, import, how far it is, and taking back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from common import files
from common.admin import Panel, ReadonlyAdmin, actor_of, moment
from common.admin.imports import ImportAdmin, Progress, stuck_filter
from common.components import ActionButton
from common.errors import DomainError
from enrollment.states import ImportState, UndoState
from imaging.admin.batch_deeds import BATCH_DEEDS, UPLOAD
from imaging.admin.batch_panels import batch_panels, sheet_url
from imaging.admin.batch_sheet import sheet_page
from imaging.documents.batch_words import finding_name
from imaging.models import BatchFinding, BatchItem, PhotoBatch
from imaging.services.batch_book import findings_book
from imaging.services.batch_items import read_small
from imaging.services.batch_report import masked_path
from imaging.views.sending import send_marked_bytes

if TYPE_CHECKING:
    from accounts.models import User

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@admin.register(PhotoBatch)
class PhotoBatchAdmin(ImportAdmin):
    """Deliveries of photos, checked, imported, taken back."""

    list_display = (
        "stage",
        "name",
        "kind",
        "file_count",
        "school",
        "campaign",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_display_links = ("name",)
    list_filter = ("state", stuck_filter, "undo_state", "kind", "school")
    list_select_related = ("school", "campaign")
    ordering = ("-id",)
    fields = (
        "file_name",
        "kind",
        "school",
        "campaign",
        "stage",
        "failure",
        "file_sha256",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
    )
    create = UPLOAD
    deeds = BATCH_DEEDS

    @admin.display(description="文件", ordering="file_name")
    def name(self, obj: PhotoBatch) -> str:
        """The file's name, which may break: it must not push the results out of view."""
        return format_html('<span class="desk-name">{}</span>', obj.file_name)

    @admin.display(description="状态", ordering="state")
    def stage(self, obj: PhotoBatch) -> str:
        """How far it is, also on the way back."""
        if obj.undo_state != UndoState.NONE:
            return obj.get_undo_state_display()
        return obj.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        """The contact sheet, its small pictures, and the findings as a file."""
        view = self.admin_site.admin_view
        name = "imaging_photobatch"
        return [
            path("<int:pk>/sheet/", view(self.sheet_view), name=f"{name}_sheet"),
            path("small/<int:pk>/", view(self.small_view), name=f"{name}_small"),
            path("<int:pk>/findings.xlsx", view(self.findings_view), name=f"{name}_findings"),
            *super().get_urls(),
        ]

    def sheet_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All photos of a batch as small pictures, with what was found about each."""
        return sheet_page(self, request, self._batch(request, pk))

    def small_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The small picture of a file that may never be taken in; marked and logged like any photo."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = BatchItem.objects.filter(pk=pk).select_related("sheet").first()
        if item is None or item.sheet is None:
            raise Http404
        try:
            with files.lost_is_404(item.sheet):
                data = read_small(item)
        except ValueError as error:
            raise Http404 from error
        now = timezone.now()
        files.log_view(
            item.sheet,
            viewer=actor_of(request),
            purpose="教务处工作台：看照片批次",
            now=now,
            subject_id=str(item.record_id or ""),
        )
        return send_marked_bytes(data, viewer=cast("User", request.user), now=now)

    def findings_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The files with findings, to be mended; whoever takes the list is written down."""
        batch = self._batch(request, pk)
        if not self.may_act(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(self.change_url(batch))
        try:
            book = findings_book(batch=batch, actor=actor_of(request), now=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self.change_url(batch))
        return files.send_bytes(book, content_type=_XLSX, download_name=f"照片问题清单-{pk}.xlsx")

    def _batch(self, request: HttpRequest, pk: int) -> PhotoBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = PhotoBatch.objects.select_related("school", "file").filter(pk=pk).first()
        if batch is None:
            raise Http404
        return batch

    def total_of(self, obj: PhotoBatch) -> int:
        """Files in the archive."""
        return obj.file_count

    def progress_of(self, obj: Any) -> Progress | None:
        """Also while an import is taken back."""
        if obj.undo_state == UndoState.UNDOING:
            return self.shown_progress(obj, "正在撤销")
        return super().progress_of(obj)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add the ways to the contact sheet and to the workbook of what is to be mended."""
        response = super().render_change_form(request, context, *args, **kwargs)
        obj = kwargs.get("obj")
        if obj is not None and obj.state not in {ImportState.UPLOADED, ImportState.REFUSED}:
            buttons = list(context.get("buttons", ()))
            buttons.insert(0, ActionButton(label="逐张看", url=sheet_url(obj)))
            if self.may_act(request) and BatchFinding.objects.filter(batch=obj).exists():
                url = reverse("admin:imaging_photobatch_findings", args=[obj.pk])
                buttons.append(ActionButton(label="下载问题清单", url=url, method="post"))
            context["buttons"] = buttons
        return response

    def panels(self, request: HttpRequest, obj: PhotoBatch) -> Sequence[Panel]:
        """Counts, findings by kind, and some of the photos that came of it."""
        return () if obj.state == ImportState.UPLOADED else batch_panels(obj)


@admin.register(BatchItem)
class BatchItemAdmin(ReadonlyAdmin):
    """Files of checked batches; their pictures are on the contact sheet."""

    list_display = ("position", "batch", "shown_name", "outcome", "entry")
    list_filter = ("outcome", ("batch", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("batch", "entry")
    ordering = ("-batch", "position")
    fields = ("batch", "position", "shown_name", "outcome", "record", "entry")

    @admin.display(description="文件名")
    def shown_name(self, item: BatchItem) -> str:
        """Numbers masked."""
        return masked_path(str(item.file_name))


@admin.register(BatchFinding)
class BatchFindingAdmin(ReadonlyAdmin):
    """What was found about delivered files."""

    list_display = ("batch", "item", "what", "severity", "message")
    list_filter = ("severity", ("batch", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("batch", "item")
    ordering = ("-batch", "severity", "pk")
    fields = ("batch", "item", "what", "severity", "message")

    @admin.display(description="问题")
    def what(self, finding: BatchFinding) -> str:
        """The kind of finding."""
        return finding_name(finding.code)
