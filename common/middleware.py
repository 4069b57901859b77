"""Idle time-out, the headers of personal pages, and what no page may ask a browser for."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

GetResponse = Callable[[HttpRequest], HttpResponse]

_SEEN = "seen_at"


class IdleTimeoutMiddleware:
    """Ends a session without "remember this device" after SESSION_IDLE_MINUTES without a request.

    The moment of the last request is written at most once per tenth of that time, so that reading
    pages does not write the session at every click.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Log out when idle for too long, else remember the moment now and then."""
        if request.user.is_authenticated and request.session.get_expire_at_browser_close():
            now = timezone.now().timestamp()
            limit = timedelta(minutes=settings.SESSION_IDLE_MINUTES).total_seconds()
            seen = request.session.get(_SEEN)
            if seen is not None and now - seen >= limit:
                logout(request)
                request.session.flush()
                request.idle_logged_out = True  # type: ignore[attr-defined]
            elif seen is None or now - seen >= limit / 10:
                request.session[_SEEN] = now
        return self.get_response(request)


class PrivatePagesMiddleware:
    """Pages of a logged-in person are never kept by a cache, so the back button shows nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add `no-store` to every answer given to a logged-in person, and to every form."""
        if getattr(request, "idle_logged_out", False):
            messages.info(request, "太久没有操作，为安全起见已退出，请重新登录")
        response = self.get_response(request)
        personal = hasattr(request, "user") and request.user.is_authenticated
        if personal or request.method == "POST" or response.cookies:
            response["Cache-Control"] = "no-store, private"
        return response


class PermissionsPolicyMiddleware:
    """No page may ask for the camera, the microphone or the place, except one that says so itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header where the view has set none."""
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response
