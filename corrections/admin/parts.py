"""The parts of correction requests as lists of their own: read-only."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, moment
from corrections.models import CorrectionField, Evidence, RequestStep
from corrections.selectors.values import masked_value
from enrollment.selectors import FIELD_LABELS


@admin.register(CorrectionField)
class CorrectionFieldAdmin(ReadonlyAdmin):
    """Which fields are said to be wrong; numbers masked."""

    list_display = ("request", "field_label", "former", "latter", "is_applied")
    list_filter = ("field", "is_applied")
    list_select_related = ("request",)
    ordering = ("-id",)
    fields = ("request", "field_label", "former", "latter", "is_applied")

    @admin.display(description="字段")
    def field_label(self, row: CorrectionField) -> str:
        """The field's name."""
        return FIELD_LABELS.get(row.field, row.field)

    @admin.display(description="原值")
    def former(self, row: CorrectionField) -> str:
        """As it was."""
        return masked_value(row.field, row.original) or "（空）"

    @admin.display(description="应为")
    def latter(self, row: CorrectionField) -> str:
        """As it should be."""
        return masked_value(row.field, row.proposed) or "（空）"


@admin.register(Evidence)
class EvidenceAdmin(ReadonlyAdmin):
    """Proofs; opened on the page of their request."""

    list_display = (
        "__str__",
        "request",
        "content_type",
        moment("added_at", "上传时间"),
        "added_by",
    )
    list_select_related = ("request", "file")
    ordering = ("-id",)
    fields = ("request", "content_type", "added_at", "added_by")

    @admin.display(description="类型")
    def content_type(self, row: Evidence) -> str:
        """Image or PDF."""
        return "PDF" if row.file.content_type == "application/pdf" else "图片"


@admin.register(RequestStep)
class RequestStepAdmin(ReadonlyAdmin):
    """Moves of requests."""

    list_display = ("request", "action", "note", moment("acted_at", "时间"), "acted_by")
    list_filter = ("action",)
    list_select_related = ("request",)
    ordering = ("-id",)
    fields = ("request", "action", "note", "acted_at", "acted_by")
