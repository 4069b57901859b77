"""Further sections at the desk, read-only: they come with a roster or from the page of a record."""

from typing import Any

from django.contrib import admin

from common.admin import ReadonlyAdmin, masked, moment
from common.masking import MaskKind
from enrollment.models import AdmissionInfo, Aid, Graduation, UpgradeCheck


class SectionAdmin(ReadonlyAdmin):
    """Common to all sections: found by student number."""

    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)

    @admin.display(description="学号")
    def student_no(self, row: Any) -> str:
        """The student number."""
        return str(row.record.student_no)


@admin.register(Graduation)
class GraduationAdmin(SectionAdmin):
    """Certificates that were registered."""

    list_display = (
        "student_no",
        "outcome",
        "conferred_date",
        masked("certificate_no", MaskKind.DOCUMENT_NO, "证书编号"),
        moment("registered_at", "登记时间"),
        "registered_by",
        moment("superseded_at", "被取代"),
    )
    list_filter = ("outcome", ("conferred_date", admin.DateFieldListFilter))
    fields = (
        "record",
        "outcome",
        "conferred_date",
        "case_ref",
        "registered_at",
        "registered_by",
        "superseded_at",
        "superseded_by",
    )


@admin.register(AdmissionInfo)
class AdmissionInfoAdmin(SectionAdmin):
    """How people came to the school."""

    list_display = ("student_no", "batch", "category", "origin", "admitted_date")
    list_filter = ("batch",)
    fields = ("record", "batch", "category", "origin", "admitted_date", "major_text", "updated_at")


@admin.register(Aid)
class AidAdmin(SectionAdmin):
    """Grants and loans; the amounts are the student's own affair."""

    list_display = ("student_no", "title", "school_year", moment("updated_at", "更新时间"))
    list_filter = ("school_year",)
    fields = ("record", "title", "school_year", "updated_at")


@admin.register(UpgradeCheck)
class UpgradeCheckAdmin(SectionAdmin):
    """Checks of prior diplomas."""

    list_display = ("student_no", "state", "checked_date", "note")
    list_filter = ("state",)
    fields = ("record", "state", "checked_date", "note", "updated_at")
