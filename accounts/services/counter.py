"""Recovery at the counter: entered by one, confirmed by another, finished by the person (C-173)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.identity import DocumentType
from accounts.identity.phone import normal_phone
from accounts.models import CounterRecovery, User
from accounts.policies import check_can_act_on_counter, is_office
from accounts.selectors import TOKEN_PURPOSE, account_at_counter, proved_contacts
from accounts.services.sessions import end_sessions
from accounts.services.unproved import discard_unproved_account
from accounts.states import COUNTER, OPEN_RECOVERIES, CounterAction, CounterState
from common import audit, outbox
from common.actors import Actor
from common.crypto import blind_index
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.masking import MaskKind, mask
from common.models import Channel
from common.outbox import Message

__all__ = [
    "LINK_LIVES",
    "Visit",
    "account_for_visit",
    "confirm_recovery",
    "enter_recovery",
    "finish_recovery",
    "resend_link",
    "stop_recovery",
]

LINK_LIVES = timedelta(hours=24)
_TOKEN_BYTES = 32
_STALE = "这件事刚刚有了变化，请刷新后再看"
_AUDIT: dict[CounterAction, str] = {
    CounterAction.CONFIRM: "counter.confirmed",
    CounterAction.RESEND: "counter.link_resent",
    CounterAction.FINISH: "counter.finished",
    CounterAction.STOP: "counter.stopped",
}
_MASKS = {Channel.EMAIL: MaskKind.EMAIL, Channel.SMS: MaskKind.PHONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What the first member of staff writes down."""

    number: str
    document_kind: DocumentType
    contact: str
    note: str
    name: str


def account_for_visit(*, number: str, actor: User, now: datetime) -> User:
    """The account that holds this number, looked up on the record; InvalidInputError without one."""
    user = account_at_counter(number)
    audit.record(
        "number.searched",
        actor=actor,
        now=now,
        obj=user,
        details={"号码": mask(number.strip(), MaskKind.DOCUMENT_NO), "列表": "柜台找回账号"},
    )
    if user is None:
        raise InvalidInputError(
            "没有账号登记这个号码。请本人先注册，绑定不上的走“证件号码找回”。", field="number"
        )
    if user.pk == actor.pk or is_office(user):
        raise NotAllowedError("这个账号不能在柜台找回")
    return user


@transaction.atomic
def enter_recovery(*, visit: Visit, actor: User, now: datetime) -> CounterRecovery:
    """Write down who came with which document, and where the person can be reached from now on."""
    channel, contact = _contact(visit.contact)
    user = account_for_visit(number=visit.number, actor=actor, now=now)
    if _is_taken(channel, contact, by_other_than=user):
        raise InvalidInputError("这个联系方式已有别的账号在用，换一个。", field="contact")
    try:
        with transaction.atomic():
            case = CounterRecovery.objects.create(
                user=user,
                document_kind=visit.document_kind,
                channel=channel,
                contact=contact,
                note=visit.note.strip() or None,
                entered_at=now,
                entered_by=actor.actor_label,
                enterer=actor,
                enterer_name=_name(visit.name),
            )
    except IntegrityError as error:
        raise NotAllowedError("这个账号已有一个没办结的柜台找回") from error
    audit.record(
        "counter.entered",
        actor=actor,
        now=now,
        obj=case,
        details={"contact": mask(contact, _MASKS[channel]), "document": visit.document_kind.value},
    )
    return case


def _contact(text: str) -> tuple[Channel, str]:
    """The e-mail or phone in one spelling."""
    typed = text.strip()
    if "@" not in typed:
        phone = normal_phone(typed)
        if phone is None:
            raise InvalidInputError("写一个能收信的邮箱，或能收短信的手机号。", field="contact")
        return Channel.SMS, phone
    try:
        validate_email(typed)
    except ValidationError as error:
        raise InvalidInputError("邮箱写得不对，再看一遍。", field="contact") from error
    return Channel.EMAIL, typed.lower()


def _is_taken(channel: Channel, contact: str, *, by_other_than: User) -> bool:
    if channel == Channel.SMS:
        owners = User.objects.with_phone(contact).filter(phone_verified_at__isnull=False)
        return owners.exclude(pk=by_other_than.pk).exists()
    proved = EmailAddress.objects.filter(email=contact, verified=True)
    return bool(proved.exclude(user=by_other_than).exists())


def _name(text: str) -> str:
    name = text.strip()
    if not name:
        raise InvalidInputError("写上经办人的姓名，印在回执上", field="name")
    return name


