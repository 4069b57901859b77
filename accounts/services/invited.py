"""Accounts of people whom the school invited: the single-use link has proved their contact."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from accounts.services.consent import give_consent
from accounts.services.unproved import discard_unproved_account
from common import audit
from common.actors import Actor
from common.errors import NotAllowedError


@transaction.atomic
def open_invited_account(
    *, email: str | None, phone: str | None, password: str, invited_by: Actor, now: datetime
) -> User:
    """A new account with a proved contact and the person's own password.

    A claim on the contact that nobody ever proved gives way; a proved one is refused.
    """
    discard_unproved_account(email=email, phone=phone, now=now)
    taken = User.objects.with_phone(phone) if phone else User.objects.filter(email=email)
    if taken.exists():
        raise NotAllowedError("这个联系方式已经有账号了，登录那个账号，再打开一次邀请链接。")
    user = User.objects.create_user(email, password, phone=phone)
    give_consent(user=user, now=now)
    if phone:
        user.phone_verified_at = now
        user.save(update_fields=["phone_verified_at"])
    else:
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    audit.record("account.invited", actor=invited_by, now=now, obj=user)
    return user
