"""What people do to their accounts, in the audit trail: receivers of allauth's signals."""

from collections.abc import Callable
from typing import Any

from allauth.account import signals
from allauth.mfa import signals as mfa_signals
from allauth.socialaccount import signals as social_signals
from django.contrib.auth.signals import user_logged_out
from django.utils import timezone

from accounts.models import User
from accounts.services import tell_email_added
from common import audit
from common.masking import MaskKind, mask


def _write(action: str, user: User | None, **details: str) -> None:
    if user is not None and user.pk:
        audit.record(action, actor=user, now=timezone.now(), obj=user, details=details)


def _of_user(action: str) -> Callable[..., None]:
    def receive(user: User | None = None, **_: Any) -> None:
        _write(action, user)

    return receive


def _email_confirmed(email_address: Any, **_: Any) -> None:
    _write(
        "account.email_confirmed",
        email_address.user,
        email=mask(email_address.email, MaskKind.EMAIL),
    )
    tell_email_added(user=email_address.user, email=email_address.email, now=timezone.now())


def _email_changed(user: User, to_email_address: Any, **_: Any) -> None:
    _write("account.email_changed", user, email=mask(to_email_address.email, MaskKind.EMAIL))


def _authenticator(action: str) -> Callable[..., None]:
    def receive(user: User, authenticator: Any, **_: Any) -> None:
        _write(action, user, type=authenticator.type)

    return receive


def _sso_linked(sociallogin: Any, **_: Any) -> None:
    _write("account.sso_linked", sociallogin.user)


def _sso_unlinked(socialaccount: Any, **_: Any) -> None:
    _write("account.sso_unlinked", socialaccount.user)


_RECEIVERS: tuple[tuple[Any, Callable[..., None]], ...] = (
    (signals.user_signed_up, _of_user("account.registered")),
    (signals.user_logged_in, _of_user("account.logged_in")),
    (user_logged_out, _of_user("account.logged_out")),
    (signals.email_confirmed, _email_confirmed),
    (signals.email_changed, _email_changed),
    (signals.email_removed, _of_user("account.email_removed")),
    (signals.password_set, _of_user("account.password_set")),
    (signals.password_changed, _of_user("account.password_changed")),
    (signals.password_reset, _of_user("account.password_reset")),
    (signals.login_code_rejected, _of_user("account.login_code_rejected")),
    (mfa_signals.authenticator_added, _authenticator("account.authenticator_added")),
    (mfa_signals.authenticator_removed, _authenticator("account.authenticator_removed")),
    (mfa_signals.authenticator_reset, _authenticator("account.authenticator_reset")),
    (social_signals.social_account_added, _sso_linked),
    (social_signals.social_account_removed, _sso_unlinked),
)

for _signal, _receiver in _RECEIVERS:
    _signal.connect(_receiver, weak=False, dispatch_uid=f"trail:{id(_signal)}")

connected = len(_RECEIVERS)
"""How many signals are listened to; importing this module is what connects them."""
