"""Asking once more when the privacy notice has changed; nothing waits for the answer."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.adapters.consent import mark_asked
from accounts.forms.consent import ConsentForm
from accounts.policies import consent_is_due, needs_guardian
from accounts.services.consent import give_consent
from accounts.states import NOTICE_VERSIONS
from common.http import AuthedRequest, domain_errors


@require_http_methods(["GET", "POST"])
@domain_errors("accounts:consent")
def consent(request: AuthedRequest) -> HttpResponseBase:
    """What changed, and two ways on: agree, or later. Duties towards the register wait for neither."""
    now = timezone.now()
    mark_asked(request)
    if request.method == "POST" and "later" in request.POST:
        return _onward(request)
    is_minor = needs_guardian(request.user, now=now)
    form = ConsentForm(request.POST if request.method == "POST" else None, needs_guardian=is_minor)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data.get("guardian_name", "")
        give_consent(user=request.user, guardian_name=name, now=now)
        messages.success(request, "已记下你的同意。")
        return _onward(request)
    known = [each.version for each in NOTICE_VERSIONS]
    agreed = request.user.consent_version
    since = known.index(agreed) + 1 if agreed in known else 0
    context = {
        "form": form,
        "is_minor": is_minor,
        "is_due": consent_is_due(request.user, now=now),
        "changes": NOTICE_VERSIONS[since:],
        "notice": NOTICE_VERSIONS[-1],
        "next": request.GET.get("next") or request.POST.get("next") or "",
    }
    return render(request, "accounts/consent.html", context)


def _onward(request: AuthedRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    ):
        target = "home"
    return redirect(target)
