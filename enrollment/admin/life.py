"""Changes of status, read-only: they are made on the page of the record."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, moment
from enrollment.models import StatusChange


@admin.register(StatusChange)
class StatusChangeAdmin(ReadonlyAdmin):
    """学籍异动 of all records, the newest first."""

    list_display = (
        "student_no",
        "former_status",
        "status",
        "effective_from",
        "source",
        "reason",
        moment("recorded_at", "登记时间"),
        "recorded_by",
        moment("revoked_at", "撤销时间"),
    )
    list_filter = ("source", "status", ("effective_from", admin.DateFieldListFilter))
    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "record",
        "former_status",
        "former_text",
        "status",
        "status_text",
        "effective_from",
        "source",
        "reason",
        "case_ref",
        "recorded_at",
        "recorded_by",
        "applied_at",
        "revoked_at",
        "revoked_by",
        "revoke_reason",
    )

    @admin.display(description="学号")
    def student_no(self, change: StatusChange) -> str:
        """The student number."""
        return change.record.student_no
