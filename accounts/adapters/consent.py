"""Leads people once a session to the changed privacy notice."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from accounts.states import CONSENT_VERSION

__all__ = ["ConsentMiddleware", "mark_asked"]

_ASKED: Final = "consent_asked"
# The pages on which people arrive; nobody is led away from the middle of something.
_ARRIVALS: Final = frozenset({"home", "record", "notices", "imaging:verify", "corrections:board"})


def mark_asked(request: HttpRequest) -> None:
    """Remember that this session has been asked: it is not asked again, whatever the answer."""
    request.session[_ASKED] = CONSENT_VERSION


class ConsentMiddleware:
    """Who agreed to an older notice is shown the new one at the next page of arrival.

    Reads nothing from the database, and blocks nothing: the page has a way on without agreeing,
    and every address stays open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Redirect to the notice, or let the page come."""
        match = request.resolver_match
        if request.method != "GET" or match is None or match.view_name not in _ARRIVALS:
            return None
        user = getattr(request, "user", None)
        if not isinstance(user, User) and not getattr(user, "is_authenticated", False):
            return None
        agreed = getattr(user, "consent_version", "")
        if not agreed or agreed == CONSENT_VERSION:
            return None
        if request.session.get(_ASKED) == CONSENT_VERSION:
            return None
        query = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('accounts:consent')}?{query}")
