"""The contacts of one's own account: what there is, and taking one off."""

from collections.abc import Callable
from typing import Any, Protocol

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.selectors import proved_email
from common.http import AuthedRequest, domain_errors
from common.masking import MaskKind, mask
from common.models import Channel

_SCHOOL_MAIL = ".edu.cn"


View = Callable[[AuthedRequest], HttpResponseBase]


class _Removal(Protocol):
    def __call__(self, *, user: Any, now: Any) -> None: ...


@require_safe
def contacts(request: AuthedRequest) -> HttpResponse:
    """E-mail and phone, each to be added, changed or taken off."""
    email, phone = proved_email(request.user), request.user.contact_for(Channel.SMS)
    context = {
        "email": email,
        "phone": mask(phone or "", MaskKind.PHONE),
        "waiting": EmailAddress.objects.get_new(request.user),
        "may_remove": bool(email and phone),
        "is_school_mail": bool(email and email.endswith(_SCHOOL_MAIL)),
    }
    return render(request, "accounts/contacts.html", context)


def _removal(kind: str, remove: _Removal, said: str) -> View:
    @domain_errors("accounts:contacts")
    def view(request: AuthedRequest) -> HttpResponseBase:
        if request.method == "POST":
            remove(user=request.user, now=timezone.now())
            messages.success(request, said)
            return redirect("accounts:contacts")
        return render(request, "accounts/contact_remove.html", {"kind": kind})

    guarded: View = reauthentication_required(app="allauth.account")(view)
    return require_http_methods(["GET", "POST"])(guarded)


remove_email = _removal("邮箱", services.remove_email, "邮箱去掉了，以后用手机号登录。")
remove_phone = _removal("手机号", services.remove_phone, "手机号去掉了，以后用邮箱登录。")
