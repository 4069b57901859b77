"""Registered answers of the province are taken back, case by case, while nothing followed."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from common import audit
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from corrections.models import AnswerLine, PackedCase, ProvinceAnswer, ProvincePack
from corrections.policies.province import check_can_take_answer_back, check_can_undo_answers
from corrections.services.province.packs import reopen_pack
from corrections.services.taking_back import locked_request, take_back
from corrections.states import RequestAction
from corrections.states.province import LineOutcome, ProvincePackState, Verdict
from enrollment.states import ImportState

__all__ = ["undo_answers"]

_LONGEST: Final = 300


def undo_answers(*, answer: ProvinceAnswer, reason: str, actor: User, now: datetime) -> int:
    """Let the cases wait for the province again; returns how many are taken back in all.

    A case that moved on since stays as it is, and its line says why. It may be called again within the
    term.
    """
    check_can_undo_answers(answer, actor=actor, now=now)
    why = reason.strip()[:_LONGEST]
    if not why:
        raise InvalidInputError("写明为什么撤销", field="reason")
    registered = answer.lines.filter(outcome=LineOutcome.DONE).order_by("row_no")
    for pk, request_id in list(registered.values_list("pk", "packed__request")):
        _take_back(pk, request_id, reason=why, actor=actor, now=now)
    with transaction.atomic():
        undone = answer.lines.filter(outcome=LineOutcome.UNDONE).count()
        if not undone:
            raise NotAllowedError("没有一张能撤销，原因在逐行的“发现”里")
        done = ProvinceAnswer.objects.filter(pk=answer.pk, state=ImportState.APPLIED)
        if done.update(undone_at=now, undone_by=actor.actor_label, undo_reason=why) != 1:
            raise StaleStateError("这份答复的状态刚刚有了变化，请刷新页面再看。")
        kept = answer.lines.filter(outcome=LineOutcome.DONE).count()
        audit.record(
            "provinceanswer.undone",
            actor=actor,
            now=now,
            obj=answer,
            reason=why,
            details={"count": undone, "kept": kept},
        )
    answer.refresh_from_db()
    return undone


def _take_back(pk: int, request_id: int, *, reason: str, actor: User, now: datetime) -> None:
    registered = AnswerLine.objects.filter(pk=pk, outcome=LineOutcome.DONE)
    try:
        with transaction.atomic():
            request = locked_request(request_id)
            line = registered.select_related("step", "packed").first()
            if line is None or line.packed is None:
                return
            line.packed.request = request
            check_can_take_answer_back(line, actor=actor, now=now)
            _undo_case(line, line.packed, reason=reason, actor=actor, now=now)
            registered.update(outcome=LineOutcome.UNDONE, finding="")
    except DomainError as error:
        registered.update(finding=str(error)[:_LONGEST])


def _undo_case(
    line: AnswerLine, packed: PackedCase, *, reason: str, actor: User, now: datetime
) -> None:
    """The case and its place in the pack as they were before the answer."""
    request = packed.request
    if line.step is None:
        raise ValueError("the policy asks for the step")
    if line.verdict == Verdict.PARTLY:
        refused = request.fields.filter(is_key=True).exclude(field__in=line.agreed)
        refused.update(refusal=None)
    take_back(
        request,
        line.step,
        RequestAction.UNANSWER,
        reason=reason,
        actor=actor,
        now=now,
        handler=line.former_handler,
        approval="",
    )
    pack = ProvincePack.objects.select_for_update().get(pk=packed.pack_id)
    waits: dict[str, Any] = {
        "verdict": "",
        "document_no": "",
        "answered_at": None,
        "answered_by": "",
    }
    if pack.state == ProvincePackState.DROPPED:
        # Nobody answers that pack any more: the case can be packed anew.
        waits |= {"left_at": now, "left_by": actor.actor_label}
    PackedCase.objects.filter(pk=packed.pk).update(**waits)
    if pack.state == ProvincePackState.DONE:
        reopen_pack(pack, actor=actor, now=now)
