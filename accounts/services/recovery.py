"""Telling a person which contacts the account has, without telling anybody else whether there is one."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from accounts.identity import canonical_number, name_match_key
from accounts.models import User, document_index
from accounts.selectors import holder_of, proved_email
from common import audit, outbox
from common.actors import SYSTEM
from common.crypto import blind_index
from common.masking import MaskKind, mask
from common.models import Channel
from common.ratelimit import Limit, hit

# A person forgets once; who tries numbers from one place or one number from many is stopped.
RECOVERIES_PER_ADDRESS = Limit("recover-address", 60, 3600)
RECOVERIES_PER_NUMBER_HERE = Limit("recover-number-here", 3, 24 * 3600)
RECOVERIES_PER_NUMBER = Limit("recover-number", 10, 24 * 3600)

_LIVES = timedelta(days=1)
_DOMAINS = (
    "qq.com",
    "qq.com",
    "qq.com",
    "163.com",
    "163.com",
    "126.com",
    "gmail.com",
    "outlook.com",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@transaction.atomic
def tell_login_names(*, name: str, number: str, address: str, now: datetime) -> tuple[str, ...]:
    """Message the login names to the contacts of whoever holds the number under that name.

    Returns those contacts masked. For a number or name that nobody holds they are made up, always
    the same for the same number and name, and the same rows are written without a recipient: answer
    and time are alike, and who asks for a stranger learns nothing that a guess would not say.
    """
    canonical = canonical_number(number)
    index = document_index(canonical).hex()
    hit(RECOVERIES_PER_ADDRESS, address, now=now)
    hit(RECOVERIES_PER_NUMBER_HERE, f"{index}:{address}", now=now)
    hit(RECOVERIES_PER_NUMBER, index, now=now)
    holder = holder_of(number, name)
    email, phone = proved_email(holder), _proved_phone(holder)
    if holder is None or not (email or phone):
        holder, (email, phone) = None, _made_up(f"{canonical}:{name_match_key(name)}")
    shown = {"email": mask(email or "", MaskKind.EMAIL), "phone": mask(phone or "", MaskKind.PHONE)}
    outbox.queue_many(
        [
            _message(channel, contact if holder else None, shown, now=now)
            for channel, contact in ((Channel.EMAIL, email), (Channel.SMS, phone))
            if contact
        ],
        now=now,
    )
    audit.record(
        "account.login_names_asked",
        actor=holder or SYSTEM,
        now=now,
        obj=holder,
        details={"number": mask(canonical, MaskKind.DOCUMENT_NO)},
    )
    return tuple(filter(None, (shown["email"], shown["phone"])))


def _proved_phone(user: User | None) -> str | None:
    return user.contact_for(Channel.SMS) if user is not None else None


def _message(
    channel: Channel, recipient: str | None, shown: dict[str, str], *, now: datetime
) -> outbox.Message:
    return outbox.Message(
        key=f"account:login_names:{secrets.token_hex(12)}",
        channel=channel,
        template="account_login_names",
        recipient=recipient,
        params=shown,
        expires_at=now + _LIVES if recipient else now,
    )


def _made_up(seed: str) -> tuple[str | None, str | None]:
    """An e-mail, a phone or both that look like those of students; keyed, so nobody can work them out."""
    dice = blind_index(seed, purpose="made-up contact")
    digits = str(int.from_bytes(dice[:12], "big"))
    phone = f"+861{digits[:10]}"
    length = 5 + dice[12] % 7
    local = digits[-length:] if dice[13] % 2 else _LETTERS[dice[14] % 26] + digits[-length:]
    domain = _DOMAINS[dice[15] % len(_DOMAINS)]
    email = f"{local}@{domain}"
    kind = dice[16] % 5
    return (None if kind < 2 else email, None if 2 <= kind < 4 else phone)  # noqa: PLR2004
