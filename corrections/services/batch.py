"""One decision on many cases: judged and shown first, then each by its own service, and taken back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from common import audit
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from corrections.models import BatchedCase, CaseBatch, CorrectionRequest
from corrections.policies.batch import (
    check_can_batch,
    check_can_decide_case,
    check_can_take_case_back,
    check_can_undo_batch,
    why_not,
)
from corrections.selectors.batch import batchable_requests, last_step
from corrections.services import request as moves
from corrections.services.moves import LAID_DOWN, required_text
from corrections.services.taking_back import locked_request, take_back
from corrections.states import RequestAction
from corrections.states.batch import (
    BATCHED_FROM,
    CASE_BATCH,
    MOST_AT_ONCE,
    MOST_BATCHED,
    CaseBatchAction,
    CaseBatchState,
    CaseOutcome,
)

__all__ = ["apply_batch", "discard_batch", "stage_batch", "undo_batch"]

BATCHES: Final = Limit("case-batches", 60, 3600)
_LONGEST_REASON: Final = 300
_A = RequestAction
_SERVICES: Final[dict[RequestAction, tuple[Callable[..., CorrectionRequest], str]]] = {
    _A.TAKE: (moves.take_request, ""),
    _A.RETURN: (moves.return_request, "note"),
    _A.TO_PROVINCE: (moves.report_to_province, "note"),
    _A.TO_ORIGIN: (moves.send_to_origin, "note"),
    _A.TO_VENDOR: (moves.send_to_vendor, "note"),
    _A.TO_RECAPTURE: (moves.send_to_recapture, "note"),
    _A.REFUSE: (moves.refuse_request, "answer"),
}


@transaction.atomic
def stage_batch(
    *, request_ids: Sequence[int], action: str, word: str, actor: User, now: datetime
) -> CaseBatch:
    """Say of each case whether it would be decided, and why not; nothing is done yet."""
    check_can_batch(actor)
    hit(BATCHES, actor.actor_id, now=now)
    if action not in BATCHED_FROM:
        raise InvalidInputError("选一个动作", field="action")
    chosen = RequestAction(action)
    found = _chosen_cases(request_ids)
    batch = CaseBatch.objects.create(
        action=chosen,
        word=_word(chosen, word) or None,
        cases=len(found),
        created_at=now,
        created_by=actor.actor_label,
    )
    lines = []
    for request in found:
        line = BatchedCase(batch=batch, request=request, seen_step=last_step(request))
        line.finding = why_not(check_can_decide_case, line, chosen, actor=actor, now=now)
        line.outcome = CaseOutcome.BLOCKED if line.finding else CaseOutcome.TAKE
        lines.append(line)
    BatchedCase.objects.bulk_create(lines)
    audit.record(
        "casebatch.made",
        actor=actor,
        now=now,
        obj=batch,
        details={"action": chosen.value, "count": len(lines)},
    )
    return batch


def _chosen_cases(request_ids: Sequence[int]) -> list[CorrectionRequest]:
    wanted = sorted(set(request_ids))
    if not wanted:
        raise InvalidInputError("先在“勘误申请”的列表里勾选要一起办的勘误单")
    if len(wanted) > MOST_BATCHED:
        said = f"一次最多办 {MOST_BATCHED} 张，这里勾选了 {len(wanted)} 张。请分几次办"
        raise InvalidInputError(said)
    found = list(batchable_requests(wanted))
    if len(found) != len(wanted):
        raise InvalidInputError("有的勘误单已经不在列表里了，请回列表重新勾选")
    return found


def _word(action: RequestAction, word: str) -> str:
    if not _SERVICES[action][1]:
        if word.strip():
            said = f"“{action.label}”没有给学生的话，学生看不到，请把它删掉"
            raise InvalidInputError(said, field="word")
        return ""
    return required_text(word, field="word", message="写一句话，这些学生都会看到")


def apply_batch(*, batch: CaseBatch, actor: User, now: datetime) -> int:
    """Decide every case that can be, each in a transaction of its own; returns how many are decided in all.

    One click does `MOST_AT_ONCE`, and the next one goes on. What has changed since it was looked at is
    judged anew, and a case that refuses stops no other. When it was broken off it can be called again: what
    is decided already is left as it is.
    """
    check_can_batch(actor)
    if batch.state == CaseBatchState.STAGED:
        with transaction.atomic():
            _move(batch, CaseBatchAction.START)
    waiting = batch.lines.filter(outcome=CaseOutcome.TAKE).order_by("pk")
    for pk, request_id in list(waiting.values_list("pk", "request_id")[:MOST_AT_ONCE]):
        _decide(pk, request_id, batch, actor=actor, now=now)
    done = batch.lines.filter(outcome=CaseOutcome.DONE).count()
    if waiting.exists():
        return done
    with transaction.atomic():
        _move(batch, CaseBatchAction.FINISH, applied_at=now, applied_by=actor.actor_label)
        audit.record(
            "casebatch.applied",
            actor=actor,
            now=now,
            obj=batch,
            details={"action": batch.action, "count": done},
        )
    return done


def _decide(pk: int, request_id: int, batch: CaseBatch, *, actor: User, now: datetime) -> None:
    """One case by its own service, with what it was before written down beside it."""
    action = RequestAction(batch.action)
    service, asked = _SERVICES[action]
    waiting = BatchedCase.objects.filter(pk=pk, outcome=CaseOutcome.TAKE)
    try:
        with transaction.atomic():
            request = locked_request(request_id)
            line = waiting.first()
            if line is None:
                return
            line.request = request
            check_can_decide_case(line, action, actor=actor, now=now)
            former = {
                "former_handler": request.handler_id,
                "former_official": request.first_official_id,
            }
            said = {asked: batch.word or ""} if asked else {}
            service(request=request, actor=actor, now=now, **said)
            # Nobody has two hundred cases in hand; who goes on with one takes that one.
            CorrectionRequest.objects.filter(pk=request.pk).update(**LAID_DOWN)
            done: dict[str, Any] = {"outcome": CaseOutcome.DONE, "step": last_step(request)}
            if waiting.update(finding="", **done, **former) != 1:
                raise StaleStateError("这一张刚刚已经办了")
    except DomainError as error:
        waiting.update(outcome=CaseOutcome.BLOCKED, finding=str(error)[:_LONGEST_REASON])


@transaction.atomic
def discard_batch(*, batch: CaseBatch, actor: User, now: datetime) -> None:
    """Put a batch aside that was not confirmed; its lines go."""
    check_can_batch(actor)
    _move(batch, CaseBatchAction.DISCARD)
    batch.lines.all().delete()
    audit.record("casebatch.discarded", actor=actor, now=now, obj=batch)


def undo_batch(*, batch: CaseBatch, reason: str, actor: User, now: datetime) -> int:
    """Take back every case to which nothing has happened since; returns how many are taken back in all.

    The others stay decided, and their line says why. One click takes `MOST_AT_ONCE` back. It may be
    called again within the term: for the rest, or for what somebody held.
    """
    check_can_undo_batch(batch, actor=actor, now=now)
    why = reason.strip()[:_LONGEST_REASON]
    if not why:
        raise InvalidInputError("写明为什么撤销", field="reason")
    decided = batch.lines.filter(outcome=CaseOutcome.DONE).order_by("pk")
    taken = 0
    for pk, request_id in list(decided.values_list("pk", "request_id")):
        taken += _take_back(pk, request_id, batch, reason=why, actor=actor, now=now)
        if taken == MOST_AT_ONCE:
            break
    with transaction.atomic():
        undone = batch.lines.filter(outcome=CaseOutcome.UNDONE).count()
        if not undone:
            raise NotAllowedError("没有一张能撤销，原因在清单里")
        # Two may undo at once: what the other one has written since is where this one goes on from.
        CaseBatch.objects.select_for_update().get(pk=batch.pk)
        batch.refresh_from_db()
        ended = {"undone_at": now, "undone_by": actor.actor_label, "undo_reason": why}
        _move(batch, CaseBatchAction.UNDO, **ended)
        kept = batch.lines.filter(outcome=CaseOutcome.DONE).count()
        audit.record(
            "casebatch.undone",
            actor=actor,
            now=now,
            obj=batch,
            reason=why,
            details={"action": batch.action, "count": undone, "kept": kept},
        )
    return undone


def _take_back(
    pk: int, request_id: int, batch: CaseBatch, *, reason: str, actor: User, now: datetime
) -> bool:
    decided = BatchedCase.objects.filter(pk=pk, outcome=CaseOutcome.DONE)
    action = _A.UNTAKE if batch.action == _A.TAKE else _A.UNDECIDE
    try:
        with transaction.atomic():
            request = locked_request(request_id)
            line = decided.select_related("step").first()
            if line is None or line.step is None:
                return False
            line.request = request
            check_can_take_case_back(line, actor=actor, now=now)
            take_back(
                request,
                line.step,
                action,
                reason=reason,
                actor=actor,
                now=now,
                handler=line.former_handler,
                first_official=line.former_official,
            )
            decided.update(outcome=CaseOutcome.UNDONE, finding="")
    except DomainError as error:
        decided.update(finding=str(error)[:_LONGEST_REASON])
        return False
    return True


def _move(batch: CaseBatch, action: CaseBatchAction, **columns: Any) -> None:
    source = CaseBatchState(batch.state)
    target = CASE_BATCH.target(action, source=source)
    unmoved = CaseBatch.objects.filter(pk=batch.pk, state=source)
    if unmoved.update(state=target, **columns) != 1:
        raise StaleStateError("这一批的状态刚刚有了变化，请刷新页面再看。")
    batch.refresh_from_db()
