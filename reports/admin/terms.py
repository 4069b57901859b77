"""The school's official English names."""

from django.contrib import admin

from common.admin import ConfigurationAdmin
from reports.models import EnglishTerm


@admin.register(EnglishTerm)
class EnglishTermAdmin(ConfigurationAdmin):
    """Names of schools, colleges, majors and classes as English reports write them."""

    list_display = ("chinese", "english")
    search_fields = ("chinese", "english")
    ordering = ("chinese",)
    fields = ("chinese", "english")
