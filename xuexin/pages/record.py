"""A student's record: every field, the status explained, both photos side by side."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.components import NavItem
from common.http import AuthedRequest
from common.wording import date_cn, local
from enrollment.models import StudentRecord
from enrollment.selectors import (
    in_effect,
    own_history_of,
    record_fields,
    records_of,
    sections_of,
    status_note,
)
from imaging.selectors import verification_of
from imaging.selectors.photos import certified_photo_of, photos_of
from imaging.states import PhotoKind
from imaging.views.shown import portrait
from imaging.views.status import part_lines


@require_safe
def record(request: AuthedRequest) -> HttpResponse:
    """The newest of the own records; home when there is none."""
    records = list(records_of(request.user))
    if not records:
        return redirect("home")
    return _page(request, records, records[0])


@require_safe
def record_detail(request: AuthedRequest, record_id: int) -> HttpResponse:
    """One of the own records; somebody else's is 404."""
    records = list(records_of(request.user))
    chosen = [each for each in records if each.pk == record_id]
    if not chosen:
        raise Http404
    return _page(request, records, chosen[0])


@require_safe
def record_history(request: AuthedRequest, record_id: int) -> HttpResponse:
    """What changed in one of the own records, and when; somebody else's is 404."""
    shown = get_object_or_404(records_of(request.user), pk=record_id)
    lines = own_history_of(shown)
    return render(request, "pages/record_history.html", {"record": shown, "lines": lines})


def _page(
    request: AuthedRequest, records: list[StudentRecord], shown: StudentRecord
) -> HttpResponse:
    now = timezone.now()
    in_effect(shown, now=now)
    found = verification_of(shown, now=now)
    photos = found.photos if found else photos_of(shown)
    certified = certified_photo_of(shown)
    graduation = photos.get(PhotoKind.GRADUATION)
    if found is not None and not found.member.sees_photo_at(now):
        graduation = None  # not published yet
    fields = record_fields(shown)
    groups: dict[str, list[object]] = {}
    for field in fields:
        groups.setdefault(field.group, []).append(field.row)
    context = {
        "record": shown,
        "tabs": _tabs(records, shown) if len(records) > 1 else [],
        "graduation": portrait(certified or graduation, certified=certified is not None),
        "admission": portrait(photos.get(PhotoKind.ADMISSION), compared=True),
        "groups": list(groups.items()),
        "sections": sections_of(shown),
        "field_count": f"{len(fields)} 项",
        "status_note": status_note(shown),
        "updated": date_cn(local(shown.updated_at).date()),
        "found": found,
        "lines": part_lines(found, field_count=len(fields)) if found else [],
    }
    return render(request, "pages/record.html", context)


def _tabs(records: list[StudentRecord], shown: StudentRecord) -> list[NavItem]:
    return [
        NavItem(
            label="，".join(filter(None, (each.major_name or each.school.name, each.level))),
            url=reverse("record_detail", args=[each.pk]),
            current=each.pk == shown.pk,
        )
        for each in records
    ]
