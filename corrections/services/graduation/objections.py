"""Objections: to an item by its student, to the notice by anybody; each is answered."""

from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from corrections.models import AuditedStudent, AuditItem, AuditObjection, GraduationAudit
from corrections.policies.graduation import (
    check_can_move_objection,
    check_can_object,
    check_can_object_to_notice,
    check_is_office,
)
from corrections.selectors.graduation import checklist_of
from corrections.services.graduation.listing import held_audit
from corrections.services.graduation.telling import tell_students
from corrections.services.graduation.words import required_text, short_text
from corrections.states.graduation import (
    OBJECTION,
    ObjectionAction,
    ObjectionKind,
    ObjectionState,
)

__all__ = [
    "answer_objection",
    "object_to_item",
    "object_to_notice",
    "record_notice_objection",
    "withdraw_objection",
]

OBJECTIONS: Final = Limit("graduation-objections", 20, 86_400)
_STALE: Final = "这份异议刚刚有了变化，请刷新后再看。"
_AUDIT: Final[dict[ObjectionAction, str]] = {
    ObjectionAction.UPHOLD: "auditobjection.upheld",
    ObjectionAction.REJECT: "auditobjection.rejected",
    ObjectionAction.WITHDRAW: "auditobjection.withdrawn",
}


@transaction.atomic
def object_to_item(
    *, student: AuditedStudent, item: AuditItem, reason: str, actor: User, now: datetime
) -> AuditObjection:
    """The student says what is wrong with an item; it goes to the college."""
    hit(OBJECTIONS, actor.actor_id, now=now)
    held_audit(student.audit)  # the objection points to it: held first, as those who work on it do
    held = (
        AuditedStudent.objects.select_for_update(of=("self",))
        .select_related("audit", "record")
        .get(pk=student.pk)
    )
    check_can_object(actor, held, now=now)
    said = required_text(reason, field="reason", message="写清楚哪里不对，有什么依据。")
    line = next(
        (each for each in checklist_of(held, now=now).lines if each.item.pk == item.pk), None
    )
    if line is None:
        raise InvalidInputError("清单上没有这个项目。", field="item")
    return _create(
        audit=held.audit,
        kind=ObjectionKind.ITEM,
        student=held,
        item=item,
        seen_state=line.state,
        reason=said,
        objector=actor,
        actor=actor,
        now=now,
    )


@transaction.atomic
def object_to_notice(
    *,
    audit: GraduationAudit,
    name: str,
    contact: str,
    reason: str,
    actor: User,
    now: datetime,
) -> AuditObjection:
    """Somebody with an account objects to the notice, while it is up."""
    hit(OBJECTIONS, actor.actor_id, now=now)
    return _to_notice(audit, name, contact, reason, objector=actor, actor=actor, now=now)


@transaction.atomic
def record_notice_objection(
    *,
    audit: GraduationAudit,
    name: str,
    contact: str,
    reason: str,
    actor: User,
    now: datetime,
) -> AuditObjection:
    """What came to the office by phone or on paper, while the notice is up."""
    check_is_office(actor)
    return _to_notice(audit, name, contact, reason, objector=None, actor=actor, now=now)


def _to_notice(
    audit: GraduationAudit,
    name: str,
    contact: str,
    reason: str,
    *,
    objector: User | None,
    actor: User,
    now: datetime,
) -> AuditObjection:
    held = held_audit(audit)
    check_can_object_to_notice(held, now=now)
    return _create(
        audit=held,
        kind=ObjectionKind.NOTICE,
        objector_name=short_text(name, field="name", most=50, message="写上姓名，要实名。"),
        contact=short_text(contact, field="contact", most=100, message="写上联系方式。"),
        reason=required_text(
            reason, field="reason", message="写清楚对谁、对什么有异议，有什么依据。"
        ),
        objector=objector,
        actor=actor,
        now=now,
    )


def _create(*, actor: User, now: datetime, **values: Any) -> AuditObjection:
    try:
        with transaction.atomic():
            made = AuditObjection.objects.create(
                received_at=now, received_by=actor.actor_label, **values
            )
    except IntegrityError as error:
        raise NotAllowedError("这个项目已有一份没答复的异议，等答复，或先撤回那一份。") from error
    trail.record(
        "auditobjection.received",
        actor=actor,
        now=now,
        obj=made,
        subject=made.student.record if made.student else None,
    )
    return made


@transaction.atomic
def answer_objection(
    *,
    objection: AuditObjection,
    action: ObjectionAction,
    answer: str,
    actor: User,
    now: datetime,
) -> AuditObjection:
    """Upheld or not, with an answer that whoever objected reads."""
    check_can_move_objection(actor, objection, action, now=now)
    said = required_text(answer, field="answer", message="写清楚答复。")
    _move(
        objection,
        action,
        actor=actor,
        now=now,
        answer=said,
        answered_at=now,
        answered_by=actor.actor_label,
    )
    if objection.student is not None and objection.kind == ObjectionKind.ITEM:
        tell_students(
            [objection.student],
            "graduation_answered",
            key=f"graduation-answered:{objection.pk}",
            now=now,
        )
    return objection


@transaction.atomic
def withdraw_objection(*, objection: AuditObjection, actor: User, now: datetime) -> AuditObjection:
    """Whoever objected takes it back."""
    check_can_move_objection(actor, objection, ObjectionAction.WITHDRAW, now=now)
    _move(objection, ObjectionAction.WITHDRAW, actor=actor, now=now)
    return objection


def _move(
    objection: AuditObjection,
    action: ObjectionAction,
    *,
    actor: User,
    now: datetime,
    **changes: Any,
) -> None:
    source = ObjectionState(objection.state)
    target = OBJECTION.target(action, source=source)
    unmoved = AuditObjection.objects.filter(pk=objection.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(objection, column, value)
    trail.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=objection,
        subject=objection.student.record if objection.student else None,
    )
