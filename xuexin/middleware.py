"""A replaced account reads that it is replaced, and does nothing else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts.models import User

__all__ = ["ReplacedAccountMiddleware"]

_PAGE = "enrollment:account_replaced"
# What such an account may still open.
_OPEN = frozenset({_PAGE, "account_logout", "accounts:privacy", "healthz", "readyz"})


class ReplacedAccountMiddleware:
    """Leads every request of a superseded account to the one page that explains it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The page instead of whatever was asked for; what was posted is not done."""
        user = request.user
        if not isinstance(user, User) or user.superseded_at is None:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in _OPEN:
            return None
        return redirect(_PAGE)
