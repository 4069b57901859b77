"""重复学籍: a record that repeats another is cancelled by two people, kept, and can come back."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from common import audit, outbox
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel
from common.wording import local
from enrollment.models import DuplicateCase, StudentRecord
from enrollment.selectors import owner_of
from enrollment.services.record import Effect, amend_record, checked_reason
from enrollment.states import (
    DUPLICATE,
    DuplicateAction,
    DuplicateState,
    EnrollmentStatus,
    StatusSource,
)

__all__ = [
    "confirm_duplicate",
    "decline_duplicate",
    "propose_duplicate",
    "undo_duplicate",
]

_MOVED = "这件重复学籍刚刚有了变化，请刷新后再看。"


@transaction.atomic
def propose_duplicate(
    *, record: StudentRecord, stays: StudentRecord, reason: str, actor: Actor, now: datetime
) -> DuplicateCase:
    """Propose to cancel `record`, which repeats `stays`; nothing changes until a second person agrees."""
    reason = checked_reason(reason)
    if record.pk == stays.pk:
        raise InvalidInputError("保留的和注销的不能是同一条学籍。", field="stays")
    if record.duplicate_of_id is not None:
        raise NotAllowedError("这条学籍已经作为重复学籍注销了。")
    if stays.duplicate_of_id is not None:
        raise InvalidInputError("要保留的那条自己就是注销了的重复学籍。", field="stays")
    if StudentRecord.objects.filter(duplicate_of=record).exists():
        raise NotAllowedError("别的重复学籍指向这条，它要保留；先恢复那些再办。")
    try:
        with transaction.atomic():
            case = DuplicateCase.objects.create(
                record=record,
                stays=stays,
                reason=reason,
                former_status=record.enrollment_status,
                former_text=record.enrollment_status_text,
                proposer_id=actor.actor_id,
                proposed_at=now,
                proposed_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("这条学籍已经在按重复学籍处理。") from error
    _write_down("duplicate.proposed", case, reason=reason, actor=actor, now=now)
    return case


@transaction.atomic
def confirm_duplicate(
    *, case: DuplicateCase, actor: Actor, now: datetime, note: str = ""
) -> DuplicateCase:
    """The second person agrees: the record is cancelled, kept, and points to the one that stays.

    Its student sees only the other; running campaigns take it out by its status.
    """
    _check_second(case, actor)
    _decide(case, DuplicateAction.CONFIRM, note=note, actor=actor, now=now)
    alone = StudentRecord.objects.filter(pk=case.record_id, duplicate_of=None)
    if alone.update(duplicate_of=case.stays_id) != 1:
        raise StaleStateError(_MOVED)
    record = StudentRecord.objects.get(pk=case.record_id)
    if record.enrollment_status != EnrollmentStatus.CANCELLED:
        _set_status(case, record, EnrollmentStatus.CANCELLED, actor=actor, now=now)
    _write_down("duplicate.confirmed", case, reason=note or case.reason, actor=actor, now=now)
    _tell(case, "record_duplicate", now=now)
    return case


@transaction.atomic
def decline_duplicate(
    *, case: DuplicateCase, reason: str, actor: Actor, now: datetime
) -> DuplicateCase:
    """Not a duplicate after all: nothing changes, and the case says so."""
    reason = checked_reason(reason)
    _decide(case, DuplicateAction.DECLINE, note=reason, actor=actor, now=now)
    _write_down("duplicate.declined", case, reason=reason, actor=actor, now=now)
    return case


@transaction.atomic
def undo_duplicate(
    *, case: DuplicateCase, reason: str, actor: Actor, now: datetime
) -> DuplicateCase:
    """Bring a cancelled duplicate back with the status that it had."""
    reason = checked_reason(reason)
    target = DUPLICATE.target(DuplicateAction.UNDO, source=DuplicateState(case.state))
    confirmed = DuplicateCase.objects.filter(pk=case.pk, state=case.state)
    undone: dict[str, Any] = {
        "state": target,
        "undone_at": now,
        "undone_by": actor.actor_label,
        "undo_reason": reason,
    }
    if confirmed.update(**undone) != 1:
        raise StaleStateError(_MOVED)
    case.refresh_from_db()
    record = StudentRecord.objects.get(pk=case.record_id)
    if record.enrollment_status != case.former_status:
        former = EnrollmentStatus(case.former_status)
        _set_status(case, record, former, case.former_text, actor=actor, now=now)
    StudentRecord.objects.filter(pk=case.record_id).update(duplicate_of=None)
    _write_down("duplicate.undone", case, reason=reason, actor=actor, now=now)
    _tell(case, "record_duplicate_undone", now=now)
    return case


def _check_second(case: DuplicateCase, actor: Actor) -> None:
    if actor.actor_id == case.proposer_id:
        raise NotAllowedError("提出的人不能自己确认，请另一位老师核对后确认。")


def _decide(
    case: DuplicateCase, action: DuplicateAction, *, note: str, actor: Actor, now: datetime
) -> None:
    source = DuplicateState(case.state)
    target = DUPLICATE.target(action, source=source)
    undecided = DuplicateCase.objects.filter(pk=case.pk, state=source)
    decided: dict[str, Any] = {
        "state": target,
        "decided_at": now,
        "decided_by": actor.actor_label,
        "decision_note": note.strip(),
    }
    if undecided.update(**decided) != 1:
        raise StaleStateError(_MOVED)
    case.refresh_from_db()


def _set_status(
    case: DuplicateCase,
    record: StudentRecord,
    status: EnrollmentStatus,
    text: str = "",
    *,
    actor: Actor,
    now: datetime,
) -> None:
    amend_record(
        record=record,
        changes={"enrollment_status": status.value},
        reason=case.reason,
        actor=actor,
        now=now,
        case=f"重复学籍 {case.pk}",
        effect=Effect(local(now).date(), StatusSource.DUPLICATE, text),
    )


def _write_down(
    action: str, case: DuplicateCase, *, reason: str, actor: Actor, now: datetime
) -> None:
    audit.record(
        action,
        actor=actor,
        now=now,
        obj=case,
        subject=case.record,
        reason=reason,
        details={"stays": case.stays.student_no},
    )


def _tell(case: DuplicateCase, template: str, *, now: datetime) -> None:
    owner = owner_of(case.record)
    if owner is None:
        return
    outbox.queue(
        outbox.Message(
            key=f"{template}:{case.pk}",
            channel=Channel.NOTICE,
            template=template,
            user_id=owner.pk,
            params={"student_no": case.record.student_no, "stays": case.stays.student_no},
        ),
        now=now,
    )
