"""How a rescue case moves: compare-and-swap, its step and audit event in one transaction."""

from datetime import datetime, timedelta
from typing import Any

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.models import StoredFile
from enrollment.models import RescueCase, RescueStep
from enrollment.states import OPEN_RESCUES, RESCUE, RescueAction, RescueState

__all__ = ["NO_PROPOSAL", "move_rescue", "required_text"]

_AUDIT: dict[RescueAction, str] = {
    RescueAction.OBJECT: "rescue.objected",
    RescueAction.CALL_IN: "rescue.called_in",
    RescueAction.MEET: "rescue.met",
    RescueAction.RESTART: "rescue.restarted",
    RescueAction.PROPOSE: "rescue.proposed",
    RescueAction.SEND_BACK: "rescue.sent_back",
    RescueAction.APPROVE: "rescue.approved",
    RescueAction.REFUSE: "rescue.refused",
    RescueAction.WITHDRAW: "rescue.withdrawn",
    RescueAction.ASK_UNDO: "rescue.undo_asked",
    RescueAction.KEEP: "rescue.undo_dropped",
    RescueAction.UNDO: "rescue.undone",
}
# What people write about themselves stays in the case; the reasons of the office go into the trail.
_BY_OFFICE = frozenset(RescueAction) - {RescueAction.OBJECT, RescueAction.WITHDRAW}
_STALE = "这个申请刚刚有了变化，请刷新后再看"
_LONGEST = 1_000
# A photo of a person with the document is kept no longer than somebody may still contest the end.
_KEPT_DAYS = 90

# A case that goes back to its beginning carries no proposal.
NO_PROPOSAL: dict[str, Any] = {
    "opinion": "",
    "proposed_at": None,
    "proposed_by": "",
    "proposer": None,
    "proposer_name": "",
    "answer": None,
}


def move_rescue(
    case: RescueCase,
    action: RescueAction,
    *,
    note: str = "",
    actor: Actor,
    now: datetime,
    **changes: Any,
) -> RescueStep:
    """Move the row once, or say that somebody else was first.

    The caller runs in a transaction and has asked the policy. Beside the state, the objection and the
    proposal must be those that the caller saw: a second person confirms what they read.
    """
    source = RescueState(case.state)
    target = RESCUE.target(action, source=source)
    ends = source in OPEN_RESCUES and target not in OPEN_RESCUES
    if ends:
        changes |= {"closed_at": now, "closed_by": actor.actor_label}
    unmoved = RescueCase.objects.filter(
        pk=case.pk, state=source, proposed_at=case.proposed_at, objected_at=case.objected_at
    ).filter(undo_asked_at=case.undo_asked_at)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(case, column, value)
    if ends:
        _end_retention(case, now=now)
    step = RescueStep.objects.create(
        case=case, action=action, note=note or None, acted_at=now, acted_by=actor.actor_label
    )
    audit.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=case,
        reason=note if action in _BY_OFFICE else "",
        details={"rescue_state": target.value},
    )
    return step


def _end_retention(case: RescueCase, *, now: datetime) -> None:
    StoredFile.objects.filter(rescue_evidence__case=case).update(
        retain_until=now + timedelta(days=_KEPT_DAYS)
    )


def required_text(text: str, *, field: str, message: str) -> str:
    """The text without blank ends; InvalidInputError when nothing or too much is left."""
    stripped = text.strip()
    if not stripped:
        raise InvalidInputError(message, field=field)
    if len(stripped) > _LONGEST:
        raise InvalidInputError(f"最多写 {_LONGEST} 个字", field=field)
    return stripped
