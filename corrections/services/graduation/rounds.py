"""A round from its preparation to the archive: list, items, notice, totals, and the round after it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from corrections.models import AuditObjection, GraduationAudit
from corrections.policies.graduation import (
    check_can_change_list,
    check_can_move_audit,
    check_nothing_is_upheld,
)
from corrections.selectors.graduation import checklists_of, has_changed
from corrections.selectors.graduation_totals import counted
from corrections.services.graduation.listing import held_audit
from corrections.services.graduation.telling import tell_students
from corrections.services.graduation.words import optional_text, required_text
from corrections.states.graduation import (
    AUDIT,
    OUT,
    AuditAction,
    AuditState,
    ObjectionState,
    ResultState,
)

__all__ = ["close_audit", "move_deadline", "open_audit", "publish_notice", "retract_notice"]

_CHUNK: Final = 500
_STALE: Final = "这次审核刚刚有了变化，请刷新后再看。"
_AUDIT: Final[dict[AuditAction, str]] = {
    AuditAction.OPEN: "graduationaudit.opened",
    AuditAction.PUBLISH: "graduationaudit.published",
    AuditAction.RETRACT: "graduationaudit.retracted",
    AuditAction.CLOSE: "graduationaudit.closed",
}


@transaction.atomic
def open_audit(*, audit: GraduationAudit, actor: User, now: datetime) -> GraduationAudit:
    """Students see their lists from now on, and are told."""
    check_can_move_audit(actor, audit, AuditAction.OPEN, now=now)
    _move(audit, AuditAction.OPEN, actor=actor, now=now, opened_at=now, opened_by=actor.actor_label)
    students = list(audit.students.exclude(state__in=OUT).select_related("audit"))
    if not students or not audit.items.exists():
        raise NotAllowedError("先列入学生、定好项目，再开始审核。")
    tell_students(
        students,
        "graduation_opened",
        key=f"graduation-opened:{audit.pk}",
        params={"until_at": audit.confirm_until.isoformat()},
        now=now,
    )
    return audit


@transaction.atomic
def move_deadline(
    *, audit: GraduationAudit, confirm_until: datetime, reason: str, actor: User, now: datetime
) -> GraduationAudit:
    """Give students another moment until which they may answer."""
    audit = held_audit(audit)
    check_can_change_list(actor, audit)
    said = required_text(reason, field="reason", message="写明理由。")
    if confirm_until <= now:
        raise InvalidInputError("学生核对截止要晚于现在。", field="confirm_until")
    GraduationAudit.objects.filter(pk=audit.pk).update(confirm_until=confirm_until)
    audit.confirm_until = confirm_until
    trail.record(
        "graduationaudit.deadline_moved",
        actor=actor,
        now=now,
        obj=audit,
        reason=said,
        details={"until": confirm_until.isoformat()},
    )
    return audit


@transaction.atomic
def publish_notice(
    *,
    audit: GraduationAudit,
    opens_at: datetime,
    closes_at: datetime,
    text: str = "",
    actor: User,
    now: datetime,
) -> GraduationAudit:
    """The public notice of who is to graduate; everybody is decided, on facts that still hold."""
    check_can_move_audit(actor, audit, AuditAction.PUBLISH, now=now)
    if closes_at <= opens_at:
        raise InvalidInputError("公示结束要晚于公示开始。", field="closes_at")
    if closes_at <= now:
        raise InvalidInputError("公示结束要晚于现在。", field="closes_at")
    said = optional_text(text, field="text")
    _move(
        audit,
        AuditAction.PUBLISH,
        actor=actor,
        now=now,
        notice_opens_at=opens_at,
        notice_closes_at=closes_at,
        notice_text=said,
        published_at=now,
        published_by=actor.actor_label,
    )
    _check_settled(audit, now=now)
    return audit


def _check_settled(audit: GraduationAudit, *, now: datetime) -> None:
    """After the move, which keeps the round still: nobody is undecided, and no fact has changed."""
    students = audit.students.exclude(state__in=OUT)
    if waiting := students.exclude(state=ResultState.DECIDED).count():
        raise NotAllowedError(f"还有 {waiting} 人没有审定。暂时定不了的，审定为“暂缓毕业”。")
    changed = 0
    rows = list(students.order_by("pk"))
    for start in range(0, len(rows), _CHUNK):
        some = rows[start : start + _CHUNK]
        lists = checklists_of(audit, some, now=now)
        changed += sum(has_changed(student, lists[student.pk]) for student in some)
    if changed:
        raise NotAllowedError(
            f"有 {changed} 人审定以后情况变了。在名单里筛出来，重新审核后再发布。"
        )
    if not rows:
        raise NotAllowedError("名单上没有人。")


@transaction.atomic
def retract_notice(
    *, audit: GraduationAudit, reason: str, actor: User, now: datetime
) -> GraduationAudit:
    """Take the notice down at once, to put something right; what was objected stays.

    Not after the first certificate was handed out.
    """
    held_audit(audit)  # whoever hands a certificate out holds it too
    check_can_move_audit(actor, audit, AuditAction.RETRACT, now=now)
    said = required_text(reason, field="reason", message="写明为什么撤回公示。")
    _move(
        audit,
        AuditAction.RETRACT,
        reason=said,
        actor=actor,
        now=now,
        notice_opens_at=None,
        notice_closes_at=None,
        published_at=None,
        published_by="",
    )
    return audit


@transaction.atomic
def close_audit(*, audit: GraduationAudit, actor: User, now: datetime) -> GraduationAudit:
    """Archive the round with its figures, once the notice is over, every objection is answered and none was upheld."""
    check_can_move_audit(actor, audit, AuditAction.CLOSE, now=now)
    figures = counted(audit)
    _move(
        audit,
        AuditAction.CLOSE,
        actor=actor,
        now=now,
        totals={
            "lines": [asdict(line) for line in figures.lines],
            "listed": figures.listed,
            "certificates": figures.certificates,
            "handed": figures.handed,
        },
        closed_at=now,
        closed_by=actor.actor_label,
    )
    open_ones = AuditObjection.objects.filter(audit=audit, state=ObjectionState.OPEN).count()
    if open_ones:
        raise NotAllowedError(f"还有 {open_ones} 份异议没有答复，答复以后才能归档。")
    check_nothing_is_upheld(audit)  # an answer that came between the first look and the move
    if not figures.ties_out:
        raise NotAllowedError("归档的数字和名单对不上，请联系管理员。")
    return audit


def _move(
    audit: GraduationAudit,
    action: AuditAction,
    *,
    reason: str = "",
    actor: User,
    now: datetime,
    **changes: Any,
) -> None:
    source = AuditState(audit.state)
    target = AUDIT.target(action, source=source)
    unmoved = GraduationAudit.objects.filter(pk=audit.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    audit.refresh_from_db()
    trail.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=audit,
        reason=reason,
        details={"audit_state": target.value},
    )
