"""Choices and machine of correction requests."""

from django.db import models

from common.workflow import Transition, Workflow, sources


class RequestState(models.TextChoices):
    """勘误: from the request to its end. Review chain and province come in with a later release."""

    SUBMITTED = "SUBMITTED", "已提交"
    OFFICE_REVIEW = "OFFICE_REVIEW", "教务处核实中"
    RETURNED = "RETURNED", "退回补充"
    APPLIED = "APPLIED", "已更正"
    REFUSED = "REFUSED", "未采纳"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class RequestAction(models.TextChoices):
    """Moves of a correction request."""

    TAKE = "TAKE", "受理"
    RETURN = "RETURN", "退回补充"
    RESUBMIT = "RESUBMIT", "重新提交"
    APPLY = "APPLY", "更正并复核"
    REFUSE = "REFUSE", "不予采纳"
    WITHDRAW = "WITHDRAW", "撤回"


OPEN_REQUESTS = sources(RequestState.SUBMITTED, RequestState.OFFICE_REVIEW, RequestState.RETURNED)

REQUEST = Workflow[RequestState, RequestAction](
    name="correction_request",
    initial=RequestState.SUBMITTED,
    transitions={
        RequestAction.TAKE: Transition(sources(RequestState.SUBMITTED), RequestState.OFFICE_REVIEW),
        RequestAction.RETURN: Transition(
            sources(RequestState.OFFICE_REVIEW), RequestState.RETURNED
        ),
        RequestAction.RESUBMIT: Transition(sources(RequestState.RETURNED), RequestState.SUBMITTED),
        RequestAction.APPLY: Transition(sources(RequestState.OFFICE_REVIEW), RequestState.APPLIED),
        RequestAction.REFUSE: Transition(sources(RequestState.OFFICE_REVIEW), RequestState.REFUSED),
        RequestAction.WITHDRAW: Transition(
            sources(RequestState.SUBMITTED, RequestState.RETURNED), RequestState.WITHDRAWN
        ),
    },
)
