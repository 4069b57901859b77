"""Writing down that two accounts are one person's, and giving it up again."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from common.errors import StaleStateError
from enrollment.models import PersonMerge
from enrollment.policies import check_can_act_on_merge, check_can_merge
from enrollment.services.merge.moves import NO_PLAN, move_merge
from enrollment.services.merge.words import reach_of, tell_both
from enrollment.services.record import checked_reason
from enrollment.states import MergeAction

__all__ = ["drop_merge", "open_merge", "send_back_merge"]


@transaction.atomic
def open_merge(*, stays: User, goes: User, reason: str, actor: User, now: datetime) -> PersonMerge:
    """Say that both accounts are one person's, and how that was seen; nothing changes by it."""
    reason = checked_reason(reason)
    check_can_merge(actor, stays, goes, now=now)
    try:
        with transaction.atomic():
            case = PersonMerge.objects.create(
                stays=stays,
                goes=goes,
                reason=reason,
                opened_at=now,
                opened_by=actor.actor_label,
                opener=actor,
            )
    except IntegrityError as error:
        raise StaleStateError("这两个账号里有一个已经在办合并。") from error
    audit.record(
        "merge.opened",
        actor=actor,
        now=now,
        obj=case,
        reason=reason,
        details={"contact": stays.contact_label, "former": goes.contact_label},
    )
    return case


@transaction.atomic
def send_back_merge(*, case: PersonMerge, reason: str, actor: User, now: datetime) -> PersonMerge:
    """The second person does not agree with a choice, or the first one takes it back."""
    check_can_act_on_merge(actor, case, MergeAction.SEND_BACK, now=now)
    reason = checked_reason(reason)
    move_merge(case, MergeAction.SEND_BACK, reason=reason, actor=actor, now=now, **NO_PLAN)
    return case


@transaction.atomic
def drop_merge(*, case: PersonMerge, reason: str, actor: User, now: datetime) -> PersonMerge:
    """They are two people after all, or it is not worth it; whoever was told of a plan hears its end."""
    check_can_act_on_merge(actor, case, MergeAction.DROP, now=now)
    reason = checked_reason(reason)
    was_told = case.proposed_at is not None
    move_merge(case, MergeAction.DROP, reason=reason, actor=actor, now=now)
    if was_told:
        tell_both(case, "dropped", reach=reach_of(case), now=now)
    return case
