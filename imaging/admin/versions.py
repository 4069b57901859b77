"""Photo versions: what a record shows, and what it showed."""

from django.contrib import admin
from django.utils.safestring import SafeString

from common.admin import ReadonlyAdmin, masked, moment
from common.masking import MaskKind
from imaging.admin.pictures import thumbnail
from imaging.models import PhotoVersion


@admin.register(PhotoVersion)
class PhotoVersionAdmin(ReadonlyAdmin):
    """Read-only; versions come and go with capture entries."""

    list_display = (
        "picture",
        masked("record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "kind",
        "version_no",
        "is_current",
        moment("attached_at", "关联时间"),
        "attached_by",
    )
    list_filter = ("kind", "is_current")
    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "picture",
        "record",
        "kind",
        "version_no",
        "entry",
        "is_current",
        "attached_at",
        "attached_by",
        "ended_at",
        "ended_by",
        "end_reason",
    )

    @admin.display(description="照片")
    def picture(self, version: PhotoVersion) -> SafeString:
        """A thumbnail."""
        return thumbnail(version.entry_id, f"第 {version.version_no} 版照片")

    @admin.display(description="学号")
    def student_no(self, version: PhotoVersion) -> str:
        """The student number."""
        return version.record.student_no
