"""Pages open to anybody: never kept, never found by a search engine."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase

from common.http import client_address

P = ParamSpec("P")
PublicView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def public_page(view: PublicView[P]) -> PublicView[P]:
    """Open without an account; answers carry `no-store` and `noindex`."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return login_not_required(wrapped)


def address_of(request: HttpRequest) -> str:
    """Where the request comes from, behind as many proxies as the settings trust."""
    return client_address(request)
