"""Error pages: what happened and what to do next."""

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url

# What Django says when cookie and field both came and do not belong together.
_STALE_TOKEN = "CSRF token from POST incorrect."  # noqa: S105 -- a sentence


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came without its token: usually a page left open for too long.

    A stale form of the log-in page leads on instead of to an error. Whoever tapped twice is logged in by
    the first tap, which changed the token; whoever logged in or out elsewhere meanwhile gets a fresh form.
    """
    if reason == _STALE_TOKEN and request.path == resolve_url(settings.LOGIN_URL):
        target = get_next_redirect_url(request)
        if request.user.is_authenticated:
            # On a shared device the form may have been somebody else's.
            messages.info(request, "已经登录。如果这不是你的账号，先退出，再登录自己的。")
            return redirect(target or settings.LOGIN_REDIRECT_URL)
        messages.warning(request, "这一页放得太久了，刚才没有登录。请再填一次密码。")
        return redirect_to_login(target or resolve_url(settings.LOGIN_REDIRECT_URL))
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's signature
    """The page is not there, or not for this person: the same answer."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    return render(request, "500.html", status=500)
