"""What stands before every page: replaced accounts, the second factor of staff, sessions in use."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import User
from accounts.selectors import has_second_factor
from xuexin.pages.context import standing
from xuexin.staff import must_have_second_factor

__all__ = ["LastSeenMiddleware", "ReplacedAccountMiddleware", "SecondFactorMiddleware"]

_PAGE = "enrollment:account_replaced"
# What such an account may still open.
_OPEN = frozenset({_PAGE, "account_logout", "accounts:privacy", "healthz", "readyz"})


# What a person needs to set the second factor up, and to leave.
_SETTING_UP = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "accounts:privacy",
        "accounts:second_factor",
        "healthz",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "readyz",
    }
)
_SEEN = "session_seen_at"
_SEEN_EVERY = timedelta(minutes=5)


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


class SecondFactorMiddleware:
    """Leads who must have a second factor and has none to setting it up; they reach nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing by itself: which page is asked for is known in `process_view`."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The page that leads to it, in place of any other."""
        if settings.STAFF_SECOND_FACTOR != "required" or not isinstance(request.user, User):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in _SETTING_UP:
            return None
        now = timezone.now()
        # What the page's frame asks anyway: of a student nothing more is asked.
        held = standing(request, now=now)
        if held is None or not held.is_staff:
            return None
        if not must_have_second_factor(request.user, now=now):
            return None
        return None if has_second_factor(request.user) else redirect("accounts:second_factor")


class LastSeenMiddleware:
    """Keeps the list of one's own sessions true, with one write in five minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Note that the session is in use."""
        if request.user.is_authenticated:
            now = timezone.now()
            seen = request.session.get(_SEEN)
            if seen is None or now.timestamp() - seen >= _SEEN_EVERY.total_seconds():
                request.session[_SEEN] = now.timestamp()
                UserSession.objects.filter(session_key=request.session.session_key).update(
                    last_seen_at=now
                )
        return self.get_response(request)
