"""A phone that may have a new holder: the person shows one thing more than the code."""

from datetime import datetime

from django.db import transaction

from accounts.identity import canonical_number
from accounts.models import User
from accounts.selectors import identity_of
from accounts.services.contacts import confirm_phone
from common import audit
from common.errors import InvalidInputError
from common.ratelimit import Limit, hit

__all__ = ["DOUBT_TRIES", "settle_phone_doubt"]

DOUBT_TRIES = Limit("phone-doubt", 5, 24 * 3600)


def settle_phone_doubt(*, user: User, number: str, now: datetime) -> None:
    """The holder of the phone types a document number of the account: then it is the person.

    InvalidInputError when it is none; TooManyError after five tries a day, right or wrong.
    """
    hit(DOUBT_TRIES, str(user.pk), now=now)
    identity = identity_of(user)
    typed = canonical_number(number)
    if identity is None or not identity.numbers.of_number(typed).exists():
        audit.record("account.phone_doubted", actor=user, now=now, obj=user)
        raise InvalidInputError("和这个账号登记的证件号码不一样，再核对一遍。", field="number")
    with transaction.atomic():
        confirm_phone(user=user, now=now)
        audit.record("account.phone_confirmed", actor=user, now=now, obj=user)
