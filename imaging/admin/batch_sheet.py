"""The contact sheet: the photos of a batch as small pictures, chosen by outcome and finding."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from common.admin import WorkflowAdmin
from enrollment.states import ImportState
from imaging.admin.batch_panels import sheet_url
from imaging.admin.pictures import picture_url
from imaging.documents.batch_words import finding_name
from imaging.models import PhotoBatch
from imaging.selectors.contact_sheet import Shot, finding_kinds, outcome_counts, shots, shots_of
from imaging.services.batch_report import masked_path
from imaging.states import MatchState, PhotoOutcome

__all__ = ["sheet_page"]

# Pictures load as they come into view, so a page may be as long as a class, a year, a small school.
_PER_PAGE = 500
_LABELS = {**dict(PhotoOutcome.choices), **dict(MatchState.choices)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One way to choose files."""

    label: str
    count: int
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """One file as the page draws it."""

    shot: Shot
    file_name: str
    image: str
    record_url: str
    entry_url: str


def sheet_page(desk: WorkflowAdmin, request: HttpRequest, batch: PhotoBatch) -> HttpResponse:
    """The page; the caller has checked that the reader may look."""
    outcome = request.GET.get("outcome", "")
    code = request.GET.get("finding", "")[:40]
    number = request.GET.get("number", "").strip()[:32]
    rows = shots_of(batch, outcome=outcome, code=code, number=number)
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **desk.admin_site.each_context(request),
        "title": f"逐张看：{batch.file_name}",
        "opts": desk.opts,
        "original": batch,
        "back_url": desk.change_url(batch),
        "media": desk.media,
        "outcomes": list(_outcomes(batch, outcome, code)),
        "findings": list(_findings(batch, code)),
        "outcome": outcome,
        "finding": code,
        "number": number,
        "page": page,
        "pictures": [_picture(shot) for shot in shots(page)],
        "is_done": batch.state == ImportState.APPLIED,
    }
    return TemplateResponse(request, "admin/batch_sheet.html", context)


def _outcomes(batch: PhotoBatch, current: str, code: str) -> Iterator[_Choice]:
    counted = outcome_counts(batch)
    yield _Choice(
        label="全部",
        count=sum(counted.values()),
        url=sheet_url(batch),
        is_current=not current and not code,
    )
    for value, count in counted.items():
        yield _Choice(
            label=_LABELS[value],
            count=count,
            url=sheet_url(batch, outcome=value),
            is_current=value == current,
        )


def _findings(batch: PhotoBatch, current: str) -> Iterator[_Choice]:
    for kind in finding_kinds(batch):
        yield _Choice(
            label=finding_name(kind.code),
            count=kind.count,
            url=sheet_url(batch, finding=kind.code),
            is_current=kind.code == current,
        )


def _picture(shot: Shot) -> _Picture:
    image = ""
    if shot.has_small:
        image = reverse("admin:imaging_photobatch_small", args=[shot.item_id])
    elif shot.entry_id is not None:
        image = picture_url(shot.entry_id)
    return _Picture(
        shot=shot,
        file_name=masked_path(shot.file_name),
        image=image,
        record_url=_url("enrollment_studentrecord", shot.record_id),
        entry_url=_url("imaging_captureentry", shot.entry_id),
    )


def _url(model: str, pk: int | None) -> str:
    return "" if pk is None else reverse(f"admin:{model}_change", args=[pk])
