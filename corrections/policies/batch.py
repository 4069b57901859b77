"""What stands against deciding a case in a batch, and against taking that back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import DomainError, NotAllowedError, StaleStateError
from corrections.models import BatchedCase, CaseBatch, CorrectionRequest, PackedCase, RequestStep
from corrections.policies.request import check_can_act, check_is_free
from corrections.selectors.batch import last_step
from corrections.selectors.proofs import missing_proofs
from corrections.states import UNDECIDED, RequestAction, RequestState
from corrections.states.batch import BATCH_UNDO_WITHIN, BATCHED_FROM, CaseBatchState, CaseOutcome
from enrollment.selectors import is_bound_to

__all__ = [
    "check_can_batch",
    "check_can_decide_case",
    "check_can_take_back",
    "check_can_take_case_back",
    "check_can_undo_batch",
    "why_not",
]

_LONGEST = 300


def check_can_batch(actor: User) -> None:
    """Only the office decides on many cases at once."""
    if not is_registrar(actor):
        raise NotAllowedError("批量办理由教务处进行")


def check_can_decide_case(
    line: BatchedCase, action: RequestAction, *, actor: User, now: datetime
) -> None:
    """The case is still as it was looked at, and the actor could decide it by itself."""
    request = line.request
    if request.state != BATCHED_FROM[action]:
        shown = request.get_state_display()
        raise StaleStateError(f"现在是“{shown}”，不能“{action.label}”")
    check_can_act(actor, request, action, now=now)
    if last_step(request) != line.seen_step:
        raise StaleStateError("看过以后又有了变化，请重新看过再办")
    if action == RequestAction.TO_PROVINCE and (missing := missing_proofs(request)):
        raise NotAllowedError(f"还缺证明材料：{'、'.join(missing)}；要报的请单独办")


def check_can_undo_batch(batch: CaseBatch, *, actor: User, now: datetime) -> None:
    """Done, and within the term; whoever decided may take it back too: no value was entered."""
    check_can_batch(actor)
    if batch.state not in {CaseBatchState.DONE, CaseBatchState.UNDONE}:
        raise NotAllowedError("还没有办理，没有什么可以撤销")
    if not batch.is_undoable_at(now):
        raise NotAllowedError("办理满 24 小时了，不能再整批撤销；要改的请逐张办理")
    if not batch.lines.filter(outcome=CaseOutcome.DONE).exists():
        raise NotAllowedError("没有还能撤销的：没有办成的，或者都撤销过了")


def check_can_take_case_back(line: BatchedCase, *, actor: User, now: datetime) -> None:
    """The batch decided the case, and nothing has happened to it since."""
    if line.outcome != CaseOutcome.DONE or line.step is None:
        raise StaleStateError("这一张不是这次办的，或者已经撤销过")
    request = line.request
    check_can_take_back(request, line.step, actor=actor, now=now)
    # A run that broke off may have ended days after its first decisions.
    if line.step.acted_at <= now - BATCH_UNDO_WITHIN:
        raise NotAllowedError("办理满 24 小时了，不能再撤销；要改的请单独办理")
    packed = PackedCase.objects.filter(request=request, answered_at=None, left_at=None)
    if (found := packed.select_related("pack").first()) is not None:
        raise NotAllowedError(f"已经打进{found.pack}，先作废那一包")


def check_can_take_back(
    request: CorrectionRequest, step: RequestStep, *, actor: User, now: datetime
) -> None:
    """The step is the newest of the case, nobody else has it in hand, and it is not the actor's own."""
    if last_step(request) != step.pk:
        latest = request.steps.order_by("-pk").first()
        shown = latest.get_action_display() if latest else "–"
        raise StaleStateError(f"后来又办了“{shown}”")
    if is_bound_to(actor, request.record) or request.submitter_id == actor.pk:
        raise NotAllowedError("这是你自己的勘误，要由别人办理")
    if request.college_reviewer_id == actor.pk:
        raise NotAllowedError("学院的核实是你做的，教务处这一步要由另一个人办理")
    check_is_free(actor, request, now=now)
    # A refusal made room for another case of the kind.
    others = CorrectionRequest.objects.filter(
        record=request.record_id, kind=request.kind, state__in=UNDECIDED
    )
    if request.state == RequestState.REFUSED and others.exists():
        raise NotAllowedError("学生又交了一张同类的勘误单，那张正在办")


def why_not(check: Callable[..., None], *args: Any, **given: Any) -> str:
    """What a check says against it, short enough for its column; empty when it says nothing."""
    try:
        check(*args, **given)
    except DomainError as error:
        return str(error)[:_LONGEST]
    return ""
