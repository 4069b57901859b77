"""The ways back in for who lost password or login name."""

from allauth.account import views as allauth_views
from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import RESET_KEY, RecoverLoginForm
from accounts.services import tell_login_names
from accounts.views.doubt import doubtful_reset
from accounts.views.entrance import whole
from common.http import client_address
from common.ratelimit import TooManyError

password_reset = whole(allauth_views.password_reset)
_confirm = whole(allauth_views.confirm_password_reset_code)
_complete = whole(allauth_views.complete_password_reset)


@login_not_required
def confirm_password_reset(request: HttpRequest) -> HttpResponseBase:
    """The code; from the right one on the session has a new key, unknown to who planted the old one."""
    was_open = not request.session.get(RESET_KEY, {}).get("code_confirmed")
    response = _confirm(request)
    if was_open and request.session.get(RESET_KEY, {}).get("code_confirmed"):
        request.session.cycle_key()
    return response


@login_not_required
def complete_password_reset(request: HttpRequest) -> HttpResponseBase:
    """The new password; what was tried before with the phone is forgotten, as allauth does for mails."""
    if doubtful_reset(request) is not None:
        return redirect("accounts:phone_doubt_reset")
    phone = request.session.get(RESET_KEY, {}).get("phone")
    response = _complete(request)
    if phone and RESET_KEY not in request.session:
        get_adapter()._delete_login_attempts_cached_email(request, phone=phone)  # noqa: SLF001
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def recover_login(request: HttpRequest) -> HttpResponse:
    """Which e-mail or phone was it? By document number and name; one answer for everybody."""
    form = RecoverLoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            contacts = tell_login_names(
                name=form.cleaned_data["name"],
                number=form.cleaned_data["number"],
                address=client_address(request),
                now=timezone.now(),
            )
        except TooManyError as error:
            form.add_error(None, str(error))
            return render(request, "accounts/recover_login.html", {"form": form}, status=429)
        return render(request, "accounts/recover_login_sent.html", {"contacts": contacts})
    return render(request, "accounts/recover_login.html", {"form": form})
