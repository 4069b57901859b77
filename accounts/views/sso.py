"""The campus log-in: away to the provider, back again, and the page of the link."""

import functools
import logging
from collections.abc import Callable
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.internal.flows.connect import disconnect
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from accounts.adapters.sso import PROVIDER_ID, CampusCallback, CampusClient
from accounts.policies import campus_login
from common.http import AuthedRequest, client_address
from common.ratelimit import Limit, TooManyError, hit

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]

STARTS_PER_ADDRESS = Limit("sso-address", 240, 60)

# What a provider that does not speak OpenID Connect makes of allauth's code.
_BROKEN = (RequestException, OAuth2Error, KeyError, TypeError, ValueError)


def _switched_on(view: View) -> View:
    """404 unless the settings name a provider; whatever breaks on the way becomes one page."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.SINGLE_SIGN_ON is None:
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except ImmediateHttpResponse as stop:
            response: HttpResponse = stop.response
            return response
        except _BROKEN as error:
            logger.warning("campus log-in: %s: %s", type(error).__name__, error)
            return _stopped(request, "failed", status=502)

    return wrapped


def _stopped(request: HttpRequest, reason: str, *, status: int) -> HttpResponse:
    context = {"reason": reason, "sso_name": campus_login().name}
    return render(request, "accounts/sso_stopped.html", context, status=status)


def _leave(request: HttpRequest, process: str) -> HttpResponse:
    """A page that leads to the provider.

    No redirect: the answer to a form may only lead where `form-action` allows, and the provider may
    send people on to any host of the school.
    """
    try:
        hit(STARTS_PER_ADDRESS, client_address(request), now=timezone.now())
    except TooManyError as error:
        messages.warning(request, str(error))
        return redirect("account_login")
    provider = get_social_adapter().get_provider(request, PROVIDER_ID)
    away = provider.redirect(request, process, get_next_redirect_url(request))
    context = {"url": away["Location"], "sso_name": campus_login().name}
    return render(request, "accounts/sso_leave.html", context)


@login_not_required
@_switched_on
@require_POST
def login(request: HttpRequest) -> HttpResponse:
    """Log in at the provider."""
    return _leave(request, AuthProcess.LOGIN)


@login_not_required
@_switched_on
@require_safe
def callback(request: HttpRequest) -> HttpResponseBase:
    """Back from the provider."""
    view = CampusCallback.adapter_view(CampusClient(request))
    response: HttpResponseBase = view(request)
    return response


@_switched_on
@reauthentication_required(app="allauth.socialaccount")  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "POST"])
def links(request: AuthedRequest) -> HttpResponse:
    """Whether a campus account is linked; a POST links one or takes the link away."""
    linked = SocialAccount.objects.filter(user=request.user).first()
    if request.method == "POST" and request.POST.get("act") == "unlink":
        if linked is not None:
            with transaction.atomic():
                disconnect(request, linked)
        return redirect("sso_links")
    if request.method == "POST":
        return _leave(request, AuthProcess.CONNECT)
    context = {"linked": linked, "sso_name": campus_login().name}
    return render(request, "accounts/sso_links.html", context)
