"""The result of one student: the college proposes, the office decides, the student confirms the list."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from corrections.models import AuditedStudent, AuditItem, ItemMark
from corrections.policies.graduation import (
    check_can_change_list,
    check_can_confirm,
    check_can_move_result,
)
from corrections.selectors.graduation import StudentChecklist, checklist_of
from corrections.selectors.graduation_scope import (
    is_own,
    waiting_objections,
)
from corrections.services.graduation.listing import held_audit
from corrections.services.graduation.telling import tell_students
from corrections.services.graduation.words import optional_text, required_text
from corrections.states.graduation import (
    OWN_SOURCES,
    RESULT,
    AuditOutcome,
    CertificateState,
    ItemSource,
    ItemState,
    ResultAction,
    ResultState,
)

__all__ = [
    "confirm_list",
    "decide_result",
    "drop_student",
    "propose_result",
    "reopen_result",
    "return_result",
    "set_mark",
]

CONFIRMS: Final = Limit("graduation-confirm", 20, 3600)
_STALE: Final = "这名学生的审核刚刚有了变化，请刷新后再看。"
_AUDIT: Final[dict[ResultAction, str]] = {
    ResultAction.PROPOSE: "auditresult.proposed",
    ResultAction.RETURN: "auditresult.returned",
    ResultAction.DECIDE: "auditresult.decided",
    ResultAction.REOPEN: "auditresult.reopened",
    ResultAction.DROP: "auditresult.dropped",
}
_NOTHING_PROPOSED: Final[dict[str, Any]] = {
    "proposed": "",
    "proposed_note": None,
    "proposed_at": None,
    "proposed_by": "",
    "proposer": None,
}
_NOTHING_DECIDED: Final[dict[str, Any]] = {
    "decided": "",
    "decided_note": None,
    "decided_at": None,
    "decided_by": "",
    "decided_digest": "",
}


@transaction.atomic
def propose_result(
    *, student: AuditedStudent, outcome: AuditOutcome, note: str = "", actor: User, now: datetime
) -> AuditedStudent:
    """What the college holds, or the office for who has none; another result than the items give needs a word."""
    student = _held(student)
    check_can_move_result(actor, student, ResultAction.PROPOSE, now=now)
    said = _grounds(student, outcome, note, checklist_of(student, now=now))
    _move(
        student,
        ResultAction.PROPOSE,
        actor=actor,
        now=now,
        proposed=outcome.value,
        proposed_note=said or None,
        proposed_at=now,
        proposed_by=actor.actor_label,
        proposer=actor,
    )
    return student


@transaction.atomic
def return_result(
    *, student: AuditedStudent, note: str, actor: User, now: datetime
) -> AuditedStudent:
    """Back to the college, which reads what to look at again."""
    student = _held(student)
    check_can_move_result(actor, student, ResultAction.RETURN, now=now)
    said = required_text(note, field="note", message="写清楚要学院再核什么。")
    changes = {**_NOTHING_PROPOSED, "decided_note": said}
    _move(student, ResultAction.RETURN, actor=actor, now=now, **changes)
    return student


@transaction.atomic
def decide_result(
    *, student: AuditedStudent, outcome: AuditOutcome, note: str = "", actor: User, now: datetime
) -> AuditedStudent:
    """The office's result, bound to what the list says at this moment; the student is told."""
    student = _held(student)
    check_can_move_result(actor, student, ResultAction.DECIDE, now=now)
    checklist = checklist_of(student, now=now)
    said = _grounds(student, outcome, note, checklist)
    if outcome != student.proposed and not said:
        raise InvalidInputError("和学院提出的不一样，写明理由。", field="note")
    _move(
        student,
        ResultAction.DECIDE,
        actor=actor,
        now=now,
        decided=outcome.value,
        decided_note=said or None,
        decided_at=now,
        decided_by=actor.actor_label,
        decided_digest=checklist.digest,
    )
    tell_students(
        [student],
        "graduation_decided",
        key=f"graduation-decided:{student.pk}:{now.timestamp():.6f}",
        now=now,
    )
    return student


@transaction.atomic
def reopen_result(
    *, student: AuditedStudent, note: str, actor: User, now: datetime
) -> AuditedStudent:
    """Begin again, because a fact has changed or something was overlooked; the student is told."""
    student = _held(student)
    check_can_move_result(actor, student, ResultAction.REOPEN, now=now)
    if student.certificates.exclude(state=CertificateState.VOID).exists():
        raise NotAllowedError("这名学生已有证书，先把证书作废，再重新审核。")
    said = required_text(note, field="note", message="写明为什么重新审核。")
    _move(
        student,
        ResultAction.REOPEN,
        actor=actor,
        now=now,
        **{**_NOTHING_PROPOSED, **_NOTHING_DECIDED, "decided_note": said},
    )
    tell_students(
        [student],
        "graduation_reopened",
        key=f"graduation-reopened:{student.pk}:{now.timestamp():.6f}",
        now=now,
    )
    return student


