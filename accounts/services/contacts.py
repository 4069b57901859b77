"""The contacts of an account: proving, taking over, removing; the old contact always hears of it."""

import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.policies import is_abandoned
from accounts.selectors import proved_email
from accounts.services.unproved import discard_unproved_account
from common import audit, outbox
from common.errors import NotAllowedError
from common.masking import MaskKind, mask
from common.models import Channel
from common.wording import moment_sentence

_NOTICE_LIVES = timedelta(days=2)


def check_can_take_phone(*, user: User | None, phone: str, now: datetime) -> None:
    """Whether who has shown the code of this phone may have it; NotAllowedError with the way otherwise.

    Numbers are given to new people. An account that nobody has used for months and that keeps a
    proved e-mail loses its phone to who holds it now; any other keeps it until staff have looked.
    """
    holder = _holder(phone, user)
    if holder is None or is_abandoned(holder, now=now):
        return
    message = (
        "这个手机号正用在另一个账号上。那个账号是你的：退出来，用这个手机号登录。"
        f"号码是新换的、那个账号不是你的：带证件和手机找{settings.OFFICE_CONTACT}，核实以后换过来。"
    )
    raise NotAllowedError(message)


@transaction.atomic
def prove_phone(*, user: User, phone: str, now: datetime) -> None:
    """The person has shown the code: the phone is theirs, and the account's.

    Taken from an abandoned account when need be (its owner gets a mail); a former phone and the
    e-mail of this account are told. Proving the same phone again changes nothing.
    """
    if user.phone == phone and user.phone_verified_at is not None:
        return
    free_phone(user=user, phone=phone, now=now)
    holder = _holder(phone, user)
    if holder is not None:
        check_can_take_phone(user=user, phone=phone, now=now)
        _take(holder, user, now=now)
    former = user.phone if user.phone_verified_at else None
    _set_phone(user, phone, proved_at=now)
    audit.record(
        "account.phone_verified",
        actor=user,
        now=now,
        obj=user,
        details={"phone": mask(phone, MaskKind.PHONE)},
    )
    shown = mask(phone, MaskKind.PHONE)
    if former:
        _tell("phone_changed", Channel.SMS, former, shown, now=now)
    if email := proved_email(user):
        _tell("phone_changed", Channel.EMAIL, email, shown, now=now)


def confirm_phone(*, user: User, now: datetime) -> None:
    """The person has shown once more to hold the account's phone; written down once a day."""
    User.objects.filter(
        pk=user.pk, phone__isnull=False, phone_verified_at__lte=now - timedelta(days=1)
    ).update(phone_verified_at=now)


def free_phone(*, user: User, phone: str, now: datetime) -> None:
    """Take the phone from an account that began with it and never proved it; a claim keeps nobody out."""
    if user.phone != phone:
        discard_unproved_account(email=None, phone=phone, now=now)


@transaction.atomic
def remove_phone(*, user: User, now: datetime) -> None:
    """Take the phone off the account; refused when nothing else is proved. Both contacts are told."""
    person = User.objects.select_for_update().get(pk=user.pk)
    former, email = person.phone, proved_email(person)
    if former is None:
        return
    if email is None:
        raise NotAllowedError("手机号是这个账号唯一的登录方式，先加一个邮箱，再去掉它。")
    _set_phone(person, None, proved_at=None)
    shown = mask(former, MaskKind.PHONE)
    audit.record("account.phone_removed", actor=user, now=now, obj=user, details={"phone": shown})
    _tell("phone_removed", Channel.SMS, former, shown, now=now)
    _tell("phone_removed", Channel.EMAIL, email, shown, now=now)


@transaction.atomic
def remove_email(*, user: User, now: datetime) -> None:
    """Take the e-mail off the account; refused when no phone is proved. Both contacts are told."""
    person = User.objects.select_for_update().get(pk=user.pk)
    former, phone = proved_email(person), person.contact_for(Channel.SMS)
    if former is None:
        return
    if phone is None:
        raise NotAllowedError("邮箱是这个账号唯一的登录方式，先加一个手机号，再去掉它。")
    EmailAddress.objects.filter(user=person).delete()
    person.email = None
    person.save(update_fields=["email"])
    shown = mask(former, MaskKind.EMAIL)
    audit.record("account.email_removed", actor=user, now=now, obj=user, details={"email": shown})
    _tell("email_removed", Channel.EMAIL, former, shown, now=now)
    _tell("email_removed", Channel.SMS, phone, shown, now=now)


def tell_email_added(*, user: User, email: str, now: datetime) -> None:
    """A word to the proved phone when an e-mail was added or changed."""
    if phone := user.contact_for(Channel.SMS):
        _tell("email_added", Channel.SMS, phone, mask(email, MaskKind.EMAIL), now=now)


def _holder(phone: str, user: User | None) -> User | None:
    """Somebody else's account with this phone."""
    others = User.objects.with_phone(phone)
    if user is not None:
        others = others.exclude(pk=user.pk)
    return others.first()


def _take(holder: User, user: User, *, now: datetime) -> None:
    shown = mask(holder.phone or "", MaskKind.PHONE)
    _set_phone(holder, None, proved_at=None)
    audit.record("account.phone_taken", actor=user, now=now, obj=holder, details={"phone": shown})
    if email := proved_email(holder):
        _tell("phone_taken", Channel.EMAIL, email, shown, now=now)


def _set_phone(user: User, phone: str | None, *, proved_at: datetime | None) -> None:
    user.phone = phone
    user.phone_verified_at = proved_at
    user.save(update_fields=["phone", "phone_index", "phone_verified_at"])


def _tell(what: str, channel: Channel, recipient: str, contact: str, *, now: datetime) -> None:
    outbox.queue(
        outbox.Message(
            key=f"account:{what}:{secrets.token_hex(12)}",
            channel=channel,
            template=f"account_{what}",
            recipient=recipient,
            params={"at": moment_sentence(now), "contact": contact},
            expires_at=now + _NOTICE_LIVES,
        ),
        now=now,
    )
