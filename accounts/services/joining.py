"""Two accounts of one person become one: contacts, declared identity and numbers, and the way back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.identity import name_match_key
from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import identity_of, proved_contacts
from accounts.services.handover import Handover, give_back_numbers, move_numbers
from accounts.services.supersede import revive_account, supersede_account
from accounts.states import MergeSide
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError

__all__ = ["PersonChoice", "join_accounts", "part_accounts"]

_STALE = "两个账号刚刚有了变化，请刷新后再看。"
_LATER = "合并以后，{}又改过，不能整件拆开；先改回合并时的样子，或者逐项更正。"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChoice:
    """From which side each value is taken; numbers by the id of their row on either side."""

    name: MergeSide = MergeSide.STAYS
    sex: MergeSide = MergeSide.STAYS
    birth_date: MergeSide = MergeSide.STAYS
    email: MergeSide = MergeSide.STAYS
    phone: MergeSide = MergeSide.STAYS
    primary: int
    former: tuple[int, ...] = ()


@transaction.atomic
def join_accounts(
    *, stays: User, goes: User, choice: PersonChoice, reason: str, actor: Actor, now: datetime
) -> dict[str, Any]:
    """The one account takes over; the other is superseded. Returns what `part_accounts` needs.

    A contact that is taken over changes places with the one it replaces, so none is lost: the
    superseded account keeps what was not chosen. InvalidInputError names a choice that cannot be.
    """
    mine = identity_of(stays)
    if mine is None:
        raise NotAllowedError("保留的账号没有实名信息，换一个方向：保留有实名信息的那个。")
    theirs = identity_of(goes)
    supersede_account(user=goes, reason=reason, actor=actor, now=now)
    memo = {
        "contacts": _exchange(stays, goes, choice),
        "campus": _move_campus(goes, stays),
        "person": _take_values(mine, theirs, choice),
        **_take_numbers(mine, theirs, choice, actor=actor, now=now),
    }
    audit.record(
        "account.joined",
        actor=actor,
        now=now,
        obj=stays,
        reason=reason,
        details={"former": goes.contact_label, "contact": stays.contact_label},
    )
    return memo


# --- contacts --------------------------------------------------------------------------------


def _exchange(stays: User, goes: User, choice: PersonChoice) -> dict[str, Any]:
    email, phone = choice.email == MergeSide.GOES, choice.phone == MergeSide.GOES
    for wanted, value, field in ((email, goes.email, "email"), (phone, goes.phone, "phone")):
        if wanted and not value:
            raise InvalidInputError("停用的账号没有这种联系方式，选保留的账号的。", field=field)
    _swap(stays, goes, email=email, phone=phone)
    if not proved_contacts(stays):
        raise InvalidInputError(
            "合并以后的账号没有验证过的联系方式，本人登录不了，换一个选择。", field="email"
        )
    return {"email": email, "phone": phone, "after": _contacts(stays, goes)}


def _contacts(stays: User, goes: User) -> list[list[str]]:
    return [[user.email or "", user.phone or ""] for user in (stays, goes)]


def _swap(stays: User, goes: User, *, email: bool, phone: bool) -> None:
    """Exchange what is asked for; the superseded side may have nothing for a moment, the other never."""
    kept = {user.pk: (user.email, user.phone, user.phone_verified_at) for user in (stays, goes)}
    if email:
        goes.email = None
    if phone:
        goes.phone, goes.phone_verified_at = None, None
    goes.save(update_fields=_CONTACT_COLUMNS)
    for user, other in ((stays, goes), (goes, stays)):
        if email:
            user.email = kept[other.pk][0]
        if phone:
            _, user.phone, user.phone_verified_at = kept[other.pk]
        try:
            with transaction.atomic():
                user.save(update_fields=_CONTACT_COLUMNS)
        except IntegrityError as error:
            raise StaleStateError(_STALE) from error
    if email:
        _swap_addresses(stays, goes)


_CONTACT_COLUMNS = ["email", "phone", "phone_index", "phone_verified_at"]


def _swap_addresses(stays: User, goes: User) -> None:
    """The address rows go with the e-mail; of one address in both accounts the unproved claim falls away."""
    first, second = ({row.email: row for row in _addresses(user)} for user in (stays, goes))
    for email in first.keys() & second.keys():
        claim = second if first[email].verified else first
        claim.pop(email).delete()
    _addresses(stays).update(primary=False)
    _addresses(goes).update(primary=False)
    for rows, owner in ((first, goes), (second, stays)):
        moving = [row.pk for row in rows.values()]
        EmailAddress.objects.filter(pk__in=moving).update(user=owner)
    for user in (stays, goes):
        _addresses(user).filter(email=user.email).update(primary=True)


def _addresses(user: User) -> "QuerySet[EmailAddress]":
    rows: QuerySet[EmailAddress] = EmailAddress.objects.filter(user=user)
    return rows


def _move_campus(source: User, target: User) -> list[int]:
    """The campus log-in leads to the account that stays."""
    rows = list(SocialAccount.objects.filter(user=source).values_list("pk", flat=True))
    SocialAccount.objects.filter(pk__in=rows).update(user=target)
    return rows


# --- who the person is -----------------------------------------------------------------------


def _values(identity: DeclaredIdentity) -> dict[str, str]:
    born = identity.birth_date
    return {
        "name": identity.name,
        "sex": identity.sex,
        "birth_date": born.isoformat() if born else "",
    }


def _take_values(
    mine: DeclaredIdentity, theirs: DeclaredIdentity | None, choice: PersonChoice
) -> dict[str, Any]:
    before = _values(mine)
    if theirs is not None:
        other = _values(theirs)
        chosen = {"name": choice.name, "sex": choice.sex, "birth_date": choice.birth_date}
        taken = {name: other[name] for name, side in chosen.items() if side == MergeSide.GOES}
        _write_values(mine, before, {**before, **taken}, error=StaleStateError(_STALE))
    return {"before": before, "after": _values(mine)}


def _write_values(
    identity: DeclaredIdentity, seen: dict[str, str], values: dict[str, str], *, error: Exception
) -> None:
    born = date.fromisoformat(values["birth_date"]) if values["birth_date"] else None
    unmoved = DeclaredIdentity.objects.filter(
        pk=identity.pk,
        name=seen["name"],
        sex=seen["sex"],
        birth_date=date.fromisoformat(seen["birth_date"]) if seen["birth_date"] else None,
    )
    written = unmoved.update(
        name=values["name"],
        name_key=name_match_key(values["name"]),
        sex=values["sex"],
        birth_date=born,
    )
    if written != 1:
        raise error
    identity.refresh_from_db()


# --- numbers ---------------------------------------------------------------------------------


def _take_numbers(
    mine: DeclaredIdentity,
    theirs: DeclaredIdentity | None,
    choice: PersonChoice,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    done = Handover()
    if theirs is not None:
        move_numbers(theirs, mine, done=done, actor=actor, now=now)
    primary = _own_row(mine, choice.primary, field="primary")
    former = [_own_row(mine, pk, field="former").pk for pk in choice.former]
    if primary.pk in former:
        raise InvalidInputError("主号码不能同时改为旧号码。", field="former")
    IdentityNumber.objects.filter(pk__in=former).update(superseded_at=now)
    before = mine.numbers.filter(is_primary=True).values_list("pk", flat=True).first()
    _lead_with(mine, primary.pk)
    return {
        "numbers": done.as_json(),
        "former": former,
        "primary": {"before": before, "after": primary.pk},
    }


def _own_row(mine: DeclaredIdentity, pk: int, *, field: str) -> IdentityNumber:
    """The live row of the account that stays for a number chosen on either side."""
    chosen = IdentityNumber.objects.filter(pk=pk).first()
    row = None
    if chosen is not None:
        live = mine.numbers.filter(superseded_at=None)
        row = live.filter(number_index=chosen.number_index).first()
    if row is None:
        raise InvalidInputError("这个号码现在不在这两个人名下。", field=field)
    return row


def _lead_with(identity: DeclaredIdentity, pk: int | None) -> None:
    identity.numbers.filter(is_primary=True).update(is_primary=False)
    if pk is not None:
        identity.numbers.filter(pk=pk).update(is_primary=True)


# --- and back --------------------------------------------------------------------------------


@transaction.atomic
def part_accounts(
    *,
    stays: User,
    goes: User,
    memo: dict[str, Any],
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Both accounts as before `join_accounts`; NotAllowedError when something was changed since."""
    mine = identity_of(stays)
    if mine is None or _contacts(stays, goes) != memo["contacts"]["after"]:
        raise NotAllowedError(_LATER.format("联系方式"))
    _swap(stays, goes, email=memo["contacts"]["email"], phone=memo["contacts"]["phone"])
    SocialAccount.objects.filter(pk__in=memo["campus"], user=stays).update(user=goes)
    person = memo["person"]
    if person["before"] != person["after"]:
        changed = NotAllowedError(_LATER.format("姓名、性别或出生日期"))
        _write_values(mine, person["after"], person["before"], error=changed)
    _give_numbers_back(mine, goes, memo, reason=reason, actor=actor, now=now)
    revive_account(user=goes, reason=reason, actor=actor, now=now)
    audit.record(
        "account.parted",
        actor=actor,
        now=now,
        obj=stays,
        reason=reason,
        details={"former": goes.contact_label, "contact": stays.contact_label},
    )


def _give_numbers_back(
    mine: DeclaredIdentity,
    goes: User,
    memo: dict[str, Any],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    asleep = mine.numbers.filter(pk__in=memo["former"], superseded_at__isnull=False)
    leads = mine.numbers.filter(is_primary=True).values_list("pk", flat=True).first()
    try:
        with transaction.atomic():
            woken = asleep.update(superseded_at=None)
    except IntegrityError as error:
        raise NotAllowedError(_LATER.format("证件号码")) from error
    if woken != len(memo["former"]) or leads != memo["primary"]["after"]:
        raise NotAllowedError(_LATER.format("证件号码"))
    _lead_with(mine, memo["primary"]["before"])
    give_back_numbers(
        done=Handover.from_json(memo["numbers"]), holder=goes, reason=reason, actor=actor, now=now
    )