@transaction.atomic
def drop_student(
    *, student: AuditedStudent, note: str, actor: User, now: datetime
) -> AuditedStudent:
    """Off the list: not of this cohort, or not here any more."""
    student = _held(student)
    check_can_move_result(actor, student, ResultAction.DROP, now=now)
    said = required_text(note, field="note", message="写明为什么移出。")
    changes = {**_NOTHING_PROPOSED, "decided_note": said}
    _move(student, ResultAction.DROP, actor=actor, now=now, **changes)
    return student


@transaction.atomic
def confirm_list(
    *, student: AuditedStudent, seen_digest: str, actor: User, now: datetime
) -> AuditedStudent:
    """The student confirms the list as it was shown; one that has changed meanwhile is shown anew."""
    hit(CONFIRMS, actor.actor_id, now=now)
    student = _row(student)
    check_can_confirm(actor, student, now=now)
    digest = checklist_of(student, now=now).digest
    if digest != seen_digest:
        raise StaleStateError("清单刚刚有了变化，请看过最新的内容再确认。")
    changes = {"confirmed_digest": digest, "confirmed_at": now, "confirmed_by": actor.actor_label}
    AuditedStudent.objects.filter(pk=student.pk).update(**changes)
    for column, value in changes.items():
        setattr(student, column, value)
    trail.record("auditresult.confirmed", actor=actor, now=now, obj=student, subject=student.record)
    return student


@transaction.atomic
def set_mark(
    *,
    student: AuditedStudent,
    item: AuditItem,
    state: ItemState,
    note: str,
    reason: str,
    actor: User,
    now: datetime,
) -> ItemMark:
    """Put one item right by hand, between lists; the reason stays in the trail."""
    student = _held(student)
    check_can_change_list(actor, student.audit)
    if is_own(actor, student.record):
        raise NotAllowedError("这件事和你自己的学籍有关，要由别人办理。")
    if item.audit_id != student.audit_id or ItemSource(item.source) in OWN_SOURCES:
        raise InvalidInputError("这个项目不能手工改：它由网站自己的记录得出。", field="item")
    said = required_text(reason, field="reason", message="写明理由。")
    made, _ = ItemMark.objects.update_or_create(
        student=student,
        item=item,
        defaults={
            "state": state,
            "note": optional_text(note, field="note") or None,
            "set_at": now,
            "set_by": actor.actor_label,
            "source_import": None,
        },
    )
    trail.record(
        "auditresult.mark_set",
        actor=actor,
        now=now,
        obj=student,
        subject=student.record,
        reason=said,
        details={"item": item.title, "item_state": state.value},
    )
    return made


def _grounds(
    student: AuditedStudent, outcome: AuditOutcome, note: str, checklist: StudentChecklist
) -> str:
    """The note, when this result may be given on this list; else what stands against it."""
    if waiting_objections(student).exists():
        raise NotAllowedError("学生的异议还没有答复，答复以后再办。")
    suggested = checklist.suggested
    if outcome is AuditOutcome.GRADUATE and suggested is not AuditOutcome.GRADUATE:
        lacking = "、".join(line.item.title for line in checklist.lacking)
        raise NotAllowedError(f"还有没达到或待定的项目：{lacking}，不能准予毕业。")
    if outcome is AuditOutcome.COMPLETE and suggested is None:
        raise NotAllowedError("还有待定的项目，定下来以后才能准予结业；现在可以暂缓。")
    said = optional_text(note, field="note")
    if outcome is not suggested and not said:
        raise InvalidInputError("和各项目得出的结果不一样，写明理由。", field="note")
    return said


def _held(student: AuditedStudent) -> AuditedStudent:
    """The row with its round, both kept still.

    The round first, as whoever moves it or works on its lists does: nothing is published or imported
    between the look at its state and what is written on the grounds of it.
    """
    held_audit(student.audit)
    return _row(student)


def _row(student: AuditedStudent) -> AuditedStudent:
    """The row as it is, kept still; StaleStateError when it has moved since it was read."""
    fresh = (
        AuditedStudent.objects.select_for_update(of=("self",))
        .select_related("audit", "record__school")
        .get(pk=student.pk)
    )
    if fresh.state != student.state:
        raise StaleStateError(_STALE)
    return fresh


def _move(
    student: AuditedStudent, action: ResultAction, *, actor: User, now: datetime, **changes: Any
) -> None:
    """What people wrote stays in the row, encrypted: the trail says who did what when."""
    source = ResultState(student.state)
    target = RESULT.target(action, source=source)
    unmoved = AuditedStudent.objects.filter(pk=student.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(student, column, value)
    details = {"result_state": target.value}
    given = changes.get("decided") or changes.get("proposed")
    if given:
        details["audit_outcome"] = given
    trail.record(
        _AUDIT[action], actor=actor, now=now, obj=student, subject=student.record, details=details
    )
