"""The rows of a roster one by one: chosen by kind, found by student number, a page at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from common.admin import WorkflowAdmin
from common.masking import MaskKind, mask
from enrollment.admin.roster_panels import coverage_text
from enrollment.models import RosterImport, StudentRecord
from enrollment.selectors.roster_coverage import lacking_records
from enrollment.selectors.roster_preview import (
    PreviewRow,
    RowKind,
    count_kinds,
    rows_of_kind,
    shown_rows,
)
from enrollment.states import ImportState

__all__ = ["rows_page"]

_MISSING = "missing"
_PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One kind in the row of choices."""

    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One row as the page draws it; `missing` rows have no line in the file."""

    row: PreviewRow | None
    student_no: str
    name: str
    outcome: str
    record_url: str


def rows_page(desk: WorkflowAdmin, request: HttpRequest, roster: RosterImport) -> HttpResponse:
    """The page; the caller has checked that the reader may look."""
    kind = request.GET.get("kind", RowKind.CREATE)
    number = request.GET.get("number", "").strip()[:32]
    if kind != _MISSING and kind not in list(RowKind):
        kind = RowKind.CREATE
    page, lines = _lines(roster, kind, number, request.GET.get("page"))
    context = {
        **desk.admin_site.each_context(request),
        "title": f"逐行看：{roster.file_name}",
        "opts": desk.opts,
        "original": roster,
        "back_url": desk.change_url(roster),
        "media": desk.media,
        "choices": list(_choices(roster, kind)),
        "kind": kind,
        "number": number,
        "page": page,
        "lines": lines,
        "is_done": roster.state == ImportState.APPLIED,
        "coverage": coverage_text(roster),
    }
    return TemplateResponse(request, "admin/roster_rows.html", context)


def _choices(roster: RosterImport, current: str) -> Iterable[_Choice]:
    address = reverse("admin:enrollment_rosterimport_rows", args=[roster.pk])
    counted: list[tuple[str, str, int]] = [
        (kind.value, kind.label, count) for kind, count in count_kinds(roster).items()
    ]
    if roster.missing_count:
        counted.append((_MISSING, "不在这份名册", roster.missing_count))
    for value, label, count in counted:
        if count or value == current:
            yield _Choice(
                label=label, count=count, url=f"{address}?kind={value}", is_current=value == current
            )


def _lines(
    roster: RosterImport, kind: str, number: str, asked: str | None
) -> tuple[Page[Any], list[_Line]]:
    if kind == _MISSING:
        records = _missing(roster, number)
        people = Paginator(records, _PER_PAGE).get_page(asked)
        return people, [_missing_line(record) for record in people]
    rows = rows_of_kind(roster, RowKind(kind), student_no=number)
    page = Paginator(rows, _PER_PAGE).get_page(asked)
    return page, [_line(row) for row in shown_rows(roster, list(page))]


def _missing(roster: RosterImport, number: str) -> QuerySet[StudentRecord]:
    """Who would be marked; afterwards who is marked, also by an earlier roster."""
    records = lacking_records(roster).select_related("class_group").order_by("student_no")
    return records.filter(student_no__startswith=number) if number else records


def _missing_line(record: StudentRecord) -> _Line:
    return _Line(
        row=None,
        student_no=record.student_no,
        name=mask(record.name, MaskKind.NAME),
        outcome=record.class_group.name if record.class_group else "没有班级",
        record_url=_record_url(record.pk),
    )


def _line(row: PreviewRow) -> _Line:
    return _Line(
        row=row,
        student_no=row.student_no,
        name=mask(row.name, MaskKind.NAME),
        outcome=str(row.outcome.label),
        record_url=_record_url(row.record_id) if row.record_id else "",
    )


def _record_url(pk: int) -> str:
    return reverse("admin:enrollment_studentrecord_change", args=[pk])
