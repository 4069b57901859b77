"""Whoever logs in during the cooling-off has changed their mind."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services.closing import cancel_closing

__all__ = ["stay"]


def stay(request: HttpRequest | None, user: User, **_: Any) -> None:
    """Take the wish to close back, and say so."""
    if cancel_closing(user=user, actor=user, now=timezone.now(), reason="登录") and request:
        messages.success(
            request, "你登录了，账号不再注销。还要注销的，重新申请。", fail_silently=True
        )


user_logged_in.connect(stay, dispatch_uid="accounts.stay")
