"""One member of staff chooses value by value, another one confirms; then all of it happens, or nothing."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.selectors import identity_of
from accounts.services import join_accounts
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, NotAllowedError
from enrollment.models import PersonMerge, StudentRecord
from enrollment.policies import check_can_act_on_merge, check_can_merge
from enrollment.selectors.merge import (
    MERGED_FIELDS,
    record_pairs,
    records_bound_to,
    seen_digest,
    typed_value,
)
from enrollment.services.duplicates import confirm_duplicate, propose_duplicate
from enrollment.services.handover import hand_over_records, retire_posts
from enrollment.services.merge.carrying import carry_over
from enrollment.services.merge.moves import move_merge, reason_of
from enrollment.services.merge.plan import MergePlan, RecordChoice
from enrollment.services.merge.words import reach_of, tell_both
from enrollment.services.record import amend_record, checked_reason
from enrollment.services.rescue.opening import FREEZE
from enrollment.states import MergeAction

__all__ = ["carry_out", "confirm_merge", "propose_merge"]

_CHANGED = "提出方案以后两个账号有了变化，先“退回重选”，再核一遍。"


@transaction.atomic
def propose_merge(
    *, case: PersonMerge, plan: MergePlan, reason: str, actor: User, now: datetime
) -> PersonMerge:
    """Keep the choices for the second person, and tell both sides, who have 24 hours to object.

    The plan is carried out and taken back at once, so that what cannot be is said now.
    """
    check_can_act_on_merge(actor, case, MergeAction.PROPOSE, now=now)
    check_can_merge(actor, case.stays, case.goes, now=now, case=case)
    reason = checked_reason(reason)
    _check_records(case, plan)
    with transaction.atomic():
        carry_out(case, plan=plan, proposer=SYSTEM, actor=actor, now=now)
        transaction.set_rollback(True)
    case.stays, case.goes = (User.objects.get(pk=pk) for pk in (case.stays_id, case.goes_id))
    move_merge(
        case,
        MergeAction.PROPOSE,
        reason=reason,
        actor=actor,
        now=now,
        choices=plan.as_json(),
        seen=seen_digest(case.stays, case.goes),
        proposed_at=now,
        proposed_by=actor.actor_label,
        proposer=actor,
        freeze_ends_at=now + FREEZE,
    )
    tell_both(case, "proposed", reach=reach_of(case), now=now)
    return case


@transaction.atomic
def confirm_merge(*, case: PersonMerge, reason: str, actor: User, now: datetime) -> PersonMerge:
    """The second person agrees: everything chosen happens in this one transaction, both sides are told.

    StaleStateError for the one of two who comes second; NotAllowedError when either account is not
    any more what the first person saw.
    """
    check_can_act_on_merge(actor, case, MergeAction.CONFIRM, now=now)
    reason = checked_reason(reason)
    check_can_merge(actor, case.stays, case.goes, now=now, case=case)
    if case.proposer is None or seen_digest(case.stays, case.goes) != case.seen:
        raise NotAllowedError(_CHANGED)
    reach = reach_of(case)
    move_merge(case, MergeAction.CONFIRM, reason=reason, actor=actor, now=now)
    plan = MergePlan.from_json(case.choices)
    case.memo = carry_out(case, plan=plan, proposer=case.proposer, actor=actor, now=now)
    case.save(update_fields=["memo"])
    tell_both(case, "done", reach=reach, now=now)
    return case


def carry_out(
    case: PersonMerge, *, plan: MergePlan, proposer: Actor, actor: User, now: datetime
) -> dict[str, Any]:
    """Do what the plan says; the caller holds the transaction. Returns what taking it back needs.

    In a rehearsal nobody has proposed yet: the system stands for the first person."""
    people = User.objects.select_for_update().order_by("pk").in_bulk([case.stays_id, case.goes_id])
    stays, goes = people[case.stays_id], people[case.goes_id]
    reason = reason_of(case)
    theirs = records_bound_to(goes)
    accounts = join_accounts(
        stays=stays, goes=goes, choice=plan.person, reason=reason, actor=actor, now=now
    )
    case.stays, case.goes = stays, goes
    identity = identity_of(stays)
    if identity is None:  # join_accounts has said so already
        raise NotAllowedError(_CHANGED)
    moved = hand_over_records(
        theirs, identity=identity, reason=reason, actor=actor, now=now, is_same_person=True
    )
    records = [
        _make_one(choice, reason=reason, proposer=proposer, actor=actor, now=now)
        for choice in plan.records
    ]
    carry_over(stays=stays, goes=goes, actor=actor, now=now)
    posts = retire_posts(goes, heir=stays, reason=reason, actor=actor, now=now)
    return {"accounts": accounts, "records": moved, "pairs": records, "posts": posts}


def _make_one(
    choice: RecordChoice, *, reason: str, proposer: Actor, actor: User, now: datetime
) -> dict[str, Any]:
    """Cancel the one record as a duplicate of the other, which takes over what was chosen."""
    whole = StudentRecord.objects.select_related("school", "college", "major", "class_group")
    cancelled, kept = whole.get(pk=choice.cancelled), whole.get(pk=choice.kept)
    wanted = {
        name: value
        for name in choice.values
        if (value := typed_value(cancelled, name)) != typed_value(kept, name)
    }
    found = propose_duplicate(record=cancelled, stays=kept, reason=reason, actor=proposer, now=now)
    confirm_duplicate(case=found, actor=actor, now=now, note=reason)
    before = {name: typed_value(kept, name) for name in wanted}
    if wanted:
        amend_record(record=kept, changes=wanted, reason=reason, case=reason, actor=actor, now=now)
    kept = whole.get(pk=choice.kept)
    return {
        "duplicate": found.pk,
        "kept": kept.pk,
        "before": before,
        "after": {name: typed_value(kept, name) for name in wanted},
    }


def _check_records(case: PersonMerge, plan: MergePlan) -> None:
    """Every pair is one of these two people's, no record is chosen twice, and fields are choosable ones."""
    pairs = {frozenset((a.pk, b.pk)) for a, b in record_pairs(case.stays, case.goes)}
    cancelled = [choice.cancelled for choice in plan.records]
    kept = {choice.kept for choice in plan.records}
    if len(set(cancelled)) != len(cancelled) or kept & set(cancelled):
        raise InvalidInputError("同一条学籍选了两次：一条只能注销一次，保留的不能又注销。")
    for choice in plan.records:
        if frozenset((choice.cancelled, choice.kept)) not in pairs:
            raise InvalidInputError("选的学籍现在不在这两个账号名下。")
        if not MERGED_FIELDS.keys() >= set(choice.values):
            raise InvalidInputError("有的字段不能在合并里选。")
