"""自己交照片: take or choose one, see it measured, hand it to the school, take it back."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import files
from common.errors import InvalidInputError, NotAllowedError
from common.http import AuthedRequest, domain_errors
from common.ratelimit import Limit, TooManyError, hit
from common.uploads import uploads_in_memory
from enrollment.models import StudentRecord
from enrollment.selectors import records_of
from imaging.forms import OwnPhotoForm
from imaging.models import OwnPhoto
from imaging.selectors.capture_plan import CapturePlan, plan_of
from imaging.selectors.own_photo import OwnStanding, own_photos_of, own_standing
from imaging.services.own_photos import discard_own, measure_own, send_own, withdraw_own
from imaging.states.own_photo import PhotoChannel
from imaging.views.own_pages import own_page

PICTURES: Final = Limit("own-photo-picture", 240, 3600)
_MOST_BYTES: Final = 5 * 1024 * 1024
# Only here the browser may ask for the camera; everywhere else the site has none.
_CAMERA: Final = "camera=(self), microphone=(), geolocation=()"


@uploads_in_memory(_MOST_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@domain_errors("imaging:capture")
def own_photo(request: AuthedRequest, record_id: int) -> HttpResponseBase:
    """The page of one record; a POST measures a photo and keeps it as a draft."""
    now = timezone.now()
    record = get_object_or_404(records_of(request.user), pk=record_id)
    standing = own_standing(_plan(record), request.user)
    if not standing.offered and not standing.is_touched:
        messages.info(request, "这次不收自己交的照片，请按安排到现场拍。")
        return redirect("imaging:capture_record", record_id)
    forms = _forms(standing)
    status = 200
    if request.method == "POST":
        form = _bound(request, standing)
        try:
            if form.is_valid():
                measure_own(
                    record=record,
                    channel=PhotoChannel(form.cleaned_data["channel"]),
                    data=form.cleaned_data["picture"].read(),
                    actor=request.user,
                    now=now,
                )
                return redirect("imaging:own_photo", record_id)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        except TooManyError as error:
            form.add_error(None, f"{error}。照片没有读取。")
            status = 429
        forms = {**forms, PhotoChannel(form.initial["channel"]): form}
    response = render(
        request, "imaging/own_photo.html", own_page(standing, forms, request.user), status=status
    )
    response["Permissions-Policy"] = _CAMERA
    return response


@require_POST
@domain_errors("imaging:capture")
def own_photo_send(request: AuthedRequest, own_id: int) -> HttpResponse:
    """Hand the draft to the school."""
    photo = _own(request, own_id)
    send_own(photo=photo, actor=request.user, now=timezone.now())
    messages.success(request, "已交给学校，等老师看。看完会发消息给你。")
    return redirect("imaging:own_photo", photo.member.record_id)


@require_POST
@domain_errors("imaging:capture")
def own_photo_discard(request: AuthedRequest, own_id: int) -> HttpResponse:
    """Not this one."""
    photo = _own(request, own_id)
    discard_own(photo=photo, actor=request.user, now=timezone.now())
    messages.success(request, "这张不用了，会清掉，不算一次。")
    return redirect("imaging:own_photo", photo.member.record_id)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:capture")
def own_photo_withdraw(request: AuthedRequest, own_id: int) -> HttpResponse:
    """Ask before a waiting photo is taken back, then take it back."""
    photo = _own(request, own_id)
    if request.method == "POST":
        withdraw_own(photo=photo, actor=request.user, now=timezone.now())
        messages.success(request, "已撤回，老师不会再看这张照片。")
        return redirect("imaging:own_photo", photo.member.record_id)
    standing = own_standing(_plan(photo.member.record), request.user)
    context = {"photo": photo, "left": standing.left}
    return render(request, "imaging/own_photo_withdraw.html", context)


@require_safe
def own_photo_file(request: AuthedRequest, own_id: int) -> HttpResponseBase:
    """The cut photo as it would be registered, to the student who sent it."""
    photo = _own(request, own_id)
    try:
        hit(PICTURES, str(request.user.pk), now=timezone.now())
    except TooManyError:
        return HttpResponse(status=429)
    if photo.published.purged_at is not None:
        raise Http404
    return files.stream(photo.published, shown_as="自己交的照片.jpg")


def _own(request: AuthedRequest, own_id: int) -> OwnPhoto:
    return get_object_or_404(own_photos_of(request.user), pk=own_id)


def _plan(record: StudentRecord) -> CapturePlan:
    plan = plan_of(record, now=timezone.now())
    if plan is None:
        raise NotAllowedError("现在不用拍照。")
    return plan


def _forms(standing: OwnStanding) -> dict[PhotoChannel, OwnPhotoForm]:
    return {channel: OwnPhotoForm(channel=channel) for channel in standing.offered}


def _bound(request: AuthedRequest, standing: OwnStanding) -> OwnPhotoForm:
    """The form of the channel that was used; one that is not offered is refused by the service."""
    wanted: Any = request.POST.get("channel", "")
    known = PhotoChannel(wanted) if wanted in standing.offered else PhotoChannel.CAMERA
    return OwnPhotoForm(request.POST, request.FILES, channel=known)
