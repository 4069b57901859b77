"""The moves of a correction request by college and office, one function each."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from corrections.models import CorrectionRequest
from corrections.policies import check_can_act
from corrections.services.moves import move_request, required_text
from corrections.states import RequestAction

__all__ = [
    "approve_request",
    "close_request",
    "forward_request",
    "pull_request",
    "refuse_by_province",
    "refuse_request",
    "report_to_province",
    "resume_request",
    "return_request",
    "send_to_origin",
    "send_to_recapture",
    "send_to_vendor",
    "take_request",
    "take_request_for_college",
]

_APPROVAL_LENGTH = 100


@transaction.atomic
def take_request_for_college(
    *, request: CorrectionRequest, actor: User, now: datetime
) -> CorrectionRequest:
    """The college begins to look into it; the actor has it in hand."""
    check_can_act(actor, request, RequestAction.COLLEGE_TAKE, now=now)
    return _moved(request, RequestAction.COLLEGE_TAKE, note="", actor=actor, now=now)


@transaction.atomic
def forward_request(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The college has looked and hands it to the office with its opinion."""
    check_can_act(actor, request, RequestAction.FORWARD, now=now)
    note = required_text(note, field="note", message="写一句学院的意见：核实了什么")
    move_request(
        request,
        RequestAction.FORWARD,
        note=note,
        actor=actor,
        now=now,
        handler=None,
        college_reviewer=actor,
        college_agreed_at=now,
        college_agreed_by=actor.actor_label,
    )
    return request


@transaction.atomic
def take_request(*, request: CorrectionRequest, actor: User, now: datetime) -> CorrectionRequest:
    """The office begins to look into it; the actor becomes its handler and has it in hand."""
    check_can_act(actor, request, RequestAction.TAKE, now=now)
    return _moved(request, RequestAction.TAKE, note="", actor=actor, now=now)


@transaction.atomic
def pull_request(
    *, request: CorrectionRequest, reason: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The office takes a case that waits too long at the college; the reason stays in the trail."""
    check_can_act(actor, request, RequestAction.PULL, now=now)
    reason = required_text(reason, field="reason", message="写清楚为什么不等学院核实")
    return _moved(request, RequestAction.PULL, note=reason, actor=actor, now=now)


@transaction.atomic
def return_request(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """Back to the student, who reads in `note` what is missing."""
    check_can_act(actor, request, RequestAction.RETURN, now=now)
    note = required_text(note, field="note", message="写清楚要学生补充什么")
    return _moved(request, RequestAction.RETURN, note=note, actor=actor, now=now)


@transaction.atomic
def report_to_province(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The school agrees and asks the province; the actor is the first of the two officials."""
    check_can_act(actor, request, RequestAction.TO_PROVINCE, now=now)
    note = required_text(note, field="note", message="写一句学校的意见")
    return _moved(
        request, RequestAction.TO_PROVINCE, note=note, actor=actor, now=now, first_official=actor
    )


@transaction.atomic
def approve_request(
    *, request: CorrectionRequest, approval: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The province has agreed; `approval` is the number of its document."""
    check_can_act(actor, request, RequestAction.APPROVE, now=now)
    approval = required_text(approval, field="approval", message="写明批文文号")
    approval = approval[:_APPROVAL_LENGTH]
    return _moved(
        request, RequestAction.APPROVE, note=approval, actor=actor, now=now, approval=approval
    )


@transaction.atomic
def refuse_by_province(
    *, request: CorrectionRequest, answer: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The province has refused; the student reads why, and the record stays as it is."""
    check_can_act(actor, request, RequestAction.PROVINCE_REFUSE, now=now)
    answer = required_text(answer, field="answer", message="写清楚省里为什么不批")
    return _moved(
        request, RequestAction.PROVINCE_REFUSE, note=answer, actor=actor, now=now, answer=answer
    )


@transaction.atomic
def send_to_origin(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """Who erred corrects: the exam office of the student's origin comes first."""
    return _sent_away(request, RequestAction.TO_ORIGIN, note, actor=actor, now=now)


@transaction.atomic
def send_to_vendor(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The capture unit has to look for the photo, or to put it right."""
    return _sent_away(request, RequestAction.TO_VENDOR, note, actor=actor, now=now)


@transaction.atomic
def send_to_recapture(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The student is photographed again; `note` says when and where."""
    return _sent_away(request, RequestAction.TO_RECAPTURE, note, actor=actor, now=now)


@transaction.atomic
def resume_request(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """What was waited for has come, or is not waited for any longer: the office goes on."""
    check_can_act(actor, request, RequestAction.RESUME, now=now)
    note = required_text(note, field="note", message="写一句对方的回复，或者为什么收回")
    return _moved(request, RequestAction.RESUME, note=note, actor=actor, now=now)


@transaction.atomic
def refuse_request(
    *, request: CorrectionRequest, answer: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The office keeps the record or the photo as it is, and says why; the conclusion stays 有误."""
    check_can_act(actor, request, RequestAction.REFUSE, now=now)
    answer = required_text(answer, field="answer", message="写清楚为什么不予采纳")
    return _moved(request, RequestAction.REFUSE, note=answer, actor=actor, now=now, answer=answer)


@transaction.atomic
def close_request(
    *, request: CorrectionRequest, note: str, actor: User, now: datetime
) -> CorrectionRequest:
    """The office waits no longer for the second check, and says why."""
    check_can_act(actor, request, RequestAction.CLOSE, now=now)
    note = required_text(note, field="note", message="写清楚为什么不等学生复核")
    return _moved(request, RequestAction.CLOSE, note=note, actor=actor, now=now)


def _sent_away(
    request: CorrectionRequest, action: RequestAction, note: str, *, actor: User, now: datetime
) -> CorrectionRequest:
    check_can_act(actor, request, action, now=now)
    note = required_text(note, field="note", message="写清楚请谁做什么，学生会看到")
    return _moved(request, action, note=note, actor=actor, now=now)


def _moved(
    request: CorrectionRequest,
    action: RequestAction,
    *,
    note: str,
    actor: User,
    now: datetime,
    **changes: Any,
) -> CorrectionRequest:
    move_request(request, action, note=note, actor=actor, now=now, handler=actor, **changes)
    return request
