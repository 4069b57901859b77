"""The link that a person gets after a visit at the counter, and the receipt of the visit."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import SetPasswordForm
from accounts.selectors import recoveries_visible_to, recovery_receipt, recovery_with
from accounts.services.counter import finish_recovery
from common.errors import StaleStateError
from common.http import AuthedRequest, client_address
from common.ratelimit import Limit, TooManyError, hit

LINKS_PER_ADDRESS = Limit("counter-link", 60, 600)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, token: str) -> HttpResponse:
    """A new password by the single-use link; used, unknown and late links look alike."""
    now = timezone.now()
    try:
        hit(LINKS_PER_ADDRESS, client_address(request), now=now)
    except TooManyError as error:
        return render(request, "accounts/counter_over.html", {"why": str(error)}, status=429)
    case = recovery_with(token, now=now)
    if case is None:
        return render(request, "accounts/counter_over.html", status=404)
    form = SetPasswordForm(case.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            finish_recovery(case=case, password=form.cleaned_data["password1"], now=now)
        except StaleStateError as error:
            return render(request, "accounts/counter_over.html", {"why": str(error)}, status=409)
        messages.success(request, "新的联系方式和密码已经生效，登录就行。")
        return redirect("account_login")
    return render(request, "accounts/counter_prove.html", {"form": form, "case": case})


@require_safe
def receipt(request: AuthedRequest, recovery_id: int) -> HttpResponse:
    """The receipt for the person and for the office, to be printed."""
    case = get_object_or_404(recoveries_visible_to(request.user), pk=recovery_id)
    context = {
        "title": "柜台找回账号回执",
        "rows": recovery_receipt(case),
        "now": timezone.now(),
    }
    return render(request, "receipt.html", context)
