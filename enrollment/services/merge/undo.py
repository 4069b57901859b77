"""A merge that was wrong is taken apart by two people, while nothing was built on it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import part_accounts
from common.errors import NotAllowedError
from enrollment.models import DuplicateCase, PersonMerge, StudentRecord
from enrollment.policies import check_can_act_on_merge
from enrollment.selectors.later import work_since
from enrollment.selectors.merge import typed_value
from enrollment.services.duplicates import undo_duplicate
from enrollment.services.handover import give_back_posts, give_back_records
from enrollment.services.merge.carrying import give_back
from enrollment.services.merge.moves import move_merge
from enrollment.services.merge.words import reach_of, tell_both
from enrollment.services.record import amend_record, checked_reason
from enrollment.states import DuplicateState, MergeAction

__all__ = ["ask_undo_merge", "keep_merge", "reasons_not_to_part", "undo_merge"]


def reasons_not_to_part(case: PersonMerge) -> list[str]:
    """Why the two cannot be parted as a whole; empty when nothing was built on the merge."""
    if case.memo is None or case.closed_at is None:
        return ["还没有合并"]
    touched = [each["record"] for each in case.memo["records"]]
    touched += [each["kept"] for each in case.memo["pairs"]]
    reasons = work_since(case.stays, touched, since=case.closed_at)
    for pair in case.memo["pairs"]:
        reasons += _changed_since(pair)
    if case.stays.superseded_at is not None or case.stays.closed_at is not None:
        reasons.append("保留的账号后来停用了")
    if case.goes.closed_at is not None:
        reasons.append("停用的账号后来注销了")
    return reasons


def _changed_since(pair: dict[str, Any]) -> list[str]:
    kept = StudentRecord.objects.select_related("school", "college", "major", "class_group").get(
        pk=pair["kept"]
    )
    reasons = []
    if {name: typed_value(kept, name) for name in pair["after"]} != pair["after"]:
        reasons.append(f"学号 {kept.student_no} 的学籍后来又更正过")
    if DuplicateCase.objects.get(pk=pair["duplicate"]).state != DuplicateState.CONFIRMED:
        reasons.append("合并时注销的重复学籍后来恢复了")
    return reasons


@transaction.atomic
def ask_undo_merge(*, case: PersonMerge, reason: str, actor: User, now: datetime) -> PersonMerge:
    """Say why the two are two people after all; nothing changes until somebody else confirms."""
    check_can_act_on_merge(actor, case, MergeAction.ASK_UNDO, now=now)
    reason = checked_reason(reason)
    _check_nothing_later(case)
    move_merge(
        case,
        MergeAction.ASK_UNDO,
        reason=reason,
        actor=actor,
        now=now,
        undo_asked_at=now,
        undo_asked_by=actor.actor_label,
        undo_asker=actor,
    )
    return case


@transaction.atomic
def keep_merge(*, case: PersonMerge, reason: str, actor: User, now: datetime) -> PersonMerge:
    """The merge was right after all."""
    check_can_act_on_merge(actor, case, MergeAction.KEEP, now=now)
    reason = checked_reason(reason)
    move_merge(
        case,
        MergeAction.KEEP,
        reason=reason,
        actor=actor,
        now=now,
        undo_asked_at=None,
        undo_asked_by="",
        undo_asker=None,
    )
    return case


@transaction.atomic
def undo_merge(*, case: PersonMerge, reason: str, actor: User, now: datetime) -> PersonMerge:
    """Both accounts, their numbers, records and posts as before the merge; both sides are told.

    NotAllowedError with every reason when something was built on it since.
    """
    check_can_act_on_merge(actor, case, MergeAction.UNDO, now=now)
    reason = checked_reason(reason)
    _check_nothing_later(case)
    move_merge(
        case,
        MergeAction.UNDO,
        reason=reason,
        actor=actor,
        now=now,
        undone_at=now,
        undone_by=actor.actor_label,
        undoer=actor,
    )
    ground = f"拆开合并的账号 {case.case_no}"
    people = User.objects.select_for_update().order_by("pk").in_bulk([case.stays_id, case.goes_id])
    case.stays, case.goes = people[case.stays_id], people[case.goes_id]
    for pair in reversed(case.memo["pairs"]):
        _split(pair, ground=ground, actor=actor, now=now)
    part_accounts(
        stays=case.stays,
        goes=case.goes,
        memo=case.memo["accounts"],
        reason=ground,
        actor=actor,
        now=now,
    )
    give_back(stays=case.stays, goes=case.goes, actor=actor, now=now)
    give_back_records(case.memo["records"], reason=ground, actor=actor, now=now)
    give_back_posts(case.memo["posts"], user=case.goes, reason=ground, actor=actor, now=now)
    tell_both(case, "undone", reach=reach_of(case), now=now)
    return case


def _split(pair: dict[str, Any], *, ground: str, actor: User, now: datetime) -> None:
    kept = StudentRecord.objects.select_related("school").get(pk=pair["kept"])
    back = {name: text for name, text in pair["before"].items() if text != pair["after"][name]}
    if back:
        amend_record(record=kept, changes=back, reason=ground, case=ground, actor=actor, now=now)
    found = DuplicateCase.objects.select_related("record", "stays").get(pk=pair["duplicate"])
    undo_duplicate(case=found, reason=ground, actor=actor, now=now)


def _check_nothing_later(case: PersonMerge) -> None:
    reasons = reasons_not_to_part(case)
    if reasons:
        raise NotAllowedError(f"不能拆开：{'；'.join(reasons)}。先把这些处理好。")
