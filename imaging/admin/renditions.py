"""Pictures that were made from a shot's files."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, moment
from imaging.models import Rendition


@admin.register(Rendition)
class RenditionAdmin(ReadonlyAdmin):
    """What was made, when; the pictures themselves open from the capture entry."""

    list_display = ("entry", "use", moment("file.created_at", "生成时间"), "size")
    list_filter = ("use",)
    list_select_related = ("entry", "file")
    ordering = ("-id",)
    fields = ("entry", "use", "file")

    @admin.display(description="字节数")
    def size(self, rendition: Rendition) -> int:
        """The size of the file in bytes."""
        return rendition.file.size
