"""One thing more for who came by SMS with a phone that may have changed hands."""

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.adapters.entry import PhoneDoubtStage, origin_of
from accounts.forms import RESET_KEY, PhoneDoubtForm
from accounts.models import User
from accounts.policies import is_phone_doubtful
from accounts.selectors import has_second_factor
from accounts.services.doubt import settle_phone_doubt
from accounts.services.sessions import record_refusal
from accounts.states import LoginWay
from common.errors import InvalidInputError
from common.ratelimit import TooManyError

_SETTLED = "phone_settled"


def _asked(request: HttpRequest, user: User) -> HttpResponse | None:
    """The page, or None once the number was right."""
    form = PhoneDoubtForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            settle_phone_doubt(user=user, number=form.cleaned_data["number"], now=now)
        except InvalidInputError as error:
            record_refusal(user=user, way=LoginWay.CODE, origin=origin_of(request), now=now)
            form.add_error(error.field, str(error))
        except TooManyError as error:
            form.add_error(None, str(error))
            status = 429
        else:
            return None
    return render(request, "accounts/phone_doubt.html", {"form": form}, status=status)


@login_stage_required(stage=PhoneDoubtStage.key, redirect_urlname="account_login")  # type: ignore[untyped-decorator]
@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def phone_doubt(request: HttpRequest) -> HttpResponseBase:
    """Between the code and being logged in."""
    stage: PhoneDoubtStage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 -- allauth's way
    response: HttpResponseBase = _asked(request, stage.login.user) or stage.exit()
    return response


@login_not_required
@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "POST"])
def phone_doubt_reset(request: HttpRequest) -> HttpResponseBase:
    """Between the code and the new password."""
    user = doubtful_reset(request)
    if user is not None:
        page = _asked(request, user)
        if page is not None:
            return page
        request.session[RESET_KEY] = {**request.session[RESET_KEY], _SETTLED: True}
    return redirect("account_complete_password_reset")


def doubtful_reset(request: HttpRequest) -> User | None:
    """Whose new password waits for one thing more: the code came by SMS to a phone that may have changed hands."""
    state = request.session.get(RESET_KEY, {})
    if not state.get("code_confirmed") or not state.get("phone") or state.get(_SETTLED):
        return None
    process = PasswordResetVerificationProcess.resume(request)
    user: User | None = process.user if process else None
    if user is None or has_second_factor(user):
        return None
    return user if is_phone_doubtful(user, now=timezone.now()) else None
