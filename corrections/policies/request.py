"""Who may move a correction request, and who may look at it."""

from collections.abc import Callable
from datetime import datetime

from accounts.models import User
from accounts.policies import is_registrar
from common.errors import NotAllowedError, StaleStateError
from common.policy import allowed
from common.wording import moment_sentence
from corrections.models import CorrectionRequest
from corrections.selectors.college import has_reviewers, reviews_for
from corrections.states import HOLDABLE, REQUEST, TAKEN_BACK, RequestAction, RequestState
from enrollment.selectors import is_bound_to
from imaging.states import ConclusionKind

_OFFICE_ONLY = "这一步由教务处办理"
_COLLEGE_ONLY = "这一步由学生所在学院的教学秘书或领导办理"
_OWN_CASE = "这是你自己的勘误，要由别人办理"
_OWNER_ONLY = "只有提出勘误的学生本人可以这样做"
_NOT_TWICE = "学院的核实是你做的，教务处这一步要由另一个人办理"
_FOUR_EYES = "报省里审批是你经办的，更正要由另一个人办理"

_A, _S = RequestAction, RequestState
BY_STUDENT = frozenset({_A.SUBMIT, _A.REDRAFT, _A.RESUBMIT, _A.WITHDRAW, _A.DISAGREE})
BY_COLLEGE = frozenset({_A.COLLEGE_TAKE, _A.FORWARD})
# The portal alone asks for the second check, when the values are entered; and nobody takes a single
# move back.
BY_NOBODY: dict[RequestAction, str] = {
    _A.RECHECK: "这一步由系统自动完成",
    **dict.fromkeys(TAKEN_BACK, "只能在“批量办理”或“省里答复”的页面上整批撤销"),
}


def check_may_act(
    actor: User, request: CorrectionRequest, action: RequestAction, *, now: datetime
) -> None:
    """Whether the person may take this action on the request, as far as that depends on who it is.

    Nobody decides on the own request: whoever handles it is neither the student nor the submitter.
    """
    if action in BY_NOBODY:
        raise NotAllowedError(BY_NOBODY[action])
    is_owner = is_bound_to(actor, request.record)
    if action in BY_STUDENT:
        if not (actor.is_active and is_owner):
            raise NotAllowedError(_OWNER_ONLY)
        if action in {_A.SUBMIT, _A.REDRAFT} and request.submitter_id not in {actor.pk, None}:
            raise NotAllowedError(_OWNER_ONLY)
        return
    at_college = request.state == _S.COLLEGE_REVIEW and action == _A.RETURN
    if action in BY_COLLEGE or at_college:
        if not reviews_for(actor, request.record.college_id, now=now):
            raise NotAllowedError(_COLLEGE_ONLY)
    elif not is_registrar(actor):
        raise NotAllowedError(_OFFICE_ONLY)
    elif request.college_reviewer_id == actor.pk:
        raise NotAllowedError(_NOT_TWICE)
    if is_owner or request.submitter_id == actor.pk:
        raise NotAllowedError(_OWN_CASE)


def check_can_act(
    actor: User, request: CorrectionRequest, action: RequestAction, *, now: datetime
) -> None:
    """Whether the person may take the action on the request as it stands."""
    check_may_act(actor, request, action, now=now)
    REQUEST.target(action, source=RequestState(request.state))
    if action not in BY_STUDENT and action != _A.PULL:
        check_is_free(actor, request, now=now)
    if action in _FURTHER:
        _FURTHER[action](actor, request, now)


def available_actions(
    actor: User, request: CorrectionRequest, *, now: datetime
) -> list[RequestAction]:
    """The actions that the person may take now, in the order of the table; draws every button."""
    return [
        action
        for action in REQUEST.actions_from(RequestState(request.state))
        if allowed(check_can_act, actor, request, action, now=now)
    ]


def check_is_free(actor: User, request: CorrectionRequest, *, now: datetime) -> None:
    """One official at a time: nobody else has the case in hand."""
    if request.is_held_at(now) and request.holder_id != actor.pk and request.held_until:
        until = moment_sentence(request.held_until)
        raise NotAllowedError(
            f"{request.held_by} 正在办这张勘误单（{until} 前），可以写明理由接过来"
        )


def check_can_hold(actor: User, request: CorrectionRequest, *, now: datetime) -> None:
    """Whether the person may take the case in hand: of the right level, not the own, not held by another."""
    _check_level(actor, request, now=now)
    check_is_free(actor, request, now=now)


