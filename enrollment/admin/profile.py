"""That there is a supplementary profile; what it says is the student's own affair."""

from django.contrib import admin

from common.admin import ReadonlyAdmin, moment
from enrollment.models import StudyRow, SupplementaryProfile


@admin.register(SupplementaryProfile)
class SupplementaryProfileAdmin(ReadonlyAdmin):
    """Whose, and when it was last saved."""

    list_display = ("user", moment("updated_at", "更新时间"))
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = ("user", "updated_at")


@admin.register(StudyRow)
class StudyRowAdmin(ReadonlyAdmin):
    """That there is a line, without what it says."""

    list_display = ("profile", "attended_from", "attended_to")
    list_select_related = ("profile",)
    ordering = ("-id",)
    fields = ("profile", "attended_from", "attended_to")
