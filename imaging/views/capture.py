"""去拍照: the student's page about being photographed, and what can be done there."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.http import AuthedRequest, domain_errors
from common.ratelimit import Limit, TooManyError, hit
from common.wording import moment_sentence
from enrollment.models import StudentRecord
from enrollment.selectors import records_of
from imaging.documents.ticket_image import ticket_png, ticket_svg
from imaging.forms import BookForm, LeaveForm
from imaging.models import CaptureTicket
from imaging.selectors.capture_plan import CapturePlan, capture_member_of, plan_of, ticket_of
from imaging.services.bookings import book_seat, give_back_seat, take_leave, withdraw_leave
from imaging.services.tickets import renew_ticket
from imaging.views.capture_pages import book_form, leave_form, plan_page

PICTURES = Limit("ticket-picture", 120, 3600)


@require_safe
def capture(request: AuthedRequest) -> HttpResponse:
    """To the record that is to be photographed, else home."""
    now = timezone.now()
    for record in records_of(request.user):
        if capture_member_of(record, now=now) is not None:
            return redirect("imaging:capture_record", record.pk)
    return _nothing(request)


@require_safe
def capture_record(request: AuthedRequest, record_id: int) -> HttpResponse:
    """When, where, with what; the ticket; make-up sessions."""
    now = timezone.now()
    record = _record(request, record_id)
    plan = plan_of(record, now=now)
    if plan is None:
        return _nothing(request)
    others = [
        each
        for each in records_of(request.user)
        if each == record or capture_member_of(each, now=now) is not None
    ]
    return plan_page(request, plan, others=others)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:capture")
def ticket_renew(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Ask, then give a new ticket in place of the old; the first one is given without asking."""
    now = timezone.now()
    plan = _plan(request, record_id)
    if request.method != "POST":
        return render(request, "imaging/ticket_renew.html", {"plan": plan, "record": plan.record})
    is_first = plan.ticket is None
    renew_ticket(member=plan.member, actor=request.user, now=now)
    said = (
        "采集号已经发给你。"
        if is_first
        else "采集号已经换了，原来的不能再用。手机里存的旧图片请删掉。"
    )
    messages.success(request, said)
    return redirect("imaging:capture_record", record_id)


@require_safe
@domain_errors("imaging:capture")
def ticket_qr(request: AuthedRequest, record_id: int) -> HttpResponseBase:
    """The ticket as a QR code for the page."""
    found = _ticket(request, record_id)
    if isinstance(found, HttpResponse):
        return found
    _, ticket = found
    response = HttpResponse(ticket_svg(ticket.code), content_type="image/svg+xml")
    return _sealed(response)


@require_safe
@domain_errors("imaging:capture")
def ticket_image(request: AuthedRequest, record_id: int) -> HttpResponseBase:
    """The ticket as a picture to keep: screenshots of codes come out too small."""
    found = _ticket(request, record_id)
    if isinstance(found, HttpResponse):
        return found
    record, ticket = found
    data = ticket_png(ticket.code, school=record.school.name, campaign=ticket.campaign.title)
    response = HttpResponse(data, content_type="image/png")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=f"采集号-{ticket.code}.png")
        or "attachment"
    )
    return _sealed(response)


@require_POST
@domain_errors("imaging:capture")
def capture_book(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Take a seat, or change to another one."""
    plan = _plan(request, record_id)
    form = book_form(plan, request.POST)
    if not form.is_valid():
        raise StaleStateError(_first_error(form))
    booking = book_seat(
        member=plan.member, session=form.chosen(), actor=request.user, now=timezone.now()
    )
    session = booking.session
    messages.success(
        request, f"约好了：{moment_sentence(session.starts_at)}，{session.place.name}。"
    )
    return redirect("imaging:capture_record", record_id)


@require_POST
@domain_errors("imaging:capture")
def capture_give_back(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Give the seat back."""
    plan = _plan(request, record_id)
    give_back_seat(member=plan.member, actor=request.user, now=timezone.now())
    messages.success(request, "已取消，名额让给别的同学了。记得另约一场。")
    return redirect("imaging:capture_record", record_id)


@require_http_methods(["GET", "POST"])
@domain_errors("imaging:capture")
def capture_leave(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Say that one cannot come to the class's session, and why."""
    plan = _plan(request, record_id)
    form = leave_form(plan, request.POST if request.method == "POST" else None)
    if form is None:
        messages.info(request, "现在没有可以请假的场次。")
        return redirect("imaging:capture_record", record_id)
    if request.method == "POST" and form.is_valid() and _left(request, plan, form):
        messages.success(request, "假已经请好。请在下面约一场补拍。")
        return redirect("imaging:capture_record", record_id)
    context = {"plan": plan, "record": plan.record, "form": form}
    return render(request, "imaging/capture_leave.html", context)


def _left(request: AuthedRequest, plan: CapturePlan, form: LeaveForm) -> bool:
    try:
        take_leave(
            member=plan.member,
            session=form.chosen(),
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except InvalidInputError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    return True


@require_POST
@domain_errors("imaging:capture")
def capture_come(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Take back the leave."""
    plan = _plan(request, record_id)
    wanted = request.POST.get("session", "")
    session = next((each for each in plan.coming if str(each.pk) == wanted), None)
    if session is None:
        raise StaleStateError("这一场已经结束，请约补拍。")
    withdraw_leave(member=plan.member, session=session, actor=request.user, now=timezone.now())
    messages.success(request, "请假已经撤回，按时来就行。")
    return redirect("imaging:capture_record", record_id)


def _record(request: AuthedRequest, record_id: int) -> StudentRecord:
    return get_object_or_404(records_of(request.user), pk=record_id)


def _plan(request: AuthedRequest, record_id: int) -> CapturePlan:
    plan = plan_of(_record(request, record_id), now=timezone.now())
    if plan is None:
        raise NotAllowedError("现在不用拍照。")
    return plan


def _ticket(
    request: AuthedRequest, record_id: int
) -> tuple[StudentRecord, CaptureTicket] | HttpResponse:
    """The record with its ticket; a picture has no page to say on that it is too many."""
    now = timezone.now()
    record = _record(request, record_id)
    try:
        hit(PICTURES, str(request.user.pk), now=now)
    except TooManyError:
        return HttpResponse(status=429)
    member = capture_member_of(record, now=now)
    ticket = ticket_of(member) if member is not None else None
    if ticket is None:
        raise NotAllowedError("你还没有采集号。")
    return record, ticket


def _sealed(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _first_error(form: BookForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)


def _nothing(request: AuthedRequest) -> HttpResponse:
    messages.info(request, "现在不用拍照。学校安排了，首页会告诉你。")
    return redirect("home")
