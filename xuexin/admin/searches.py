"""Kept searches at the desk: one's own and those shared with the office."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from common.admin import ReadonlyAdmin, moment
from common.models import SavedSearch

if TYPE_CHECKING:
    from django.db.models import QuerySet


@admin.register(SavedSearch)
class SavedSearchAdmin(ReadonlyAdmin):
    """Which searches there are; they are kept and dropped above their own list."""

    list_display = ("name", "listed", "is_shared", "owner", moment("created_at", "存入时间"))
    list_filter = ("is_shared",)
    list_select_related = ("owner",)
    search_fields = ("name",)
    search_help_text = "名称里的字"
    ordering = ("listed", "name")
    fields = ("name", "listed", "is_shared", "owner", "created_at")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Another's own searches are nobody else's matter."""
        return super().get_queryset(request).filter(Q(owner=request.user.pk) | Q(is_shared=True))
