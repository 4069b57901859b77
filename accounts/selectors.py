"""Reads of accounts, each scoped to a person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.identity import DocumentType, canonical_number, name_match_key
from accounts.identity.phone import normal_phone
from accounts.models import (
    CounterRecovery,
    DeclaredIdentity,
    IdentityNumber,
    LoginEvent,
    User,
    phone_index,
)
from accounts.states import CounterState, NumberSource, Role
from common.components import FieldRow
from common.crypto import blind_index
from common.masking import MaskKind, mask
from common.models import Channel
from common.wording import date_cn, moment_sentence

TOKEN_PURPOSE = "counter-link"  # noqa: S105 -- the name of a key, not a secret


def identity_of(user: User) -> DeclaredIdentity | None:
    """The person's declared identity, once it is confirmed."""
    return DeclaredIdentity.objects.filter(user=user).first()


def declared_number_of(identity: DeclaredIdentity) -> IdentityNumber | None:
    """The number that the person goes by: the main one, or the oldest in use, else the declared one."""
    in_use_first = F("superseded_at").asc(nulls_first=True)
    return identity.numbers.order_by(in_use_first, "-is_primary", "pk").first()


# A declared number that another account held already was never in use; nobody is told so.
_NEVER_IN_USE = Q(source=NumberSource.DECLARED, superseded_at=F("added_at"))


