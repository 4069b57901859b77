"""The moment of getting in: written down, limited in number, and for staff perhaps by one way only."""

import re
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import login_code_rejected, user_logged_in
from allauth.account.stages import LoginStage
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.signals import authentication_failed
from allauth.mfa.stages import AuthenticateStage
from allauth.usersessions.signals import on_user_logged_in
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User, document_index, phone_index
from accounts.policies import campus_login, is_phone_doubtful
from accounts.selectors import has_second_factor, user_with_number
from accounts.services.contacts import confirm_phone
from accounts.services.sessions import (
    Origin,
    is_known_device,
    keep_newest_sessions,
    list_session,
    record_login,
    record_refusal,
)
from accounts.states import LoginWay
from common.ratelimit import Limit, TooManyError, check, forget, hit

__all__ = ["EntryMixin", "PhoneDoubtStage", "StaffStage", "origin_of"]

DEVICE_COOKIE = "device"
# Per address wide, because a whole dormitory shares one; per login narrow, wherever it comes from.
FAILED_OF_ADDRESS = Limit("login-failed-address", 120, 60)
FAILED_OF_LOGIN = Limit("login-failed", 5, 300)
REFUSED_PASSKEYS = Limit("refused-passkeys", 20, 3600)
DEVICE_COOKIE_LIVES = timedelta(days=400)
_MARK = re.compile(r"[A-Za-z0-9_-]{32}")
_WAYS = {"password": LoginWay.PASSWORD, "code": LoginWay.CODE, "socialaccount": LoginWay.SSO}


def _mark_of(request: HttpRequest) -> str:
    mark = request.COOKIES.get(DEVICE_COOKIE, "")
    return mark if _MARK.fullmatch(mark) else ""


def origin_of(request: HttpRequest, *, mark: str = "") -> Origin:
    """From where the request came."""
    known = _mark_of(request)
    return Origin(
        address=DefaultAccountAdapter(request).get_client_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        mark=mark or known,
        is_new=bool(mark) and mark != known,
    )


def way_of(request: HttpRequest, user: User) -> LoginWay:
    """How the person got this far in the session at hand; a second factor is no way of its own."""
    for record in reversed(get_authentication_records(request, user)):
        if record["method"] == "mfa":
            if record.get("passwordless"):
                return LoginWay.PASSKEY
        elif not record.get("reauthenticated"):
            return _WAYS.get(record["method"], LoginWay.LINK)
    return LoginWay.LINK


def _claimed_account(credentials: dict[str, Any]) -> User | None:
    """Whose account somebody tried to get into: one query, whether there is one or not."""
    if credentials.get("email"):
        return User.objects.filter(email=credentials["email"].lower()).first()
    if credentials.get("phone"):
        return User.objects.with_phone(credentials["phone"]).first()
    return user_with_number(credentials.get("document_no", ""))


def _login_key(credentials: dict[str, Any]) -> str:
    """Whose tries are counted."""
    if credentials.get("email"):
        return f"email:{credentials['email'].lower()}"
    if credentials.get("phone"):
        return f"phone:{phone_index(credentials['phone']).hex()}"
    return f"number:{document_index(credentials.get('document_no', '')).hex()}"


class StaffStage(LoginStage):
    """Refuses staff every way but the campus log-in where the school wants it so.

    It stands after the proof of the contact and before the second factor: only who has shown to be
    the person is told, so the refusal gives nothing away.
    """

    key = "staff"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Go on, or back to the login page with the one way that is left."""
        user = self.login.user
        if settings.STAFF_LOGIN != "sso" or user is None:
            return None, True
        way, now = way_of(self.request, user), timezone.now()
        if way == LoginWay.SSO or not import_string(settings.STAFF_POLICY)(user, now=now):
            return None, True
        record_refusal(user=user, way=way, origin=origin_of(self.request), now=now)
        messages.error(
            self.request,
            f"工作账号只能从「{campus_login().name}」登录，点下面的按钮。",
        )
        return redirect("account_login"), False


def _came_by_sms(request: HttpRequest, user: User) -> bool:
    records = get_authentication_records(request, user)
    return any(record["method"] == "code" and record.get("phone") for record in records[-1:])


class PhoneDoubtStage(LoginStage):
    """Asks for one thing more where the phone may belong to somebody else by now.

    Not on a device that the account knows, nor where a second factor follows.
    """

    key = "phone_doubt"
    urlname = "accounts:phone_doubt"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Go on, or to the page that asks."""
        user = self.login.user
        if user is None or not _came_by_sms(self.request, user):
            return None, True
        is_asked = (
            is_phone_doubtful(user, now=timezone.now())
            and not has_second_factor(user)
            and not is_known_device(user, origin_of(self.request))
        )
        return (redirect(self.urlname) if is_asked else None), True