def _move(
    case: CounterRecovery,
    action: CounterAction,
    *,
    actor: Actor,
    now: datetime,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move the row once, or say that somebody else was first."""
    source = CounterState(case.state)
    target = COUNTER.target(action, source=source)
    if target not in OPEN_RECOVERIES:
        changes |= {"closed_at": now, "closed_by": actor.actor_label, "token_index": None}
    unmoved = CounterRecovery.objects.filter(pk=case.pk, state=source, token_index=case.token_index)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(case, column, value)
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=case,
        reason=reason,
        details={"counter_state": target.value},
    )


@transaction.atomic
def confirm_recovery(
    *, case: CounterRecovery, name: str, actor: User, now: datetime
) -> CounterRecovery:
    """A second member of staff has seen the person too: the link goes out, the old contacts are told."""
    check_can_act_on_counter(actor, case, CounterAction.CONFIRM, now=now)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    _move(
        case,
        CounterAction.CONFIRM,
        actor=actor,
        now=now,
        confirmed_at=now,
        confirmed_by=actor.actor_label,
        confirmer=actor,
        confirmer_name=_name(name),
        **_link(token, now=now),
    )
    _send_link(case, token, now=now)
    _tell_old(case, now=now)
    return case


@transaction.atomic
def resend_link(*, case: CounterRecovery, actor: User, now: datetime) -> CounterRecovery:
    """The link did not arrive or is too old: a new one, the former is void."""
    check_can_act_on_counter(actor, case, CounterAction.RESEND, now=now)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    _move(case, CounterAction.RESEND, actor=actor, now=now, **_link(token, now=now))
    _send_link(case, token, now=now)
    return case


@transaction.atomic
def stop_recovery(
    *, case: CounterRecovery, reason: str, actor: User, now: datetime
) -> CounterRecovery:
    """Something is not right: nothing changes, a link that is out is void."""
    check_can_act_on_counter(actor, case, CounterAction.STOP, now=now)
    _move(case, CounterAction.STOP, actor=actor, now=now, reason=reason)
    return case


def _link(token: str, *, now: datetime) -> dict[str, Any]:
    return {
        "token_index": blind_index(token, purpose=TOKEN_PURPOSE),
        "expires_at": now + LINK_LIVES,
    }


def _send_link(case: CounterRecovery, token: str, *, now: datetime) -> None:
    path = reverse("accounts:counter_prove", args=[token])
    outbox.queue(
        Message(
            key=f"counter.link:{case.pk}:{secrets.token_hex(8)}",
            channel=Channel(case.channel),
            template="counter_link",
            recipient=case.contact,
            params={"case_no": case.case_no, "until_at": (now + LINK_LIVES).isoformat()},
            secret_params={"link": f"{settings.BASE_URL}{path}"},
            expires_at=now + LINK_LIVES,
        ),
        now=now,
    )


def _tell_old(case: CounterRecovery, *, now: datetime) -> None:
    outbox.queue_many(
        [
            Message(
                key=f"counter.old:{case.pk}:{number}",
                channel=channel,
                template="counter_old",
                recipient=contact,
                params={"case_no": case.case_no},
            )
            for number, (channel, contact) in enumerate(proved_contacts(case.user))
        ],
        now=now,
    )


@transaction.atomic
def finish_recovery(*, case: CounterRecovery, password: str, now: datetime) -> CounterRecovery:
    """The person opened the link and chose a password: the new contact is the only one from now on.

    Sessions end, second factors go. The caller has found the case by its token and checked the
    password by our rule. StaleStateError when the link was used, is too old, or the contact is taken.
    """
    if case.expires_at is None or case.expires_at <= now:
        raise StaleStateError("这个链接已经过期，请到柜台重发。")
    user = case.user
    _move(case, CounterAction.FINISH, actor=user, now=now)
    _replace_contacts(user, Channel(case.channel), case.contact, password=password, now=now)
    factors = Authenticator.objects.filter(user=user).delete()[0]
    audit.record(
        "account.recovered_at_counter",
        actor=user,
        now=now,
        obj=user,
        reason=f"柜台找回 {case.case_no}",
        details={
            "contact": mask(case.contact, _MASKS[Channel(case.channel)]),
            "sessions": end_sessions(user),
            "factors": factors,
        },
    )
    outbox.queue(
        Message(
            key=f"counter.done:{case.pk}",
            channel=Channel.NOTICE,
            template="counter_done",
            user_id=user.pk,
            params={"case_no": case.case_no},
        ),
        now=now,
    )
    return case


def _replace_contacts(
    user: User, channel: Channel, contact: str, *, password: str, now: datetime
) -> None:
    is_mail = channel == Channel.EMAIL
    discard_unproved_account(
        email=contact if is_mail else None, phone=None if is_mail else contact, now=now
    )
    user.email = contact if is_mail else None
    user.phone = None if is_mail else contact
    user.phone_verified_at = None if is_mail else now
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(
                update_fields=["email", "phone", "phone_index", "phone_verified_at", "password"]
            )
            EmailAddress.objects.filter(user=user).delete()
            if is_mail:
                EmailAddress.objects.create(user=user, email=contact, verified=True, primary=True)
    except IntegrityError as error:
        raise StaleStateError("这个联系方式刚被别的账号用了，请到柜台换一个。") from error
