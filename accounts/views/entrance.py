"""Pages of one's own account; allauth's views made whole by a transaction."""

import functools
from collections.abc import Callable
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.email_verification import send_verification_email_to_address
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.password_change import change_password, finalize_password_set
from allauth.account.internal.flows.signup import send_unknown_account_mail
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.models import EmailAddress
from allauth.account.utils import passthrough_next_redirect_url
from allauth.core.exceptions import RateLimited
from allauth.core.ratelimit import consume, respond_429
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.adapters import awaited_contacts
from accounts.forms import ResendActivationForm, SetPasswordForm, count_sms
from accounts.selectors import has_second_factor, identity_of, shown_numbers_of
from accounts.states import NOTICE_VERSIONS
from common.http import AuthedRequest, client_address
from common.masking import MaskKind, mask
from common.ratelimit import Limit, TooManyError, hit

View = Callable[..., HttpResponseBase]

# The minute between two mails is allauth's; these keep a stranger from filling other people's mailboxes.
ACTIVATIONS_PER_CONTACT = Limit("activation-contact", 10, 3600)
ACTIVATIONS_PER_ADDRESS = Limit("activation-address", 120, 60)

_CODE_METHODS = frozenset({"code"})
_FRESH_SECONDS = 15 * 60


def limited(view: View) -> View:
    """allauth's view where a limit that is reached inside becomes a message, not a server error."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if request.POST.get("action") == "resend":
                for contact in awaited_contacts(request):
                    count_sms(contact)
            return view(request, *args, **kwargs)
        except ValidationError as error:
            messages.warning(request, error.message)
            return redirect(request.path)
        except RateLimited:
            stage = get_pending_stage(request)
            if stage is None or not stage.urlname:
                response: HttpResponse = respond_429(request)
                return response
            messages.warning(request, "刚发过一次，过半分钟再点。")
            return redirect(stage.urlname)

    return wrapped


def whole(view: View) -> View:
    """allauth's view with its writes in one transaction, and no surprise for the second click.

    A race for one e-mail or phone is run again and then finds the winner.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        except IntegrityError:
            request.lost_race = True  # type: ignore[attr-defined]  # read by GuardedForm
            with transaction.atomic():
                return view(request, *args, **kwargs)

    return limited(wrapped)


signup = whole(allauth_views.signup)
confirm_email = whole(allauth_views.confirm_email)
verify_phone = whole(allauth_views.verify_phone)
change_phone = whole(allauth_views.change_phone)
email = whole(allauth_views.email)
password_change = whole(allauth_views.password_change)
password_set = whole(allauth_views.password_set)
request_login_code = whole(allauth_views.request_login_code)
_confirm_login_code = whole(allauth_views.confirm_login_code)
login = limited(allauth_views.login)


@login_not_required
def confirm_login_code(request: HttpRequest) -> HttpResponseBase:
    """The code; "send again" for a phone that nobody has, on which allauth breaks, looks like any other."""
    stage = get_pending_stage(request)
    if request.POST.get("action") == "resend" and stage is not None:
        process = LoginCodeVerificationProcess(stage)
        is_nobodys = process.user is None and process.state.get("phone")
        if is_nobodys and process.is_valid() and process.can_resend:
            return _pretend_to_resend(request, process)
    return _confirm_login_code(request)


@limited
def _pretend_to_resend(
    request: HttpRequest, process: LoginCodeVerificationProcess
) -> HttpResponseBase:
    phone = process.state["phone"]
    process.add_sent_message({"recipient": phone, "phone": phone})
    process.record_resend()
    process.persist()
    path = reverse("account_confirm_login_code")
    return redirect(passthrough_next_redirect_url(request, path, REDIRECT_FIELD_NAME))


@login_not_required
@require_http_methods(["GET", "POST"])
def activation_resend(request: HttpRequest) -> HttpResponse:
    """Send the activation link once more; the answer is the same for every address."""
    initial = {"email": request.session.get("activation_email", "")}
    form = ResendActivationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"].lower()
        now = timezone.now()
        try:
            hit(ACTIVATIONS_PER_ADDRESS, client_address(request), now=now)
            hit(ACTIVATIONS_PER_CONTACT, address, now=now)
        except TooManyError as error:
            form.add_error(None, str(error))
            context = {"form": form}
            return render(request, "accounts/activation_resend.html", context, status=429)
        with transaction.atomic():
            _send_again(request, address)
        request.session["activation_email"] = address
        messages.info(request, "如果这个邮箱正在等激活，新的激活信已经发出。一分钟内只发一封。")
        return redirect("account_email_verification_sent")
    return render(request, "accounts/activation_resend.html", {"form": form})


def _send_again(request: HttpRequest, address: str) -> None:
    waiting = EmailAddress.objects.filter(email=address, verified=False).order_by("-pk").first()
    if waiting is not None:
        send_verification_email_to_address(request, waiting, signup=True)
    elif consume(request, action="confirm_email", key=address):
        send_unknown_account_mail(request, address)


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is processed, why, how long, who sees it."""
    context = {
        "notice": NOTICE_VERSIONS[-1],
        "versions": NOTICE_VERSIONS[::-1],
        "days": settings.RETAIN_DAYS,
    }
    return render(request, "accounts/privacy.html", context)


@require_safe
def overview(request: AuthedRequest) -> HttpResponse:
    """One's own account: ways to log in, declared identity, devices."""
    identity = identity_of(request.user)
    context = {
        "identity": identity,
        "numbers": shown_numbers_of(identity) if identity else [],
        "phone": mask(request.user.phone or "", MaskKind.PHONE),
        "email": EmailAddress.objects.get_primary_email(request.user),
        "has_mfa": has_second_factor(request.user),
        "may_renew": _came_by_code(request),
    }
    return render(request, "accounts/overview.html", context)


def _came_by_code(request: AuthedRequest) -> bool:
    """Whether the person logged in by a code a short while ago."""
    records = get_authentication_records(request, request.user)
    now = timezone.now().timestamp()
    return any(
        record["method"] in _CODE_METHODS and now - record["at"] < _FRESH_SECONDS
        for record in records
    )


@require_http_methods(["GET", "POST"])
def password_renew(request: AuthedRequest) -> HttpResponseBase:
    """A new password without the old one, right after a login by code: the way for phone users."""
    if not _came_by_code(request):
        return redirect("account_change_password")
    form = SetPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            change_password(request.user, form.cleaned_data["password1"])
            finalize_password_set(request, request.user)
        return redirect("accounts:overview")
    return render(request, "accounts/password_renew.html", {"form": form})


@login_not_required
def admin_login(request: HttpRequest) -> HttpResponseBase:
    """Django admin's own login page is never shown: staff come through the one entrance.

    Who is logged in without an office-wide role sees that there is nothing here.
    """
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect_to_login(target)
    if not request.user.is_staff:
        raise Http404
    return redirect(target)