class EntryMixin(DefaultAccountAdapter):
    """What happens at every log-in, whichever way it came."""

    def get_login_stages(self) -> list[str]:
        """allauth's stages, and ours before the second factor."""
        stages: list[str] = super().get_login_stages()
        second = f"{AuthenticateStage.__module__}.{AuthenticateStage.__name__}"
        at = stages.index(second)
        ours = [f"{__name__}.{stage.__name__}" for stage in (StaffStage, PhoneDoubtStage)]
        return [*stages[:at], *ours, *stages[at:]]

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse who failed too often; what `_rollback_login_failed_rl_usage` does not undo counts.

        allauth's own way takes eleven more commands of the cache, and one limit holds for all
        logins that are no e-mail. The tries of one login are counted beforehand, so that guessing
        at the same moment gives no more of them.
        """
        now = timezone.now()
        try:
            check(FAILED_OF_ADDRESS, get_ip(request), now=now)
            self._login_failed_rl_usage = hit(FAILED_OF_LOGIN, _login_key(credentials), now=now)
        except TooManyError as error:
            raise self.validation_error("too_many_login_attempts") from error

    def _rollback_login_failed_rl_usage(self) -> None:
        self._login_failed_rl_usage.give_back()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Forget the tries: allauth calls this for who has just set a new password."""
        forget(FAILED_OF_LOGIN, _login_key(credentials))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password is written down for the account's person to see."""
        now = timezone.now()
        with suppress(TooManyError):
            hit(FAILED_OF_ADDRESS, get_ip(request), now=now)
        record_refusal(
            user=_claimed_account(credentials),
            way=LoginWay.PASSWORD,
            origin=origin_of(request),
            now=now,
        )

    def login(self, request: HttpRequest, user: User) -> None:
        """Log in, remembering whether it is for the first time."""
        request.first_login = user.last_login is None  # type: ignore[attr-defined]  # read below
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Keep the newest sessions, write the log-in down, and know the device the next time."""
        now, mark = timezone.now(), _mark_of(request) or secrets.token_urlsafe(24)
        keep_newest_sessions(user=user, now=now)
        if _came_by_sms(request, user):
            confirm_phone(user=user, now=now)
        response = cast("HttpResponse", super().post_login(request, user, **kwargs))
        record_login(
            user=user,
            way=way_of(request, user),
            origin=origin_of(request, mark=mark),
            is_first=getattr(request, "first_login", False),
            now=now,
        )
        response.set_cookie(
            DEVICE_COOKIE,
            mark,
            max_age=DEVICE_COOKIE_LIVES,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
        return response


def _list_session(request: HttpRequest, user: User, **_: Any) -> None:
    origin = origin_of(request)
    list_session(
        user=user,
        session_key=cast("str", request.session.session_key),  # logging in has saved it
        address=origin.address,
        user_agent=origin.user_agent,
        now=timezone.now(),
    )


def _refused(way: LoginWay) -> Any:
    def receive(request: HttpRequest | None = None, user: User | None = None, **more: Any) -> None:
        if request is not None and user is not None and not more.get("reauthentication"):
            record_refusal(user=user, way=way, origin=origin_of(request), now=timezone.now())

    return receive


def _second_factor_refused(
    request: HttpRequest | None = None, user: User | None = None, **more: Any
) -> None:
    """A second factor that is wrong, or a passkey that was to be the whole log-in.

    Of the latter the device only says whose it is, so that nobody can fill a stranger's history.
    """
    if request is None or user is None or more.get("reauthentication"):
        return
    now, way = timezone.now(), LoginWay.SECOND_FACTOR
    if more.get("passwordless"):
        way = LoginWay.PASSKEY
        try:
            hit(REFUSED_PASSKEYS, str(user.pk), now=now)
        except TooManyError:
            return
    record_refusal(user=user, way=way, origin=origin_of(request), now=now)


# allauth's own receiver opens every session of the account at each log-in, which costs the more the
# more devices a person has; `keep_newest_sessions` asks for all of them at once.
user_logged_in.disconnect(on_user_logged_in)
user_logged_in.connect(_list_session, dispatch_uid="entry:session")
login_code_rejected.connect(_refused(LoginWay.CODE), weak=False, dispatch_uid="entry:code")
authentication_failed.connect(_second_factor_refused, dispatch_uid="entry:second-factor")
