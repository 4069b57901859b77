"""Which moves the college's page offers."""

from datetime import datetime

from accounts.models import User
from common.policy import allowed
from corrections.models import CorrectionRequest
from corrections.policies.request import (
    available_actions,
    check_can_hold,
    check_can_release,
    check_can_take_over,
)
from corrections.states import RequestAction, RequestState

__all__ = ["college_moves"]

_MOVES = {
    RequestAction.COLLEGE_TAKE: "TAKE",
    RequestAction.FORWARD: "FORWARD",
    RequestAction.RETURN: "RETURN",
}
_HANDS = {"HOLD": check_can_hold, "RELEASE": check_can_release, "TAKE_OVER": check_can_take_over}


def college_moves(actor: User, request: CorrectionRequest, *, now: datetime) -> list[str]:
    """What the person may do for the college now, beside what the office does in its own rooms."""
    if request.state not in {RequestState.SUBMITTED, RequestState.COLLEGE_REVIEW}:
        return []
    actions = available_actions(actor, request, now=now)
    found = [name for action, name in _MOVES.items() if action in actions]
    if request.state == RequestState.COLLEGE_REVIEW:
        found += [name for name, check in _HANDS.items() if allowed(check, actor, request, now=now)]
    return found
