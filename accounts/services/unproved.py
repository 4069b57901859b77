"""Accounts of which no contact was ever proved."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet

from accounts.models import User
from accounts.states import UNPROVED_FOR
from common import audit
from common.actors import SYSTEM


def _unproved() -> QuerySet[User]:
    """Accounts of which no contact was ever proved and that mean nothing to anybody yet."""
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    return User.objects.filter(
        ~Exists(verified), phone_verified_at=None, last_login=None, identity=None, office_roles=None
    )


@transaction.atomic
def discard_unproved_account(*, email: str | None, phone: str | None, now: datetime) -> bool:
    """Drop the account that took this contact and never proved it; returns whether there was one.

    Whoever registers again starts anew, with the own password: an account that a stranger began
    with somebody's address must never become that person's account.
    """
    owner = User.objects.with_phone(phone) if phone else User.objects.filter(email=email)
    found = _unproved().filter(pk__in=owner.values("pk")).first()
    if found is None:
        return False
    return _discard(found, now=now)


@transaction.atomic
def expire_unproved_accounts(*, now: datetime) -> int:
    """Drop accounts whose contact stayed unproved for two days; a sweep, safe to run twice."""
    overdue = list(_unproved().filter(date_joined__lte=now - UNPROVED_FOR)[:500])
    return sum(_discard(user, now=now) for user in overdue)


def _discard(user: User, *, now: datetime) -> bool:
    """Delete the account unless staff have already given it a role somewhere."""
    pk, label = user.pk, user.contact_label
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError:
        return False
    user.pk = pk
    audit.record("account.discarded", actor=SYSTEM, now=now, obj=user, details={"contact": label})
    return True
