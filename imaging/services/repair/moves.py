"""How a case moves: compare-and-swap and its audit events in one transaction."""

from datetime import datetime
from typing import Any

from accounts.models import User
from common import audit
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, StaleStateError
from enrollment.models import StudentRecord
from imaging.models import PhotoHint, PhotoRepair, RepairMove
from imaging.selectors.repair import record_ids_of
from imaging.states import (
    HINT,
    REPAIR,
    HintAction,
    HintState,
    RepairAction,
    RepairState,
)

__all__ = ["checked_reason", "expire", "judge_hint", "move_repair", "write_down"]

_LONGEST_REASON = 300
_STALE = "这件照片更正刚刚有了变化，请刷新页面再看。"
_AUDIT = {
    RepairAction.CONFIRM: "repair.confirmed",
    RepairAction.DROP: "repair.dropped",
    RepairAction.EXPIRE: "repair.expired",
    RepairAction.ASK_UNDO: "repair.undo_asked",
    RepairAction.UNDO: "repair.undone",
    RepairAction.KEEP: "repair.undo_dropped",
}
_ENDS = frozenset({RepairAction.CONFIRM, RepairAction.DROP, RepairAction.EXPIRE})


def checked_reason(reason: str) -> str:
    """The reason, which nothing of this may lack."""
    if not reason.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    return reason.strip()[:_LONGEST_REASON]


def move_repair(
    repair: PhotoRepair,
    action: RepairAction,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    **changes: Any,
) -> None:
    """Move the row once, or say that somebody else was first; the caller holds the transaction."""
    source = RepairState(repair.state)
    changes["state"] = REPAIR.target(action, source=source)
    if action in _ENDS:
        changes |= {"closed_at": now, "closed_by": actor.actor_label}
        changes["decider"] = actor if isinstance(actor, User) else None
    unmoved = PhotoRepair.objects.filter(
        pk=repair.pk, state=source, undo_asked_at=repair.undo_asked_at
    )
    if unmoved.update(**changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in changes.items():
        setattr(repair, column, value)
    if action in _ENDS:
        RepairMove.objects.filter(repair=repair).update(is_open=False)
    write_down(_AUDIT[action], repair, reason=reason, actor=actor, now=now)


def expire(repair: PhotoRepair, *, now: datetime) -> None:
    """Nobody confirmed in time: the photos are free for another proposal, its hint waits again."""
    move_repair(repair, RepairAction.EXPIRE, reason="", actor=SYSTEM, now=now)
    if repair.hint is not None:
        judge_hint(repair.hint, HintAction.REOPEN, reason="", actor=SYSTEM, now=now)


def judge_hint(
    hint: PhotoHint, action: HintAction, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Move a hint once, on record; an open one carries no decision."""
    source = HintState(hint.state)
    target = HINT.target(action, source=source)
    is_open = target == HintState.OPEN
    changes: dict[str, Any] = {
        "state": target,
        "reason": reason,
        "decided_at": None if is_open else now,
        "decided_by": "" if is_open else actor.actor_label,
    }
    if PhotoHint.objects.filter(pk=hint.pk, state=source).update(**changes) != 1:
        raise StaleStateError("这条线索刚刚有人决定了，请刷新页面再看。")
    for column, value in changes.items():
        setattr(hint, column, value)
    audit.record(
        "photohint.judged",
        actor=actor,
        now=now,
        obj=hint,
        subject=StudentRecord(pk=hint.record_id),
        reason=reason,
        details={"hint": hint.kind, "hint_state": target.value},
    )


def write_down(
    action: str, repair: PhotoRepair, *, reason: str, actor: Actor, now: datetime
) -> None:
    """One event about each record that the case touches, so that each student's ledger has it."""
    moves = list(repair.moves.all())
    subjects: list[StudentRecord | None] = [StudentRecord(pk=pk) for pk in record_ids_of(moves)]
    audit.record_many(
        audit.event(
            action,
            actor=actor,
            now=now,
            obj=repair,
            subject=subject,
            reason=reason,
            details={"repair": repair.kind, "count": len(moves)},
        )
        for subject in (subjects or [None])
    )
