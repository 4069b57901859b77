"""Finding delivered photos by anything, and those that are there twice."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from accounts.admin import NumberSearch
from common.admin import Cell, Panel, ReadonlyAdmin
from imaging.admin.repair_panels import duplicates_panel
from imaging.models import CaptureEntry, PhotoBatch, PhotoVersion
from imaging.selectors.duplicates import duplicate_groups, repeated

__all__ = ["CaptureSearch", "DuplicatesPage"]

if TYPE_CHECKING:
    _Base = ReadonlyAdmin
else:
    _Base = object

_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_LEAST: Final = 2
_MOST_BATCHES: Final = 50
_GROUPS: Final = 20


def day_in(term: str) -> date | None:
    """The day that was typed, in one of the usual spellings."""
    found = _DAY.fullmatch(term)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def batches_named(term: str) -> list[int]:
    """Batches whose file name holds the term; `#12` is the batch itself."""
    if term.startswith("#") and term[1:].isdecimal():
        return [int(term[1:])]
    if len(term) < _LEAST:
        return []
    named = PhotoBatch.objects.filter(file_name__icontains=term).order_by("-pk")
    return list(named.values_list("pk", flat=True)[:_MOST_BATCHES])


class CaptureSearch(NumberSearch):
    """A search box for every number, names, batches and days."""

    number_path = "document_no_index"
    text_paths = ("student_no__startswith", "candidate_no", "ticket", "name__startswith")
    search_help_text = (
        "证件号码（整个，写法不限）、学号开头、考生号、采集号、姓名开头、批次的文件名，或日期（2026-03-31）。"
        "按证件号码查找会记入审计。都找不到，多半还没送来：请采集单位查当天的拍摄名单。"
    )

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """Also the day of the shot or of its arrival, and the file name of a batch."""
        term = search_term.strip()
        if day := day_in(term):
            begins = timezone.make_aware(datetime.combine(day, time()))
            arrived = Q(received_at__gte=begins, received_at__lt=begins + timedelta(days=1))
            return queryset.filter(Q(captured_date=day) | arrived), False
        found, is_doubled = super().get_search_results(request, queryset, search_term)
        batches = batches_named(term)
        return (found | queryset.filter(batch__in=batches) if batches else found), is_doubled


class DuplicatesPage(_Base):
    """Photos that wait for a person beside their duplicates, group by group."""

    @property
    def list_links(self) -> list[Cell]:
        """The way there from the list."""
        url = reverse("admin:imaging_captureentry_duplicates")
        return [Cell(text="重复的照片，对着看", url=url)]

    def get_urls(self) -> list[URLPattern]:
        """Its address before the stock ones."""
        view = self.admin_site.admin_view(self.duplicates_view)
        name = "imaging_captureentry_duplicates"
        return [path("duplicates/", view, name=name), *super().get_urls()]

    def duplicates_view(self, request: HttpRequest) -> HttpResponse:
        """The next groups; what is proposed leaves the page, and further groups come up."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        waiting = list(repeated().select_related("record", "batch", "original")[: _GROUPS + 1])
        groups = duplicate_groups(waiting[:_GROUPS])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "重复的照片",
            "deed": {"label": "重复的照片"},
            "back_url": reverse("admin:imaging_captureentry_changelist"),
            "panels": group_panels(groups, is_cut=len(waiting) > _GROUPS),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/desk_shown.html", context)


def group_panels(groups: Sequence[Sequence[CaptureEntry]], *, is_cut: bool) -> list[Panel]:
    """One table per group, each photo with the way to keep it; in one further query."""
    if not groups:
        return [Panel.of("重复的照片", (), [], empty="待处理的照片里，没有另有一张的。")]
    everything = [entry.pk for group in groups for entry in group]
    shown = frozenset(
        PhotoVersion.objects.filter(entry__in=everything, is_current=True).values_list(
            "entry", flat=True
        )
    )
    panels = [
        duplicates_panel(group, shown=shown, title=f"第 {number} 组", is_choosing=True)
        for number, group in enumerate(groups, start=1)
    ]
    if is_cut:
        note = "先办完这些，后面的接着出来。"
        more = Cell(
            text="看全部待处理、另有一张的",
            url=f"{reverse('admin:imaging_captureentry_changelist')}?repeated=yes",
        )
        panels.append(Panel.of("还有", (), [], empty=note, more=more))
    return panels
