"""Who may move a correction request, and who may look at it."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError
from common.policy import allowed
from corrections.models import CorrectionRequest
from corrections.states import REQUEST, RequestAction, RequestState
from enrollment.selectors import is_bound_to

_OFFICE_ONLY = "勘误由教务处办理"
_OWN_CASE = "这是你自己的勘误，要由别人办理"
_OWNER_ONLY = "只有提出勘误的学生本人可以这样做"


def check_may_act(actor: User, request: CorrectionRequest, action: RequestAction) -> None:
    """Whether the person may ever take this action on the request, whatever its state.

    Nobody decides on the own request: the one who handles it is neither the student nor the submitter.
    """
    is_owner = is_bound_to(actor, request.record)
    if action in {RequestAction.RESUBMIT, RequestAction.WITHDRAW}:
        if not (actor.is_active and is_owner):
            raise NotAllowedError(_OWNER_ONLY)
        return
    if not is_registrar(actor):
        raise NotAllowedError(_OFFICE_ONLY)
    if is_owner or request.submitter_id == actor.pk:
        raise NotAllowedError(_OWN_CASE)


def check_can_act(
    actor: User,
    request: CorrectionRequest,
    action: RequestAction,
    *,
    now: datetime,  # noqa: ARG001 -- every policy takes the moment, this machine has no deadline yet
) -> None:
    """Whether the person may take the action on the request as it stands."""
    check_may_act(actor, request, action)
    REQUEST.target(action, source=RequestState(request.state))


def available_actions(
    actor: User, request: CorrectionRequest, *, now: datetime
) -> list[RequestAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in REQUEST.actions_from(RequestState(request.state))
        if allowed(check_can_act, actor, request, action, now=now)
    ]
