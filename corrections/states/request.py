"""Choices and machine of correction requests."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class RequestState(models.TextChoices):
    """勘误: from the draft through college, office, province or capture unit to the second check."""

    DRAFT = "DRAFT", "草稿"
    SUBMITTED = "SUBMITTED", "已提交"
    COLLEGE_REVIEW = "COLLEGE_REVIEW", "学院核实中"
    OFFICE_REVIEW = "OFFICE_REVIEW", "教务处核实中"
    AWAITING_PROVINCE = "AWAITING_PROVINCE", "等省里批复"
    APPROVED = "APPROVED", "省里已批准"
    AWAITING_ORIGIN = "AWAITING_ORIGIN", "等生源地更正"
    AWAITING_VENDOR = "AWAITING_VENDOR", "等采集单位处理"
    RECAPTURE = "RECAPTURE", "等重拍"
    RETURNED = "RETURNED", "退回补充"
    APPLIED = "APPLIED", "已更正"
    RECHECK = "RECHECK", "已更正，待复核"
    CLOSED = "CLOSED", "已办结"
    REFUSED = "REFUSED", "未采纳"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class RequestAction(models.TextChoices):
    """Moves of a correction request."""

    SUBMIT = "SUBMIT", "提交"
    REDRAFT = "REDRAFT", "拿回修改"
    COLLEGE_TAKE = "COLLEGE_TAKE", "学院受理"
    FORWARD = "FORWARD", "报教务处"
    TAKE = "TAKE", "受理"
    PULL = "PULL", "越过学院受理"
    RETURN = "RETURN", "退回补充"
    RESUBMIT = "RESUBMIT", "重新提交"
    TO_PROVINCE = "TO_PROVINCE", "报省里审批"
    APPROVE = "APPROVE", "登记省里批准"
    PROVINCE_REFUSE = "PROVINCE_REFUSE", "登记省里不批"
    TO_ORIGIN = "TO_ORIGIN", "转生源地更正"
    TO_VENDOR = "TO_VENDOR", "转采集单位"
    TO_RECAPTURE = "TO_RECAPTURE", "安排重拍"
    RESUME = "RESUME", "收回核实"
    APPLY = "APPLY", "更正并复核"
    REFUSE = "REFUSE", "不予采纳"
    RECHECK = "RECHECK", "请学生复核"
    CLOSE = "CLOSE", "办结"
    DISAGREE = "DISAGREE", "不认可答复"
    WITHDRAW = "WITHDRAW", "撤回"
    UNTAKE = "UNTAKE", "撤销受理"
    UNDECIDE = "UNDECIDE", "撤销处理"
    UNANSWER = "UNANSWER", "撤销省里答复"


class EvidenceNeed(models.TextChoices):
    """Whether a proof must come with a field."""

    ALWAYS = "ALWAYS", "必交"
    IF_ANY = "IF_ANY", "有就交"


class EvidenceFormat(models.TextChoices):
    """What a proof may be."""

    IMAGE = "IMAGE", "图片"
    PDF = "PDF", "PDF"
    EITHER = "EITHER", "图片或PDF"


# Each of these waits for somebody outside.
AWAY = sources(
    RequestState.AWAITING_PROVINCE,
    RequestState.AWAITING_ORIGIN,
    RequestState.AWAITING_VENDOR,
    RequestState.RECAPTURE,
)
ENDED_REQUESTS = sources(RequestState.CLOSED, RequestState.REFUSED, RequestState.WITHDRAWN)
OPEN_REQUESTS = frozenset(RequestState) - ENDED_REQUESTS
# Somebody has the next move: all but the student's own draft.
AWAITED = OPEN_REQUESTS - sources(RequestState.DRAFT)
# Sent in and not decided: one of a kind for each record, and in the way of a registration.
UNDECIDED = OPEN_REQUESTS - sources(RequestState.DRAFT, RequestState.APPLIED, RequestState.RECHECK)
# What the school works on; the rest of the undecided waits for the student.
WORKED_ON = UNDECIDED - sources(RequestState.RETURNED)
HOLDABLE = WORKED_ON - sources(RequestState.SUBMITTED)
DECIDED = sources(
    RequestState.APPLIED, RequestState.RECHECK, RequestState.CLOSED, RequestState.REFUSED
)

# Only a batch of decisions and a table of the province's answers are taken back, never a single move.
TAKEN_BACK = frozenset({RequestAction.UNTAKE, RequestAction.UNDECIDE, RequestAction.UNANSWER})

_S, _A = RequestState, RequestAction

REQUEST = Workflow[RequestState, RequestAction](
    name="correction_request",
    initial=_S.DRAFT,
    transitions={
        _A.SUBMIT: Transition(sources(_S.DRAFT), _S.SUBMITTED),
        _A.REDRAFT: Transition(sources(_S.SUBMITTED), _S.DRAFT),
        _A.COLLEGE_TAKE: Transition(sources(_S.SUBMITTED), _S.COLLEGE_REVIEW),
        _A.FORWARD: Transition(sources(_S.COLLEGE_REVIEW), _S.OFFICE_REVIEW),
        _A.TAKE: Transition(sources(_S.SUBMITTED), _S.OFFICE_REVIEW),
        _A.PULL: Transition(sources(_S.SUBMITTED, _S.COLLEGE_REVIEW), _S.OFFICE_REVIEW),
        _A.RETURN: Transition(sources(_S.COLLEGE_REVIEW, _S.OFFICE_REVIEW), _S.RETURNED),
        _A.RESUBMIT: Transition(sources(_S.RETURNED), _S.SUBMITTED),
        _A.TO_PROVINCE: Transition(sources(_S.OFFICE_REVIEW), _S.AWAITING_PROVINCE),
        _A.APPROVE: Transition(sources(_S.AWAITING_PROVINCE), _S.APPROVED),
        _A.PROVINCE_REFUSE: Transition(sources(_S.AWAITING_PROVINCE), _S.REFUSED),
        _A.TO_ORIGIN: Transition(sources(_S.OFFICE_REVIEW), _S.AWAITING_ORIGIN),
        _A.TO_VENDOR: Transition(sources(_S.OFFICE_REVIEW, _S.RECAPTURE), _S.AWAITING_VENDOR),
        _A.TO_RECAPTURE: Transition(sources(_S.OFFICE_REVIEW, _S.AWAITING_VENDOR), _S.RECAPTURE),
        _A.RESUME: Transition(AWAY, _S.OFFICE_REVIEW),
        _A.APPLY: Transition(
            sources(_S.OFFICE_REVIEW, _S.APPROVED, _S.AWAITING_VENDOR, _S.RECAPTURE), _S.APPLIED
        ),
        _A.REFUSE: Transition(sources(_S.OFFICE_REVIEW), _S.REFUSED),
        _A.RECHECK: Transition(sources(_S.APPLIED), _S.RECHECK),
        _A.CLOSE: Transition(sources(_S.APPLIED, _S.RECHECK), _S.CLOSED),
        _A.DISAGREE: Transition(sources(_S.REFUSED), _S.REFUSED),
        _A.WITHDRAW: Transition(
            OPEN_REQUESTS - sources(_S.APPROVED, _S.APPLIED, _S.RECHECK), _S.WITHDRAWN
        ),
        # Of a batch or of registered answers, while nothing has followed.
        _A.UNTAKE: Transition(sources(_S.OFFICE_REVIEW), _S.SUBMITTED),
        _A.UNDECIDE: Transition(AWAY | sources(_S.RETURNED, _S.REFUSED), _S.OFFICE_REVIEW),
        _A.UNANSWER: Transition(sources(_S.APPROVED, _S.REFUSED), _S.AWAITING_PROVINCE),
    },
)
