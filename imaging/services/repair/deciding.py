"""A second person agrees, or not; and two people take back what was wrong."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.errors import NotAllowedError, StaleStateError
from imaging.models import PhotoRepair
from imaging.policies import check_can_act_on_repair
from imaging.selectors.repair import current_versions, later_work, reasons_not_to_undo
from imaging.services.repair.carrying import carry_out, errand_of, give_back
from imaging.services.repair.moves import checked_reason, expire, judge_hint, move_repair
from imaging.services.repair.preview import sight_of
from imaging.services.versions import hold_rounds
from imaging.states import HintAction, HintState, RepairAction

__all__ = [
    "ask_undo_repair",
    "confirm_repair",
    "drop_repair",
    "expire_repairs",
    "keep_repair",
    "undo_repair",
]

_CHANGED = "提出以后，这些学籍的照片有了变化。先“不办”这一件，看过现在的照片再重新提出。"
_SINCE_SEEN = "你看过以后，有学生提交或撤回了结论，受影响的人变了。请再看一遍，再确认。"
_EXPIRE_BATCH = 500


@transaction.atomic
def confirm_repair(
    *, repair: PhotoRepair, reason: str, actor: User, now: datetime, sight: str | None = None
) -> PhotoRepair:
    """The second person agrees: all of it happens in this one transaction, and whose photo changed is told.

    `sight` is what `sight_of` said when the person looked: conclusions given since make them look
    again. StaleStateError for whoever comes second, and when a photo is not where it was.
    """
    check_can_act_on_repair(actor, repair, RepairAction.CONFIRM, now=now)
    reason = checked_reason(reason)
    moves = list(repair.moves.select_related("entry").order_by("pk"))
    move_repair(repair, RepairAction.CONFIRM, reason=reason, actor=actor, now=now)
    hold_rounds(sorted(map(int, repair.seen)))
    shown = current_versions(map(int, repair.seen), repair.photo_kind)
    if {pk: shown[int(pk)].pk if int(pk) in shown else 0 for pk in repair.seen} != repair.seen:
        raise NotAllowedError(_CHANGED)
    if sight is not None and sight != sight_of(repair):
        raise StaleStateError(_SINCE_SEEN)
    repair.memo = carry_out(moves, errand_of(repair, actor=actor, now=now))
    repair.save(update_fields=["memo"])
    return repair


@transaction.atomic
def drop_repair(*, repair: PhotoRepair, reason: str, actor: User, now: datetime) -> PhotoRepair:
    """Not right, or not worth it; a hint that led here is a no, and stays one."""
    check_can_act_on_repair(actor, repair, RepairAction.DROP, now=now)
    reason = checked_reason(reason)
    move_repair(repair, RepairAction.DROP, reason=reason, actor=actor, now=now)
    _refuse_hint(repair, reason=reason, actor=actor, now=now)
    return repair


@transaction.atomic
def ask_undo_repair(*, repair: PhotoRepair, reason: str, actor: User, now: datetime) -> PhotoRepair:
    """Say why it was wrong; nothing changes until somebody else confirms."""
    check_can_act_on_repair(actor, repair, RepairAction.ASK_UNDO, now=now)
    reason = checked_reason(reason)
    _refuse_for(reasons_not_to_undo(repair))
    move_repair(
        repair,
        RepairAction.ASK_UNDO,
        reason=reason,
        actor=actor,
        now=now,
        undo_asked_at=now,
        undo_asked_by=actor.actor_label,
        undo_asker=actor,
    )
    return repair


@transaction.atomic
def keep_repair(*, repair: PhotoRepair, reason: str, actor: User, now: datetime) -> PhotoRepair:
    """It was right after all."""
    check_can_act_on_repair(actor, repair, RepairAction.KEEP, now=now)
    move_repair(
        repair,
        RepairAction.KEEP,
        reason=checked_reason(reason),
        actor=actor,
        now=now,
        undo_asked_at=None,
        undo_asked_by="",
        undo_asker=None,
    )
    return repair


@transaction.atomic
def undo_repair(*, repair: PhotoRepair, reason: str, actor: User, now: datetime) -> PhotoRepair:
    """Every photo back to where it was, in one step, as new versions; students verify once more.

    NotAllowedError with every reason when something was built on it since.
    """
    check_can_act_on_repair(actor, repair, RepairAction.UNDO, now=now)
    reason = checked_reason(reason)
    moves = list(repair.moves.select_related("entry").order_by("pk"))
    move_repair(
        repair,
        RepairAction.UNDO,
        reason=reason,
        actor=actor,
        now=now,
        undone_at=now,
        undone_by=actor.actor_label,
        undoer=actor,
    )
    hold_rounds(sorted(map(int, repair.seen)))
    _refuse_for(later_work(repair))
    give_back(moves, repair.memo, errand_of(repair, actor=actor, now=now, is_undo=True))
    _refuse_hint(repair, reason=reason, actor=actor, now=now)
    return repair


def expire_repairs(*, now: datetime) -> int:
    """Close proposals that nobody confirmed in time; returns how many. Nothing waits for this."""
    closed = 0
    for repair in PhotoRepair.objects.lapsed_at(now).order_by("pk")[:_EXPIRE_BATCH]:
        closed += _expire_one(repair, now=now)
    return closed


def _expire_one(repair: PhotoRepair, *, now: datetime) -> int:
    try:
        with transaction.atomic():
            expire(repair, now=now)
    except StaleStateError:
        return 0
    return 1


def _refuse_for(reasons: Sequence[str]) -> None:
    if reasons:
        raise NotAllowedError(f"不能撤销：{'；'.join(reasons)}。先把这些处理好。")


def _refuse_hint(repair: PhotoRepair, *, reason: str, actor: User, now: datetime) -> None:
    if repair.hint is not None and repair.hint.state != HintState.REFUSED:
        judge_hint(repair.hint, HintAction.REFUSE, reason=reason, actor=actor, now=now)
