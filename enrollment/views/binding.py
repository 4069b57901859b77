"""Binding one's records: one fact, one answer."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.identity import canonical_number
from accounts.selectors import declared_number_of, identity_of
from common.http import AuthedRequest, client_address, domain_errors
from common.masking import MaskKind, mask
from common.ratelimit import TooManyError
from enrollment.forms import BindingForm
from enrollment.policies import check_can_bind
from enrollment.selectors import is_bound, records_of
from enrollment.services.binding import bind_records


@require_http_methods(["GET", "POST"])
@domain_errors("home")
def bind(request: AuthedRequest) -> HttpResponse:
    """Ask for the fact; bound records are shown, anything else gets one answer with three causes."""
    now = timezone.now()
    check_can_bind(request.user, now=now)
    identity = identity_of(request.user)
    if identity is None:
        return redirect("enrollment:identity_declare")
    number = declared_number_of(identity)
    form = BindingForm(request.POST if request.method == "POST" else None)
    context = {
        "form": form,
        "identity": identity,
        "number": mask(canonical_number(number.number), MaskKind.DOCUMENT_NO) if number else "",
        "id_type": number.get_id_type_display() if number else "",
        "was_refused": False,
        "records": list(records_of(request.user)),
    }
    if request.method == "POST" and form.is_valid():
        fact = form.cleaned_data.get("fact", "")
        try:
            bound = bind_records(
                identity=identity,
                fact=fact,
                actor=request.user,
                now=now,
                address=client_address(request),
            )
        except TooManyError as error:
            context["limit"] = str(error)
            return render(request, "enrollment/record_bind.html", context, status=429)
        if bound or is_bound(request.user):  # the second click of two finds the first's records
            return redirect("enrollment:record_bind")
        context["was_refused"] = True
    return render(request, "enrollment/record_bind.html", context)
