"""Confirmations at the counter as the desk keeps them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from common.admin import ReadonlyAdmin, masked, moment
from common.masking import MaskKind
from corrections.models import CounterVisit
from enrollment.models import StudentRecord


@admin.register(CounterVisit)
class CounterVisitAdmin(ReadonlyAdmin):
    """Who came to the counter, with which document, and who saw it."""

    list_display = (
        "number",
        masked("record.name", MaskKind.NAME, "姓名"),
        "document",
        moment("confirmed_at", "核对"),
        "confirmed_by",
    )
    list_filter = ("document",)
    list_select_related = ("record",)
    search_fields = ("^digest", "^record__student_no")
    search_help_text = "回执编号，或学号开头"
    ordering = ("-id",)
    viewed_action = "countervisit.viewed"
    fields = ("number", "record", "document", "note", "digest", "confirmed_at", "confirmed_by")
    readonly_fields = ("number",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[CounterVisit]":
        """Without the encrypted words, which only the page of one row reads."""
        rows: QuerySet[CounterVisit] = super().get_queryset(request)
        return rows.defer("content", "note")

    def subject_of(self, obj: CounterVisit) -> StudentRecord:
        """The student's record."""
        return obj.record

    @admin.display(description="回执编号")
    def number(self, obj: CounterVisit) -> str:
        """What stands on both copies."""
        return obj.number