def own_numbers_of(identity: DeclaredIdentity) -> "QuerySet[IdentityNumber]":
    """The numbers that are the person's, in use or former, for explaining records.

    A former number that another account uses by now explains nothing any more.
    """
    elsewhere = IdentityNumber.objects.filter(
        number_index=OuterRef("number_index"), superseded_at=None
    ).exclude(identity=identity)
    return identity.numbers.exclude(_NEVER_IN_USE).exclude(
        Q(superseded_at__isnull=False) & Exists(elsewhere)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNumber:
    """One document number as its owner sees it."""

    kind: str
    masked: str
    is_in_use: bool
    source: str
    validity: str

    @property
    def note(self) -> str:
        """Kind, source and validity in one line."""
        return "，".join(filter(None, (self.kind, self.source, self.validity)))


def shown_numbers_of(identity: DeclaredIdentity) -> list[ShownNumber]:
    """Every number of the person, masked, those in use first.

    One that is not held because somebody else has it looks like every other declared one.
    """
    rows = identity.numbers.order_by("pk")
    shown = [
        ShownNumber(
            kind=row.get_id_type_display(),
            masked=mask(canonical_number(row.number, row.id_type), MaskKind.DOCUMENT_NO),
            is_in_use=row.superseded_at is None or _was_never_in_use(row),
            source=row.get_source_display(),
            validity=_validity(row),
        )
        for row in rows
    ]
    return sorted(shown, key=lambda number: not number.is_in_use)


def _was_never_in_use(row: IdentityNumber) -> bool:
    """The twin of `_NEVER_IN_USE` for a row in hand."""
    return row.source == NumberSource.DECLARED and row.superseded_at == row.added_at


def _validity(row: IdentityNumber) -> str:
    begin, end = (date_cn(day) if day else "" for day in (row.valid_from, row.valid_to))
    if begin and end:
        return f"{begin}至{end}"
    if begin:
        return f"{begin}起"
    return f"到{end}" if end else ""


def user_with_number(number: str) -> User | None:
    """The account that holds this document number and has shown that it is its own.

    A number that was only declared does not log in: whether it does would tell its declarer that somebody
    else holds it. However it was typed, the one question, the same for known and unknown numbers: login
    takes equal time.
    """
    return (
        User.objects.filter(
            identity__numbers__in=IdentityNumber.objects.of_number(canonical_number(number))
            .filter(superseded_at=None)
            .exclude(source=NumberSource.DECLARED)
        )
        .order_by("pk")
        .first()
    )


def other_holder_of(number: IdentityNumber) -> User | None:
    """The account that holds this number now, unless it is the one of this very row."""
    return (
        User.objects.filter(
            identity__numbers__in=IdentityNumber.objects.filter(
                number_index=number.number_index, superseded_at=None
            ).exclude(identity=number.identity_id)
        )
        .order_by("pk")
        .first()
    )


def proved_contacts(user: User) -> list[tuple[Channel, str]]:
    """Every contact that the account has shown to be its own: where an alarm must reach it."""
    addresses = EmailAddress.objects.filter(user=user, verified=True).order_by("-primary", "pk")
    found = [(Channel.EMAIL, str(address.email)) for address in addresses]
    if user.phone and user.phone_verified_at is not None:
        found.append((Channel.SMS, str(user.phone)))
    return found


def is_number_held(number: str, id_type: DocumentType) -> bool:
    """Whether some account holds the number; never shown to a person."""
    canonical = canonical_number(number, id_type)
    return IdentityNumber.objects.of_number(canonical).filter(superseded_at=None).exists()


def proved_owner(kind: str, contact: str) -> User | None:
    """The active account that has proved this "email" or "phone"; a mere claim counts for nothing."""
    if kind == "phone":
        owners = User.objects.with_phone(contact).filter(phone_verified_at__isnull=False)
    else:
        proved = EmailAddress.objects.filter(email=contact, verified=True)
        owners = User.objects.filter(pk__in=proved.values("user"))
    return owners.filter(is_active=True).first()


def proved_owners(contacts: Collection[str]) -> dict[str, int]:
    """Each of these addresses and phones → the active account that has proved it, as `proved_owner`.

    However many there are, two questions.
    """
    mails = {contact: contact.lower() for contact in contacts if "@" in contact}
    phones = {
        contact: phone_index(phone)
        for contact in contacts
        if "@" not in contact and (phone := normal_phone(contact))
    }
    owners: dict[str | bytes, int] = {}
    if mails:
        proved = EmailAddress.objects.filter(
            email__in=mails.values(), verified=True, user__is_active=True
        )
        owners |= dict(proved.values_list("email", "user"))
    if phones:
        holders = User.objects.filter(
            phone_index__in=phones.values(), phone_verified_at__isnull=False, is_active=True
        )
        owners |= {bytes(index): pk for index, pk in holders.values_list("phone_index", "pk")}
    asked: dict[str, str | bytes] = {**mails, **phones}
    return {contact: owners[key] for contact, key in asked.items() if key in owners}


def holder_of(number: str, name: str) -> User | None:
    """The active account that holds this document number under this name, however both are typed."""
    held = IdentityNumber.objects.of_number(canonical_number(number)).filter(
        superseded_at=None,
        identity__name_key=name_match_key(name),
        identity__user__is_active=True,
    )
    found = held.select_related("identity__user").first()
    return found.identity.user if found else None


def proved_email(user: User | None) -> str | None:
    """The e-mail that the account has proved; one query, whether there is an account or not."""
    pk = user.pk if user is not None else None
    addresses = EmailAddress.objects.filter(user_id=pk or 0, verified=True)
    found: str | None = addresses.order_by("-primary", "pk").values_list("email", flat=True).first()
    return found


def account_at_counter(number: str) -> User | None:
    """The account that holds this number, confirmed or declared: the counter looks at the document."""
    held = IdentityNumber.objects.of_number(canonical_number(number)).filter(superseded_at=None)
    return User.objects.filter(
        identity__numbers__in=held, is_active=True, superseded_at=None, closed_at=None
    ).first()


def recovery_with(token: str, *, now: datetime) -> CounterRecovery | None:
    """The recovery whose link carried this token, while the link is good."""
    return (
        CounterRecovery.objects.filter(
            token_index=blind_index(token, purpose=TOKEN_PURPOSE),
            state=CounterState.CONFIRMED,
            expires_at__gt=now,
        )
        .select_related("user")
        .first()
    )


def recoveries_visible_to(user: User) -> QuerySet[CounterRecovery]:
    """The recoveries whose receipt the person may read: the own ones, all for the office."""
    rows = CounterRecovery.objects.select_related("user")
    if user.has_role(Role.REGISTRAR, Role.AUDITOR):
        return rows
    return rows.filter(user=user)


def recovery_receipt(case: CounterRecovery) -> list[FieldRow]:
    """What both sides take home; no document number, the new contact masked."""
    kind = MaskKind.EMAIL if case.channel == Channel.EMAIL else MaskKind.PHONE
    done = {
        CounterState.ENTERED: "已登记，等第二位老师确认",
        CounterState.CONFIRMED: "链接已发到新的联系方式，等本人打开、设新密码",
        CounterState.DONE: "已换成新的联系方式，密码重设，两步验证取消，所有设备退出",
        CounterState.STOPPED: "不予办理，账号没有变化",
    }
    return [
        FieldRow(label="单号", value=case.case_no),
        FieldRow(label="事项", value="柜台找回账号"),
        FieldRow(label="看过的证件", value=str(case.get_document_kind_display())),
        FieldRow(label="新的联系方式", value=mask(case.contact, kind)),
        FieldRow(label="结果", value=done[CounterState(case.state)]),
        FieldRow(label="第一经办人", value=case.enterer_name),
        FieldRow(label="登记时间", value=moment_sentence(case.entered_at)),
        FieldRow(label="第二经办人", value=case.confirmer_name),
        FieldRow(
            label="确认时间", value=moment_sentence(case.confirmed_at) if case.confirmed_at else ""
        ),
        FieldRow(label="办结时间", value=moment_sentence(case.closed_at) if case.closed_at else ""),
    ]


def logins_of(user: User) -> QuerySet[LoginEvent]:
    """The person's own log-ins and refused ones, newest first."""
    return LoginEvent.objects.filter(user=user).order_by("-occurred_at", "-pk")


def has_second_factor(user: User) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    strong = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return bool(Authenticator.objects.filter(user=user, type__in=strong).exists())
