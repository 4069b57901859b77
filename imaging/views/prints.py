"""洗印照片寄到哪里: fill in, read once more, send; change or take back until it has been handed over."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.identity.phone import national_digits
from common.components import FieldRow
from common.errors import NotAllowedError
from common.http import AuthedRequest, domain_errors
from enrollment.models import StudentRecord
from enrollment.selectors import records_of
from imaging.forms.prints import PrintAddressForm
from imaging.models import PrintAddress
from imaging.policies.prints import check_can_give_address
from imaging.selectors.capture_plan import plan_of
from imaging.selectors.print_addresses import PrintStanding, print_standing
from imaging.services.print_addresses import AddressTerms, give_address, withdraw_address


@require_http_methods(["GET", "HEAD", "POST"])
@domain_errors("imaging:capture")
def print_address(request: AuthedRequest, record_id: int) -> HttpResponse:
    """The form; a POST shows what was filled in, a second one with `sure` keeps it."""
    now = timezone.now()
    record = _record(request, record_id)
    standing = _standing(request, record)
    context: dict[str, Any] = {
        "standing": standing,
        "record": record,
        "retain_days": settings.RETAIN_DAYS["print_address"],
    }
    if request.method != "POST":
        if standing.given is None or standing.is_open:
            check_can_give_address(request.user, standing)
        context["form"] = PrintAddressForm(initial=_initial(request, standing))
        context["given_rows"] = _rows(standing.given, standing) if standing.given else []
        return render(request, "imaging/print_address.html", context)
    check_can_give_address(request.user, standing)
    form = PrintAddressForm(request.POST)
    if not form.is_valid() or "again" in request.POST:
        return render(request, "imaging/print_address.html", {**context, "form": form})
    if "sure" not in request.POST:
        context |= {
            "terms": form.terms,
            "phone": national_digits(form.terms.phone),
            "given_rows": _rows(form.terms, standing),
        }
        return render(request, "imaging/print_address_check.html", context)
    give_address(record=record, terms=form.terms, actor=request.user, now=now)
    messages.success(request, "地址已经存好。交给采集单位以前都能改，也能撤回。")
    return redirect("imaging:capture_record", record_id)


@require_POST
@domain_errors("imaging:capture")
def print_address_withdraw(request: AuthedRequest, record_id: int) -> HttpResponse:
    """Nothing is to be sent."""
    withdraw_address(record=_record(request, record_id), actor=request.user, now=timezone.now())
    messages.success(request, "地址已经撤回并删除，照片不会寄。")
    return redirect("imaging:capture_record", record_id)


def _record(request: AuthedRequest, record_id: int) -> StudentRecord:
    return get_object_or_404(records_of(request.user), pk=record_id)


def _standing(request: AuthedRequest, record: StudentRecord) -> PrintStanding:
    plan = plan_of(record, now=timezone.now())
    if plan is None:
        raise NotAllowedError("现在不用填邮寄地址。")
    return print_standing(plan, request.user)


def _initial(request: AuthedRequest, standing: PrintStanding) -> dict[str, str]:
    """What was given; else the own name and phone, which most people would type."""
    given = standing.given
    if given is not None:
        return {
            "receiver": given.receiver,
            "phone": national_digits(given.phone),
            "address": given.address,
        }
    phone = request.user.phone or ""
    return {"receiver": standing.plan.record.name, "phone": national_digits(phone)}


def _rows(terms: AddressTerms | PrintAddress, standing: PrintStanding) -> list[FieldRow]:
    """What goes to the capture unit, to be read by its owner in full."""
    return [
        FieldRow(label="收件人", value=terms.receiver),
        FieldRow(label="收件电话", value=national_digits(terms.phone)),
        FieldRow(label="收件地址", value=terms.address),
        FieldRow(label="学校代码", value=standing.plan.record.school.code),
        *([FieldRow(label="采集号", value=standing.ticket)] if standing.ticket else []),
    ]
