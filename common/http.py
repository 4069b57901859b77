"""Requests whose user is known, domain errors as messages, guards made from one predicate."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, cast

from allauth.core.internal.ratelimit import get_ip
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from common.errors import DomainError

if TYPE_CHECKING:
    from accounts.models import User

P = ParamSpec("P")


class AuthedRequest(HttpRequest):
    """A request behind the login: `user` is never anonymous."""

    user: "User"


View = Callable[Concatenate[AuthedRequest, P], HttpResponseBase]
PlainView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def client_address(request: HttpRequest) -> str:
    """The address that limits are counted on: proxies trusted as set, IPv6 by its /64 network."""
    return str(get_ip(request))


def public_page(view: PlainView[P]) -> PlainView[P]:
    """Open without an account; answers carry `no-store` and `noindex`."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return login_not_required(wrapped)


def domain_errors(fallback: str) -> Callable[[View[P]], View[P]]:
    """Turn a DomainError of the view into a message and a redirect to where the form was.

    `fallback` is a URL name used when the page came from elsewhere.
    """

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def wrapped(
            request: AuthedRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except DomainError as error:
                messages.error(request, str(error))
                return redirect(_came_from(request) or resolve_url(fallback))

        return wrapped

    return decorate


def _came_from(request: HttpRequest) -> str | None:
    referer = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(
        referer, {request.get_host()}, require_https=request.is_secure()
    ):
        return cast("str", referer)
    return None


def guard(predicate: Callable[["User"], bool]) -> Callable[[View[P]], View[P]]:
    """A decorator that answers 404 to everybody the predicate does not let in."""

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def wrapped(
            request: AuthedRequest, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not predicate(request.user):
                raise Http404
            return view(request, *args, **kwargs)

        return wrapped

    return decorate
