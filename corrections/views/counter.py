"""柜台: find the person, see what is open, confirm in person, print a receipt for both."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now as clock
from django.views.decorators.http import require_http_methods, require_safe

from common.errors import InvalidInputError
from common.files import send_bytes
from common.http import AuthedRequest, domain_errors
from common.policy import allowed
from corrections.forms.counter import CounterConfirmForm, CounterFindForm
from corrections.policies.counter import check_can_serve
from corrections.selectors.counter import CounterPerson, counter_person, visits_visible_to
from corrections.services.counter import (
    confirm_in_person,
    counter_receipt,
    find_at_counter,
    note_look,
)
from corrections.states.counter import ShownDocument
from enrollment.models import StudentRecord
from enrollment.views.guards import registrar_required
from imaging.states import Conclusion

_OPEN_TO = ["GET", "HEAD", "POST"]


@registrar_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:counter")
def counter(request: AuthedRequest) -> HttpResponse:
    """Find somebody; the number is sent in the body, never in an address."""
    form = CounterFindForm(request.POST if request.method == "POST" else None)
    found: list[StudentRecord] = []
    if request.method == "POST" and form.is_valid():
        now = clock()
        try:
            found = find_at_counter(typed=form.cleaned_data["number"], actor=request.user, now=now)
        except InvalidInputError as error:
            form.add_error("number", str(error))
        else:
            if len(found) == 1:
                return redirect("corrections:counter_person", found[0].pk)
            if not found:
                form.add_error(
                    "number",
                    "没有这个号码的学籍。请看有没有刷错、打错；确实没有的，请本人办“学籍认领”。",
                )
    return render(request, "corrections/counter.html", {"form": form, "found": found})


@registrar_required
@require_http_methods(_OPEN_TO)
@domain_errors("corrections:counter")
def counter_page(request: AuthedRequest, record_id: int) -> HttpResponse:
    """One person: what is compared, what stands, what is open, and the confirmation."""
    record = get_object_or_404(
        StudentRecord.objects.select_related("school"),
        pk=record_id,
        hidden_at=None,
        duplicate_of=None,
    )
    form = CounterConfirmForm(request.POST if request.method == "POST" else None)
    now = clock()
    if request.method == "POST" and form.is_valid():
        visit = confirm_in_person(
            record=record,
            document=ShownDocument(form.cleaned_data["document"]),
            is_same=form.cleaned_data["is_same"],
            note=form.cleaned_data["note"],
            actor=request.user,
            now=now,
        )
        messages.success(request, f"已记下本人到场，编号 {visit.number}。请打印回执，双方签名。")
        return redirect("corrections:counter_person", record_id)
    note_look(record=record, actor=request.user, now=now)
    person = counter_person(record, now=now)
    return render(request, "corrections/counter_person.html", _shown(request, person, form))


@require_safe
@domain_errors("home")
def counter_receipt_pdf(request: AuthedRequest, visit_id: int) -> HttpResponse:
    """The receipt, to the registrar and to its student."""
    visit = get_object_or_404(visits_visible_to(request.user), pk=visit_id)
    data = counter_receipt(visit=visit, actor=request.user, now=clock())
    return send_bytes(
        data, content_type="application/pdf", download_name=f"柜台核对回执-{visit.number}.pdf"
    )


def _shown(
    request: AuthedRequest, person: CounterPerson, form: CounterConfirmForm
) -> dict[str, Any]:
    found = person.verification
    return {
        "person": person,
        "form": form,
        "may_confirm": allowed(check_can_serve, request.user, person.record),
        "cases": [
            (case, reverse(f"admin:{case.model}_change", args=[case.pk])) for case in person.cases
        ],
        "proxy_url": reverse("imaging:proxy_entry", args=[found.member.pk])
        if found and any(part.state == Conclusion.PENDING for part in found.parts)
        else "",
        "visits": visits_visible_to(request.user)
        .filter(record=person.record)
        .defer("content", "note")
        .order_by("-confirmed_at")[:5],
    }
