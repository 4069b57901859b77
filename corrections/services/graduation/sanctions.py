"""Sanctions by hand: entered, lifted, taken off when entered by mistake; and who may see them at all."""

from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.policies import is_registrar
from common import audit as trail
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.wording import local
from corrections.models import Sanction, SanctionHandler
from corrections.policies.graduation import (
    check_can_name_sanction_handler,
    check_handles_sanctions,
)
from corrections.selectors.graduation_scope import is_own
from corrections.services.graduation.words import optional_text, required_text, short_text
from corrections.states.graduation import SanctionKind
from enrollment.models import StudentRecord

__all__ = [
    "end_sanction_handler",
    "enter_sanction",
    "lift_sanction",
    "name_sanction_handler",
    "note_sanction_seen",
    "note_sanctions_listed",
    "void_sanction",
]

_PARTY: Final = "这件事和你自己的学籍有关，要由别人办理。"
_STALE: Final = "这份处分刚刚有了变化，请刷新后再看。"


@transaction.atomic
def name_sanction_handler(*, user: User, name: str, actor: User, now: datetime) -> SanctionHandler:
    """One of the office names another one; from now on that person sees every sanction but the own."""
    check_can_name_sanction_handler(actor, user)
    named = short_text(name, field="name", most=50, message="写上姓名。")
    try:
        with transaction.atomic():
            made = SanctionHandler.objects.create(
                user=user, name=named, named_at=now, named_by=actor.actor_label
            )
    except IntegrityError as error:
        raise StaleStateError("这个人已经是处分经办人。") from error
    trail.record(
        "sanctionhandler.named",
        actor=actor,
        now=now,
        obj=made,
        details={"account": user.contact_label},
    )
    return made


@transaction.atomic
def end_sanction_handler(*, handler: SanctionHandler, actor: User, now: datetime) -> None:
    """The person sees no sanction any more, at once."""
    if not is_registrar(actor):
        raise NotAllowedError("处分经办人由教务处指定和终止。")
    running = SanctionHandler.objects.filter(pk=handler.pk, ended_at=None)
    if running.update(ended_at=now, ended_by=actor.actor_label) != 1:
        raise StaleStateError("已经不是处分经办人了。")
    handler.refresh_from_db()
    trail.record(
        "sanctionhandler.ended",
        actor=actor,
        now=now,
        obj=handler,
        details={"account": handler.user.contact_label},
    )


@transaction.atomic
def enter_sanction(
    *,
    record: StudentRecord,
    kind: SanctionKind,
    document_no: str,
    imposed_date: date,
    lifted_date: date | None = None,
    reason: str = "",
    actor: User,
    now: datetime,
) -> Sanction:
    """A sanction with its document; the trail says that there is one, never which."""
    check_handles_sanctions(actor)
    if is_own(actor, record):
        raise NotAllowedError(_PARTY)
    number = short_text(document_no, field="document_no", most=60, message="写上文号。")
    if imposed_date > local(now).date():
        raise InvalidInputError("处分日期不能晚于今天。", field="imposed_date")
    if lifted_date is not None and lifted_date < imposed_date:
        raise InvalidInputError("解除日期不能早于处分日期。", field="lifted_date")
    label = actor.actor_label
    try:
        with transaction.atomic():
            made = Sanction.objects.create(
                record=record,
                kind=kind,
                document_no=number,
                imposed_date=imposed_date,
                lifted_date=lifted_date,
                lifted_at=now if lifted_date else None,
                lifted_by=label if lifted_date else "",
                reason=optional_text(reason, field="reason") or None,
                entered_at=now,
                entered_by=label,
            )
    except IntegrityError as error:
        raise InvalidInputError("这名学生已有同一文号的处分。", field="document_no") from error
    trail.record("sanction.entered", actor=actor, now=now, obj=made, subject=record)
    return made


@transaction.atomic
def lift_sanction(*, sanction: Sanction, lifted_date: date, actor: User, now: datetime) -> Sanction:
    """Lifted from that day on, which may lie ahead: then time decides."""
    _check_works_on(actor, sanction)
    if lifted_date < sanction.imposed_date:
        raise InvalidInputError("解除日期不能早于处分日期。", field="lifted_date")
    waiting = Sanction.objects.filter(pk=sanction.pk, lifted_date=None, voided_at=None)
    changes = {"lifted_date": lifted_date, "lifted_at": now, "lifted_by": actor.actor_label}
    if waiting.update(**changes) != 1:
        raise StaleStateError(_STALE)
    sanction.refresh_from_db()
    trail.record("sanction.lifted", actor=actor, now=now, obj=sanction, subject=sanction.record)
    return sanction


@transaction.atomic
def void_sanction(*, sanction: Sanction, reason: str, actor: User, now: datetime) -> Sanction:
    """Entered by mistake: it never counts, the row stays."""
    _check_works_on(actor, sanction)
    said = required_text(reason, field="reason", message="写明为什么撤下。")
    there = Sanction.objects.filter(pk=sanction.pk, voided_at=None)
    if there.update(voided_at=now, voided_by=actor.actor_label, void_reason=said) != 1:
        raise StaleStateError(_STALE)
    sanction.refresh_from_db()
    trail.record("sanction.voided", actor=actor, now=now, obj=sanction, subject=sanction.record)
    return sanction


def _check_works_on(actor: User, sanction: Sanction) -> None:
    check_handles_sanctions(actor)
    if is_own(actor, sanction.record):
        raise NotAllowedError(_PARTY)


@transaction.atomic
def note_sanction_seen(*, sanction: Sanction, viewer: Actor, now: datetime) -> None:
    """Somebody opened a sanction; every look counts, also the second one."""
    trail.record("sanction.viewed", actor=viewer, now=now, obj=sanction, subject=sanction.record)


@transaction.atomic
def note_sanctions_listed(*, count: int, viewer: Actor, now: datetime) -> None:
    """Somebody opened a list of sanctions, with so many on it."""
    trail.record("sanction.listed", actor=viewer, now=now, details={"count": count})
