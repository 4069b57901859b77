"""Declaring who one is: a form, a page that repeats it, then frozen."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.identity import DocumentType, birth_date_of, canonical_number, sex_of
from accounts.policies import needs_guardian
from accounts.selectors import identity_of
from accounts.services import declare_identity
from common.http import AuthedRequest, client_address, domain_errors
from common.ratelimit import Limit, hit
from enrollment.forms import IdentityForm
from enrollment.policies import check_can_bind
from enrollment.selectors import next_step_of

# Few correct themselves often; a class in one computer room shares an address.
DRAFTS_PER_ACCOUNT = Limit("declare-account", 20, 3600)
DRAFTS_PER_ADDRESS = Limit("declare-address", 300, 3600)

_DRAFT = "identity_draft"


@require_http_methods(["GET", "POST"])
@domain_errors("home")
def declare(request: AuthedRequest) -> HttpResponse:
    """The form; what was typed waits in the session (which is encrypted) for the confirmation."""
    check_can_bind(request.user, now=timezone.now())
    if identity_of(request.user) is not None:
        return _next(request)
    draft = request.session.get(_DRAFT)
    form = IdentityForm(request.POST or None, initial=draft)
    if request.method == "POST" and form.is_valid():
        hit(DRAFTS_PER_ACCOUNT, str(request.user.pk), now=timezone.now())
        hit(DRAFTS_PER_ADDRESS, client_address(request), now=timezone.now())
        request.session[_DRAFT] = form.cleaned_data
        return redirect("enrollment:identity_confirm")
    return render(request, "enrollment/identity_declare.html", {"form": form})


@require_http_methods(["GET", "POST"])
@domain_errors("enrollment:identity_declare")
def confirm(request: AuthedRequest) -> HttpResponseBase:
    """Everything once more in full, then the one act that cannot be taken back."""
    draft = request.session.get(_DRAFT)
    if draft is None or identity_of(request.user) is not None:
        request.session.pop(_DRAFT, None)
        return redirect("enrollment:identity_declare")
    kind = DocumentType(draft["id_type"])
    if request.method == "POST":
        check_can_bind(request.user, now=timezone.now())
        declare_identity(
            user=request.user,
            name=draft["name"],
            id_type=kind,
            number=draft["number"],
            now=timezone.now(),
        )
        del request.session[_DRAFT]
        if needs_guardian(request.user, now=timezone.now()):
            return redirect("accounts:consent")
        return _next(request)
    canonical = canonical_number(draft["number"], kind)
    context = {
        "name": draft["name"],
        "id_type": kind.label,
        "number": canonical,
        "sex": sex_of(canonical, kind),
        "birth_date": birth_date_of(canonical, kind),
    }
    return render(request, "enrollment/identity_confirm.html", context)


def _next(request: AuthedRequest) -> HttpResponse:
    return redirect(next_step_of(request.user, now=timezone.now()).value)
