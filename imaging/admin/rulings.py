"""What people decided about photos, as a list."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, moment
from imaging.models import PhotoRuling


@admin.register(PhotoRuling)
class PhotoRulingAdmin(ReadonlyAdmin):
    """Read-only; rulings are made on the page of a capture entry."""

    list_display = ("entry", "ruling", "reason", moment("ruled_at", "判定时间"), "ruled_by")
    list_filter = ("ruling",)
    list_select_related = ("entry",)
    ordering = ("-id",)
    fields = ("entry", "ruling", "remarks", "reason", "ruled_at", "ruled_by")
