"""Days on which the office works, or does not, against the calendar."""

from django.contrib import admin

from common.admin import ConfigurationAdmin
from common.models import SpecialDay


@admin.register(SpecialDay)
class SpecialDayAdmin(ConfigurationAdmin):
    """Make-up workdays and school holidays that the statutory calendar does not know."""

    list_display = ("on_date", "is_workday", "note")
    list_filter = ("is_workday",)
    date_hierarchy = "on_date"
    ordering = ("-on_date",)
    fields = ("on_date", "is_workday", "note")
