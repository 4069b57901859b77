"""Every move of a case as one call, and who makes it."""

from collections.abc import Callable
from datetime import datetime

from accounts.models import User
from corrections.models import CorrectionRequest
from corrections.policies import BY_COLLEGE, BY_STUDENT
from corrections.services import request as moves
from corrections.services.applying import apply_request
from corrections.services.own import (
    disagree_with_refusal,
    redraft_request,
    resubmit_request,
    submit_request,
    withdraw_request,
)
from corrections.states import RequestAction

Act = Callable[[CorrectionRequest, User, datetime], CorrectionRequest]


def _act(service: Callable[..., CorrectionRequest], **given: str) -> Act:
    return lambda request, actor, now: service(request=request, actor=actor, now=now, **given)


_A = RequestAction
ACTS: dict[RequestAction, Act] = {
    _A.SUBMIT: _act(submit_request),
    _A.REDRAFT: _act(redraft_request),
    _A.COLLEGE_TAKE: _act(moves.take_request_for_college),
    _A.FORWARD: _act(moves.forward_request, note="属实"),
    _A.TAKE: _act(moves.take_request),
    _A.PULL: _act(moves.pull_request, reason="学院久不办"),
    _A.RETURN: _act(moves.return_request, note="附户口本"),
    _A.RESUBMIT: _act(resubmit_request, note="见附件"),
    _A.TO_PROVINCE: _act(moves.report_to_province, note="材料齐全"),
    _A.APPROVE: _act(moves.approve_request, approval="教学批 12 号"),
    _A.PROVINCE_REFUSE: _act(moves.refuse_by_province, answer="省里没有批准"),
    _A.TO_ORIGIN: _act(moves.send_to_origin, note="请联系生源地"),
    _A.TO_VENDOR: _act(moves.send_to_vendor, note="请找原片"),
    _A.TO_RECAPTURE: _act(moves.send_to_recapture, note="周三上午重拍"),
    _A.RESUME: _act(moves.resume_request, note="有了回复"),
    _A.APPLY: _act(apply_request, answer="姓名已更正"),
    _A.REFUSE: _act(moves.refuse_request, answer="与公安信息一致"),
    _A.CLOSE: _act(moves.close_request, note="学生已离校"),
    _A.DISAGREE: _act(disagree_with_refusal, note="身份证上不是这样"),
    _A.WITHDRAW: _act(withdraw_request),
}
"""Without RECHECK, which only the portal takes, and what is only taken back as a whole."""


def actor_of(action: RequestAction, *, alice: User, li: User, secretary: User) -> User:
    """Who takes the action in the usual course."""
    if action in BY_STUDENT:
        return alice
    return secretary if action in BY_COLLEGE else li
