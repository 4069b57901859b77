"""Closing an account: contacts and logins go, identity and bindings stay as a proof."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import AccountClosure, IdentityNumber, User
from accounts.services.sessions import end_sessions
from accounts.states import CLOSURE, ClosureAction, ClosureState
from common import audit
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError

__all__ = ["cancel_closing", "close_account", "silence_account", "speak_again"]


@transaction.atomic(savepoint=False)
def cancel_closing(*, user: User, actor: Actor, now: datetime, reason: str = "") -> bool:
    """Take the wish to close back, as logging in does; false when there is none."""
    target = CLOSURE.target(ClosureAction.CANCEL, source=ClosureState.PENDING)
    pending = AccountClosure.objects.filter(user=user, state=ClosureState.PENDING)
    if not pending.update(state=target, ended_at=now, ended_by=actor.actor_label):
        return False
    audit.record("account.closing_cancelled", actor=actor, now=now, obj=user, reason=reason)
    return True


@transaction.atomic
def close_account(*, closure: AccountClosure, actor: Actor, now: datetime) -> None:
    """Close for good: no contact, no login, no session; the number is free for a new account.

    Name, number and bindings stay, read-only: they prove who gave the conclusions of the record.
    StaleStateError when the wish was taken back meanwhile.
    """
    target = CLOSURE.target(ClosureAction.CLOSE, source=ClosureState.PENDING)
    pending = AccountClosure.objects.filter(pk=closure.pk, state=ClosureState.PENDING)
    if pending.update(state=target, ended_at=now, ended_by=actor.actor_label) != 1:
        raise StaleStateError("注销已经取消，或者已经办完。")
    user = closure.user
    audit.record("account.closed", actor=actor, now=now, obj=user)
    end_sessions(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    campus = getattr(user, "socialaccount_set", None)  # there with single sign-on only
    if campus is not None:
        campus.all().delete()
    IdentityNumber.objects.filter(identity__user=user, superseded_at=None).update(superseded_at=now)
    User.objects.filter(pk=user.pk).update(
        email=None,
        phone=None,
        phone_index=None,
        phone_verified_at=None,
        password=make_password(None),
        is_active=False,
        closed_at=now,
    )
    user.refresh_from_db()


@transaction.atomic
def silence_account(*, user: User, reason: str, actor: Actor, now: datetime) -> None:
    """Never send anything to the account again, for example because the person has died."""
    if not reason.strip():
        raise NotAllowedError("请写明理由。")
    unmoved = User.objects.filter(pk=user.pk, silenced_at=None)
    if unmoved.update(silenced_at=now, silenced_by=actor.actor_label) != 1:
        raise StaleStateError("这个账号已经停发消息。")
    audit.record("account.silenced", actor=actor, now=now, obj=user, reason=reason)


@transaction.atomic
def speak_again(*, user: User, reason: str, actor: Actor, now: datetime) -> None:
    """Send messages again; the mark was a mistake."""
    unmoved = User.objects.filter(pk=user.pk, silenced_at__isnull=False)
    if unmoved.update(silenced_at=None, silenced_by="") != 1:
        raise StaleStateError("这个账号没有停发消息。")
    audit.record("account.unsilenced", actor=actor, now=now, obj=user, reason=reason)
