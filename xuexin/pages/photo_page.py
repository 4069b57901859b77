"""照片走到哪了: the stations of one photo, and what to do when it is not there."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.http import AuthedRequest
from enrollment.selectors import in_effect, records_of
from imaging.selectors.finding import compared_with, photo_claims_of
from imaging.selectors.tracing import PhotoCause, trace_of
from imaging.views.shown import portrait
from xuexin.pages.photo_advice import advice_of
from xuexin.pages.photo_way import way_of


@require_safe
def photo_page(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Where the own photo is and the one next step; somebody else's record is 404."""
    now = timezone.now()
    record = in_effect(get_object_or_404(records_of(request.user), pk=record_id), now=now)
    trace = trace_of(record, now=now)
    cause = trace.cause
    is_shown = cause is PhotoCause.SHOWN
    context = {
        "record": record,
        "now": now,
        "trace": trace,
        "is_shown": is_shown,
        "photo": portrait(trace.photo) if is_shown else None,
        "advice": advice_of(trace),
        "steps": way_of(trace),
        "differences": compared_with(trace.near[0].entry, record, trace.near[0].reasons)
        if cause is PhotoCause.LIKELY
        else [],
        "claims": [] if is_shown else list(photo_claims_of(request.user).filter(record=record)[:3]),
    }
    return render(request, "pages/photo_way.html", context)
