"""One's own log-ins: where one is logged in, the history, and the way out of somebody else's."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import logins_of
from accounts.services.sessions import (
    disown_login,
    disowned_event,
    end_other_sessions,
    end_session,
)
from common.errors import InvalidInputError
from common.http import AuthedRequest, client_address
from common.origin import coarse_network, device_label, network_label
from common.ratelimit import Limit, TooManyError, hit

_SHOWN = 50
DISOWNS_PER_ADDRESS = Limit("not-me-address", 60, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSession:
    """A live session in plain words."""

    pk: int
    device: str
    network: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


def _shown(row: UserSession, *, current_key: str | None) -> ShownSession:
    return ShownSession(
        pk=row.pk,
        device=device_label(row.user_agent),
        network=network_label(coarse_network(row.ip)),
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        is_current=row.session_key == current_key,
    )


@require_http_methods(["GET", "POST"])
def sessions(request: AuthedRequest) -> HttpResponse:
    """Where one is logged in, and one's log-ins of half a year; a POST ends the other sessions."""
    current_key = request.session.session_key
    if request.method == "POST":
        count = end_other_sessions(
            user=request.user, current_key=current_key or "", now=timezone.now()
        )
        messages.success(
            request, f"其他 {count} 处登录都已退出。" if count else "没有别的设备登录着。"
        )
        return redirect("usersessions_list")
    rows = UserSession.objects.purge_and_list(request.user)
    shown = [_shown(row, current_key=current_key) for row in rows]
    shown.sort(key=lambda one: (one.is_current, one.last_seen_at), reverse=True)
    history = logins_of(request.user)
    context = {
        "sessions": shown,
        "has_others": any(not one.is_current for one in shown),
        "history": history[:_SHOWN],
        "kept_days": settings.RETAIN_DAYS["login"],
    }
    return render(request, "accounts/sessions.html", context)


@require_POST
def session_end(request: AuthedRequest, session_id: int) -> HttpResponse:
    """End one of one's own sessions; the one at hand ends by logging out."""
    row = UserSession.objects.filter(user=request.user, pk=session_id).first()
    if row is None:
        raise Http404
    if row.session_key == request.session.session_key:
        return redirect("account_logout")
    if not end_session(user=request.user, session_id=session_id, now=timezone.now()):
        raise Http404
    messages.success(request, "那台设备已退出。不认得的设备，再把密码也改掉。")
    return redirect("usersessions_list")


@login_not_required
@require_http_methods(["GET", "POST"])
def not_me(request: HttpRequest, token: str) -> HttpResponse:
    """From the mail about a new device: what happens, then a POST ends it all and asks for a password.

    Only the POST acts: mail programs open links by themselves.
    """
    now = timezone.now()
    try:
        hit(DISOWNS_PER_ADDRESS, client_address(request), now=now)
        event = disowned_event(token=token)
    except TooManyError as error:
        return render(request, "accounts/not_me.html", {"problem": str(error)}, status=429)
    except InvalidInputError as error:
        return render(request, "accounts/not_me.html", {"problem": str(error)}, status=404)
    is_done = event.disowned_at is not None
    if request.method == "POST":
        is_done = disown_login(event=event, now=now) or is_done
        if request.user == event.user:
            get_adapter().logout(request)
    context = {"event": event, "is_done": is_done, "has_email": bool(event.user.email)}
    return render(request, "accounts/not_me.html", context)
