"""How a case moves: compare-and-swap and its audit event in one transaction."""

from datetime import datetime
from typing import Any

from accounts.models import User
from common import audit
from common.errors import StaleStateError
from enrollment.models import PersonMerge
from enrollment.states import MERGE, OPEN_MERGES, MergeAction, MergeState

__all__ = ["NO_PLAN", "move_merge", "reason_of"]

_AUDIT: dict[MergeAction, str] = {
    MergeAction.PROPOSE: "merge.proposed",
    MergeAction.SEND_BACK: "merge.sent_back",
    MergeAction.CONFIRM: "merge.confirmed",
    MergeAction.DROP: "merge.dropped",
    MergeAction.ASK_UNDO: "merge.undo_asked",
    MergeAction.KEEP: "merge.undo_dropped",
    MergeAction.UNDO: "merge.undone",
}
_STALE = "这件合并刚刚有了变化，请刷新后再看。"

# A case that goes back to its beginning carries no proposal.
NO_PLAN: dict[str, Any] = {
    "choices": None,
    "seen": "",
    "proposed_at": None,
    "proposed_by": "",
    "proposer": None,
    "freeze_ends_at": None,
}


def move_merge(
    case: PersonMerge,
    action: MergeAction,
    *,
    reason: str,
    actor: User,
    now: datetime,
    **changes: Any,
) -> None:
    """Move the row once, or say that somebody else was first.

    The caller runs in a transaction and has asked the policy. The proposal must be the one that the
    caller saw: a second person confirms what they read.
    """
    source = MergeState(case.state)
    target = MERGE.target(action, source=source)
    if source in OPEN_MERGES and target not in OPEN_MERGES:
        changes |= {"closed_at": now, "closed_by": actor.actor_label, "decider": actor}
    unmoved = PersonMerge.objects.filter(
        pk=case.pk,
        state=source,
        proposed_at=case.proposed_at,
        seen=case.seen,
        undo_asked_at=case.undo_asked_at,
    )
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(case, column, value)
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=case,
        reason=reason,
        details={
            "merge_state": target.value,
            "contact": case.stays.contact_label,
            "former": case.goes.contact_label,
        },
    )


def reason_of(case: PersonMerge) -> str:
    """What the events of the moved rows say."""
    return f"合并账号 {case.case_no}"
