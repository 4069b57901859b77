"""批量办理: one decision on many cases, looked at first and taken back while nothing followed."""

from datetime import timedelta
from typing import Final

from django.db import models

from common.workflow import Transition, Workflow, sources
from corrections.states.request import RequestAction, RequestState

__all__ = [
    "BATCHED_FROM",
    "BATCH_UNDO_WITHIN",
    "CASE_BATCH",
    "MOST_AT_ONCE",
    "MOST_BATCHED",
    "CaseBatchAction",
    "CaseBatchState",
    "CaseOutcome",
]

# So that somebody can still read the preview.
MOST_BATCHED: Final = 200
# What one click decides or takes back, each case with its steps, events and messages; the next click
# goes on.
MOST_AT_ONCE: Final = 50
BATCH_UNDO_WITHIN: Final = timedelta(hours=24)

_A, _S = RequestAction, RequestState
# What may be decided together, each from one state alone, so that an undo knows where to go back to.
# Entering values (APPLY) is none of them: it changes the record, and is looked at one by one.
BATCHED_FROM: Final[dict[RequestAction, RequestState]] = {
    _A.TAKE: _S.SUBMITTED,
    _A.RETURN: _S.OFFICE_REVIEW,
    _A.TO_PROVINCE: _S.OFFICE_REVIEW,
    _A.TO_ORIGIN: _S.OFFICE_REVIEW,
    _A.TO_VENDOR: _S.OFFICE_REVIEW,
    _A.TO_RECAPTURE: _S.OFFICE_REVIEW,
    _A.REFUSE: _S.OFFICE_REVIEW,
}


class CaseBatchState(models.TextChoices):
    """批量办理 of correction cases: looked at, decided case by case, perhaps taken back."""

    STAGED = "STAGED", "等确认"
    RUNNING = "RUNNING", "办理中"
    DONE = "DONE", "办理完了"
    DISCARDED = "DISCARDED", "没有办，放弃了"
    UNDONE = "UNDONE", "撤销过"


class CaseBatchAction(models.TextChoices):
    """Moves of a batch of decisions."""

    START = "START", "确认办理"
    FINISH = "FINISH", "办完"
    DISCARD = "DISCARD", "放弃"
    UNDO = "UNDO", "整批撤销"


CASE_BATCH = Workflow[CaseBatchState, CaseBatchAction](
    name="case_batch",
    initial=CaseBatchState.STAGED,
    transitions={
        CaseBatchAction.START: Transition(sources(CaseBatchState.STAGED), CaseBatchState.RUNNING),
        CaseBatchAction.FINISH: Transition(sources(CaseBatchState.RUNNING), CaseBatchState.DONE),
        CaseBatchAction.DISCARD: Transition(
            sources(CaseBatchState.STAGED), CaseBatchState.DISCARDED
        ),
        CaseBatchAction.UNDO: Transition(
            sources(CaseBatchState.DONE, CaseBatchState.UNDONE), CaseBatchState.UNDONE
        ),
    },
)


class CaseOutcome(models.TextChoices):
    """What a batch does with one case, or has done."""

    TAKE = "TAKE", "会办理"
    BLOCKED = "BLOCKED", "不能办理"
    DONE = "DONE", "办好了"
    UNDONE = "UNDONE", "已撤销"
