"""Printed colleges at the registrar's desk: who took what, read-only."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, moment
from corrections.models import CollegePrint


@admin.register(CollegePrint)
class CollegePrintAdmin(ReadonlyAdmin):
    """Files with the papers of a whole college; made and fetched on the portal's own page."""

    list_display = (
        "__str__",
        "college",
        "layout",
        "state",
        "total",
        "requested_by",
        moment("requested_at", "申请时间"),
    )
    list_filter = ("state", "layout")
    list_select_related = ("college",)
    ordering = ("-id",)
    fields = (
        "campaign",
        "college",
        "layout",
        "state",
        "failure",
        "progress",
        "total",
        "requested_at",
        "requested_by",
        "ready_at",
        "expires_at",
    )
