"""An approval that was wrong is taken back: one member of staff asks, another one confirms."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import Handover, give_back_numbers, revive_account
from common.errors import NotAllowedError
from enrollment.models import RescueCase
from enrollment.policies import check_can_act_on_rescue
from enrollment.selectors.rescue import reasons_to_keep
from enrollment.services.handover import give_back_posts, give_back_records
from enrollment.services.rescue.moves import move_rescue, required_text
from enrollment.services.rescue.words import tell_claimant, tell_revived
from enrollment.states import RescueAction

__all__ = ["ask_undo_rescue", "keep_rescue", "undo_rescue"]


@transaction.atomic
def ask_undo_rescue(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """Say why the approval was wrong; nothing changes until somebody else confirms."""
    check_can_act_on_rescue(actor, case, RescueAction.ASK_UNDO, now=now)
    note = required_text(note, field="reason", message="写清楚为什么要撤销")
    _check_nothing_later(case)
    move_rescue(
        case,
        RescueAction.ASK_UNDO,
        note=note,
        actor=actor,
        now=now,
        undo_asked_at=now,
        undo_asked_by=actor.actor_label,
        undo_asker=actor,
    )
    return case


@transaction.atomic
def keep_rescue(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """The approval was right after all: everything stays as it is."""
    check_can_act_on_rescue(actor, case, RescueAction.KEEP, now=now)
    note = required_text(note, field="reason", message="写清楚为什么不撤销")
    move_rescue(
        case,
        RescueAction.KEEP,
        note=note,
        actor=actor,
        now=now,
        undo_asked_at=None,
        undo_asked_by="",
        undo_asker=None,
    )
    return case


@transaction.atomic
def undo_rescue(*, case: RescueCase, note: str, actor: User, now: datetime) -> RescueCase:
    """Number, records, posts and account as before the approval; both sides are told.

    NotAllowedError with every reason when something was built on the approval since.
    """
    check_can_act_on_rescue(actor, case, RescueAction.UNDO, now=now)
    note = required_text(note, field="reason", message="写清楚核实了什么")
    _check_nothing_later(case)
    move_rescue(
        case,
        RescueAction.UNDO,
        note=note,
        actor=actor,
        now=now,
        undone_at=now,
        undone_by=actor.actor_label,
        undoer=actor,
    )
    reason = f"撤销证件号码找回 {case.case_no}"
    if case.holder is not None:
        revive_account(user=case.holder, reason=reason, actor=actor, now=now)
    give_back_records(case.memo["records"], reason=reason, actor=actor, now=now)
    give_back_numbers(
        done=Handover.from_json(case.memo["numbers"]),
        holder=case.holder,
        reason=reason,
        actor=actor,
        now=now,
    )
    if case.holder is not None:
        give_back_posts(case.memo["posts"], user=case.holder, reason=reason, actor=actor, now=now)
        tell_revived(case.holder, case, now=now)
    tell_claimant(case, template="rescue_undone", key="undone", now=now)
    return case


def _check_nothing_later(case: RescueCase) -> None:
    reasons = reasons_to_keep(case)
    if reasons:
        raise NotAllowedError(f"不能撤销：{'；'.join(reasons)}。先把这些处理好。")
