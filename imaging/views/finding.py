"""没照片，找找看: the five windows of seed 001 as pages, from the own data to the claim that waits."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common import files
from common.errors import DomainError, NotAllowedError
from common.http import AuthedRequest, domain_errors
from enrollment.models import StudentRecord
from enrollment.selectors import records_of
from imaging.forms import PhotoClaimForm
from imaging.policies import check_can_find_photo
from imaging.selectors.finding import Likely, open_photo_claim_of, photo_claims_of
from imaging.services.photo_claim import (
    TERM_WORKDAYS,
    find_photos,
    look_at_photo,
    open_face,
    submit_photo_claim,
    withdraw_photo_claim,
)
from imaging.views.finding_pages import claim_page, compare_page, near_page, own_rows, windows
from imaging.views.sending import send_marked
from imaging.views.signed import found_entry

__all__ = [
    "find_compare",
    "find_face",
    "find_near",
    "find_photo",
    "photo_claim",
    "photo_claim_withdraw",
]


@require_safe
def find_photo(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Window one: the own data as they are compared, and what will be shown of others' photos."""
    record = _record(request, record_id)
    if waiting := open_photo_claim_of(record):
        return redirect("imaging:photo_claim", waiting.pk)
    try:
        check_can_find_photo(request.user, record, now=timezone.now())
    except NotAllowedError as error:
        messages.info(request, str(error))
        return redirect("photo_way", record.pk)
    context = {"record": record, "rows": own_rows(record), "steps": windows(1)}
    return render(request, "imaging/find_photo.html", context)


@require_safe
def find_near(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Window two: the photos whose data are nearly the own, masked, without faces."""
    record = _record(request, record_id)
    if waiting := open_photo_claim_of(record):
        return redirect("imaging:photo_claim", waiting.pk)
    try:
        found = find_photos(record=record, actor=request.user, now=timezone.now())
    except DomainError as error:
        return _back(request, record, error)
    return near_page(request, record, found)


@require_http_methods(["GET", "POST"])
def find_compare(request: AuthedRequest, token: str) -> HttpResponse:
    """Windows three and four: side by side with the first confirmation, then the second, then the claim."""
    now = timezone.now()
    record, entry_id = _named(request, token)
    if waiting := open_photo_claim_of(record):
        return redirect("imaging:photo_claim", waiting.pk)
    form = PhotoClaimForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_bound and form.is_valid() and "sure" in request.POST:
            made = submit_photo_claim(
                record=record,
                entry_id=entry_id,
                note=form.cleaned_data["note"],
                actor=request.user,
                now=now,
            )
            return redirect("imaging:photo_claim", made.pk)
        found = look_at_photo(record=record, entry_id=entry_id, actor=request.user, now=now)
    except DomainError as error:
        return _back(request, record, error)
    if form.is_bound and form.is_valid():
        return _ask_again(request, record, found, form, token)
    return compare_page(request, record, found, form=form, token=token)


def _ask_again(
    request: AuthedRequest, record: StudentRecord, found: Likely, form: PhotoClaimForm, token: str
) -> HttpResponse:
    context = {
        "record": record,
        "found": found,
        "form": form,
        "token": token,
        "days": TERM_WORKDAYS,
        "steps": windows(4),
    }
    return render(request, "imaging/find_confirm.html", context)


@require_safe
def find_face(request: AuthedRequest, token: str) -> HttpResponseBase:
    """The small face of one of these photos, marked with who looks; 404 for everything that is not so."""
    now = timezone.now()
    record, entry_id = _named(request, token)
    try:
        file = open_face(record=record, entry_id=entry_id, actor=request.user, now=now)
    except (DomainError, FileNotFoundError):
        raise Http404 from None
    with files.lost_is_404(file):
        return send_marked(file, viewer=request.user, now=now)


@require_safe
def photo_claim(request: AuthedRequest, claim_id: int) -> HttpResponse:
    """Window five: where the claim is, what the office answered, and what comes next."""
    claim = get_object_or_404(photo_claims_of(request.user), pk=claim_id)
    return claim_page(request, claim)


@require_http_methods(["GET", "POST"])
@domain_errors("home")
def photo_claim_withdraw(request: AuthedRequest, claim_id: int) -> HttpResponse:
    """Ask before it is taken back, then take it back."""
    claim = get_object_or_404(photo_claims_of(request.user), pk=claim_id)
    if request.method == "POST":
        withdraw_photo_claim(claim=claim, actor=request.user, now=timezone.now())
        messages.success(request, "已撤回认领。")
        return redirect("photo_way", claim.record_id)
    return render(request, "imaging/photo_claim_withdraw.html", {"claim": claim})


def _record(request: AuthedRequest, record_id: int) -> StudentRecord:
    return get_object_or_404(records_of(request.user), pk=record_id)


def _named(request: AuthedRequest, token: str) -> tuple[StudentRecord, int]:
    named = found_entry(token, viewer=request.user)
    if named is None:
        raise Http404
    record_id, entry_id = named
    return _record(request, record_id), entry_id


def _back(request: AuthedRequest, record: StudentRecord, error: DomainError) -> HttpResponse:
    messages.error(request, str(error))
    return redirect("imaging:find_photo", record.pk)