def check_can_release(actor: User, request: CorrectionRequest, *, now: datetime) -> None:
    """Only who has it in hand lays it down."""
    if not request.is_held_at(now) or request.holder_id != actor.pk:
        raise NotAllowedError("这张勘误单不在你手里")


def check_can_take_over(actor: User, request: CorrectionRequest, *, now: datetime) -> None:
    """Whether the person may take the case out of somebody else's hands."""
    _check_level(actor, request, now=now)
    if not request.is_held_at(now) or request.holder_id == actor.pk:
        raise NotAllowedError("没有别人在办这张勘误单，不用接")


def may_read_private(viewer: User, request: CorrectionRequest) -> bool:
    """The named roles for what is not public: the student, and the office that decides.

    Neither monitor, counsellor, college nor auditor; nor an official who is the student; nor who
    holds the record now that another person has written the words for.
    """
    if is_bound_to(viewer, request.record):
        return viewer.is_active and request.submitter_id in {viewer.pk, None}
    return is_registrar(viewer) and request.state != _S.DRAFT


def skips_college(request: CorrectionRequest, *, now: datetime) -> bool:
    """Whether the office may take it at once.

    A photo goes to the capture unit, the college has looked already, or it has nobody to look.
    """
    return (
        request.kind == ConclusionKind.PHOTO
        or request.college_agreed_at is not None
        or not has_reviewers(request.record.college_id, now=now)
    )


def _check_level(actor: User, request: CorrectionRequest, *, now: datetime) -> None:
    if request.state not in HOLDABLE:
        raise StaleStateError("这张勘误单现在不用人办")
    probe = _A.RETURN if request.state == _S.COLLEGE_REVIEW else _A.TAKE
    check_may_act(actor, request, probe, now=now)


def _check_take(_actor: User, request: CorrectionRequest, now: datetime) -> None:
    if not skips_college(request, now=now):
        raise NotAllowedError("先由学院核实；学院久不办的，写明理由“越过学院受理”")


def _check_college_take(_actor: User, request: CorrectionRequest, _now: datetime) -> None:
    if request.kind == ConclusionKind.PHOTO:
        raise NotAllowedError("照片的勘误由教务处办理")


def _check_pull(_actor: User, request: CorrectionRequest, now: datetime) -> None:
    if request.state == _S.SUBMITTED and skips_college(request, now=now):
        raise NotAllowedError("这张勘误单可以直接受理")


def _check_data(_actor: User, request: CorrectionRequest, _now: datetime) -> None:
    if request.kind != ConclusionKind.DATA:
        raise NotAllowedError("照片的勘误不走这一步")


def _check_photo(_actor: User, request: CorrectionRequest, _now: datetime) -> None:
    if request.kind != ConclusionKind.PHOTO:
        raise NotAllowedError("只有照片的勘误走这一步")


def _check_to_province(actor: User, request: CorrectionRequest, now: datetime) -> None:
    _check_data(actor, request, now)
    if not any(row.is_key for row in request.fields.all()):
        raise NotAllowedError("没有关键信息，不用报省里")


def _check_apply(actor: User, request: CorrectionRequest, _now: datetime) -> None:
    """What needs the province waits for it, and then a second official enters it."""
    if request.state == _S.APPROVED:
        if request.first_official_id == actor.pk:
            raise NotAllowedError(_FOUR_EYES)
        return
    keys = list(request.fields.values_list("is_key", flat=True))
    if keys and all(keys):
        raise NotAllowedError("这些都是关键信息，先报省里审批")


def _check_close(_actor: User, request: CorrectionRequest, _now: datetime) -> None:
    if request.state != _S.RECHECK:
        raise StaleStateError("状态已经变了，请刷新页面再看")


def _check_disagree(_actor: User, request: CorrectionRequest, _now: datetime) -> None:
    if request.disagreed_at is not None:
        raise NotAllowedError("你的不同意见已经记下")


_Further = Callable[[User, CorrectionRequest, datetime], None]
_FURTHER: dict[RequestAction, _Further] = {
    _A.COLLEGE_TAKE: _check_college_take,
    _A.TAKE: _check_take,
    _A.PULL: _check_pull,
    _A.TO_PROVINCE: _check_to_province,
    _A.TO_ORIGIN: _check_data,
    _A.TO_VENDOR: _check_photo,
    _A.TO_RECAPTURE: _check_photo,
    _A.APPLY: _check_apply,
    _A.CLOSE: _check_close,
    _A.DISAGREE: _check_disagree,
}
