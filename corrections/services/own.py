"""What the student does with the own case: hand in, take back, add what is missing, disagree."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from corrections.models import CorrectionRequest
from corrections.policies import check_can_act, may_read_private
from corrections.services.applying import ask_again
from corrections.services.evidence import Supplement, check_proof, keep_evidence
from corrections.services.moves import limited_text, move_request, required_text
from corrections.states import RequestAction, RequestState
from imaging.states import RoundCause

__all__ = [
    "disagree_with_refusal",
    "redraft_request",
    "reopens_on_withdrawal",
    "resubmit_request",
    "submit_request",
    "withdraw_request",
]

_ONE_OPEN = "这份学籍已有一张没办完的同类勘误单，办完了才能再交一张"


@transaction.atomic
def submit_request(*, request: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """The draft is handed in; from now on the school sees it."""
    check_can_act(actor, request, RequestAction.SUBMIT, now=now)
    try:
        with transaction.atomic():
            move_request(
                request,
                RequestAction.SUBMIT,
                note="",
                actor=actor,
                now=now,
                submitted_at=now,
                submitted_by=actor.actor_label,
                submitter=actor,
            )
    except IntegrityError as error:
        raise NotAllowedError(_ONE_OPEN) from error
    return request


@transaction.atomic
def redraft_request(*, request: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """Nobody has taken it yet: the student completes it and hands it in again."""
    check_can_act(actor, request, RequestAction.REDRAFT, now=now)
    try:
        with transaction.atomic():
            # What the college agreed to may be changed now, so it looks again.
            move_request(
                request,
                RequestAction.REDRAFT,
                note="",
                actor=actor,
                now=now,
                college_reviewer=None,
                college_agreed_at=None,
                college_agreed_by="",
            )
    except IntegrityError as error:
        raise NotAllowedError("你另有一份同类勘误的草稿，先把它提交或者撤回") from error
    return request


@transaction.atomic
def resubmit_request(
    *,
    request: CorrectionRequest,
    note: str,
    private_note: str = "",
    proofs: Sequence[Supplement] = (),
    actor: User,
    now: datetime,
) -> CorrectionRequest:
    """The student hands in what was missing: words, reasons that are not public, proofs.

    What is not public is added to what was written before, and never becomes part of the course.
    """
    check_can_act(actor, request, RequestAction.RESUBMIT, now=now)
    note = limited_text(note, field="note")
    private_note = limited_text(private_note, field="private_note")
    if not (note or private_note or proofs):
        raise InvalidInputError("写一句补充说明，或者附上一份证明材料", field="note")
    changes: dict[str, Any] = {}
    if private_note:
        if not may_read_private(actor, request):
            raise NotAllowedError("这张勘误单不是你交的，不能补充不公开的原因")
        whole = "\n".join(filter(None, [request.private_note, private_note]))
        changes["private_note"] = limited_text(whole, field="private_note")
    for each in proofs:
        check_proof(each.proof, request=request, title=each.title, field=each.field)
    move_request(
        request,
        RequestAction.RESUBMIT,
        note=note,
        actor=actor,
        now=now,
        details={"evidence": bool(proofs)},
        **changes,
    )
    for each in proofs:
        keep_evidence(each.proof, request=request, title=each.title, actor=actor, now=now)
    return request


@transaction.atomic
def withdraw_request(
    *, request: CorrectionRequest, note: str = "", actor: User, now: datetime
) -> CorrectionRequest:
    """The student takes it back and is asked for the conclusion again.

    Once the class sheet is final the conclusion stays 有误: only the office opens it then.
    """
    check_can_act(actor, request, RequestAction.WITHDRAW, now=now)
    note = limited_text(note, field="note")
    move_request(request, RequestAction.WITHDRAW, note=note, actor=actor, now=now)
    if reopens_on_withdrawal(request, now=now):
        ask_again(request, RoundCause.REOPENED, reason="学生撤回勘误", actor=actor, now=now)
    return request


def reopens_on_withdrawal(request: CorrectionRequest, *, now: datetime) -> bool:
    """Whether taking the request back lets the student give the conclusion again."""
    conclusion = request.conclusion
    return conclusion is not None and conclusion.round.member.sheet_freeze_at > now


@transaction.atomic
def disagree_with_refusal(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The student keeps to it after a refusal: recorded once beside the answer, the refusal stands."""
    check_can_act(actor, request, RequestAction.DISAGREE, now=now)
    note = required_text(note, field="note", message="写清楚你为什么不认可")
    if request.state != RequestState.REFUSED:  # the table says so, too
        raise NotAllowedError("只有未采纳的勘误可以记不同意见")
    move_request(
        request,
        RequestAction.DISAGREE,
        note="",
        actor=actor,
        now=now,
        unless_set="disagreed_at",
        disagreement=note,
        disagreed_at=now,
        disagreed_by=actor.actor_label,
    )
    return request
