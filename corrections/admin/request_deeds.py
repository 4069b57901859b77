"""What the desk may do with a correction request: the moves of the table, and who has it in hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from accounts.models import User
from common import audit
from common.admin import Act, Deed, NothingForm, Panel, ReasonForm, facts
from common.policy import allowed
from corrections import policies
from corrections.admin.forms import (
    AnswerForm,
    ApplyForm,
    ApprovalForm,
    NoteForm,
    RefuseForm,
    ToldReasonForm,
    WordForm,
)
from corrections.models import CorrectionRequest
from corrections.policies import available_actions
from corrections.selectors import FieldChange, request_changes
from corrections.services import request as moves
from corrections.services.applying import apply_request
from corrections.services.holding import hold_request, release_request, take_over_request
from corrections.services.looks import open_private_note
from corrections.states import RequestAction, RequestState

__all__ = ["DEEDS"]

_Run = Callable[[CorrectionRequest, Act], str]


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: RequestAction) -> Callable[[CorrectionRequest, Act], bool]:
    """Whether the table and the policy offer the action."""
    return lambda request, act: action in available_actions(_desk(act), request, now=act.now)


def _may(check: Callable[..., None]) -> Callable[[CorrectionRequest, Act], bool]:
    """Whether a policy beside the table allows it."""
    return lambda request, act: allowed(check, _desk(act), request, now=act.now)


def _does(service: Callable[..., Any], said: str, *asked: str) -> _Run:
    """One call of the service with what was filled in, and what is said afterwards."""

    def run(request: CorrectionRequest, act: Act) -> str:
        given = {name: act.given[name] for name in asked}
        service(request=request, actor=_desk(act), now=act.now, **given)
        return said

    return run


def _apply(request: CorrectionRequest, act: Act) -> str:
    apply_request(
        request=request,
        answer=act.given["answer"],
        values=act.given["values"],
        refusals=act.given["refusals"],
        actor=_desk(act),
        now=act.now,
    )
    if request.state == RequestState.CLOSED:
        return "已更正并办结，学生会收到通知"
    return "已更正，学生会收到通知并再核对一次"


def _preview_apply(request: CorrectionRequest, act: Act) -> Sequence[Panel]:
    changes = {change.name: change for change in request_changes(request)}
    accepted = act.given["values"]
    return [
        Panel.of(
            "会改的字段",
            ("字段", "现在", "改为"),
            (
                (
                    changes[name].label,
                    changes[name].original,
                    changes[name].proposed if name == "id_number" else value,
                )
                for name, value in accepted.items()
            ),
            empty="不改学籍字段：照片已经换过，办结后学生再核对一次",
            note="学籍会立刻更正，学生的这项结论作废，要再核对一次；不用再核对的学生，勘误单直接办结。",
        ),
        *_stays(changes, act.given["refusals"], is_approved=request.state == RequestState.APPROVED),
        facts("答复", [("给学生的答复", act.given["answer"])]),
    ]


def _stays(
    changes: Mapping[str, FieldChange], refusals: Mapping[str, str], *, is_approved: bool
) -> Sequence[Panel]:
    """What is not put right and why; of key fields also that the province is not asked any more."""
    if not refusals:
        return []
    keys = [changes[name].label for name in refusals if changes[name].is_key and not is_approved]
    warning = (
        f"{'、'.join(keys)}是关键信息，没有经过省里：这样办，这次不会改，也不会再报省里。"
        "该改的，现在回去，先“报省里审批”。"
    )
    return [
        Panel.of(
            "不改的字段",
            ("字段", "现在", "学生说应为", "不采纳的原因"),
            (
                (changes[name].label, changes[name].original, changes[name].proposed, why)
                for name, why in refusals.items()
            ),
            note=warning if keys else "",
        )
    ]


def _reveal(request: CorrectionRequest, act: Act) -> Sequence[Panel]:
    audit.record(
        "correction.revealed",
        actor=act.actor,
        now=act.now,
        obj=request,
        subject=request.record,
        reason=act.reason,
    )
    changes = request_changes(request, whole_number=True)
    return [
        Panel.of(
            "完整的原值和应为",
            ("字段", "原值", "应为"),
            ((change.label, change.original, change.proposed) for change in changes),
            note="只显示这一次，查看已记入审计，学生可以查到。",
        )
    ]


def _reveal_private(request: CorrectionRequest, act: Act) -> Sequence[Panel]:
    text = open_private_note(request=request, viewer=_desk(act), reason=act.reason, now=act.now)
    note = "只显示这一次，查看已记入审计，学生可以查到。不要抄到别处。"
    return [Panel.of("不公开的原因", ("内容",), ((text,),), note=note)]


def _has_private(request: CorrectionRequest, act: Act) -> bool:
    given = type(request).objects.filter(pk=request.pk, private_note__isnull=False)
    return policies.may_read_private(_desk(act), request) and given.exists()


_A = RequestAction

DEEDS = (
    Deed(
        name="take",
        label="受理",
        form=NothingForm,
        lead="由你经办，学生的页面会显示“教务处核实中”。",
        is_offered=_can(_A.TAKE),
        run=_does(moves.take_request, "已受理，由你经办"),
    ),
    Deed(
        name="pull",
        label="越过学院受理",
        form=ToldReasonForm,
        lead="学院还没有核实。写明为什么不等，学生会看到。",
        is_offered=_can(_A.PULL),
        run=_does(moves.pull_request, "已受理，由你经办", "reason"),
        is_danger=True,
    ),
    Deed(
        name="college_take",
        label="学院受理",
        form=NothingForm,
        lead="由你核实，学生的页面会显示“学院核实中”。",
        is_offered=_can(_A.COLLEGE_TAKE),
        run=_does(moves.take_request_for_college, "已受理，由你核实"),
    ),
    Deed(
        name="forward",
        label="报教务处",
        form=WordForm,
        lead="写学院的意见，学生会看到。",
        is_offered=_can(_A.FORWARD),
        run=_does(moves.forward_request, "已报教务处", "note"),
    ),
    Deed(
        name="hold",
        label="领取",
        form=NothingForm,
        lead="两小时内由你办，别人不能动。再点一次可以续两小时。",
        is_offered=_may(policies.check_can_hold),
        run=_does(hold_request, "已领取，两小时内由你办"),
    ),
    Deed(
        name="release",
        label="放下",
        form=NothingForm,
        lead="不办了，让别人接着办。",
        is_offered=_may(policies.check_can_release),
        run=_does(release_request, "已放下"),
    ),
    Deed(
        name="take_over",
        label="接过来",
        form=ReasonForm,
        lead="别人正在办。先问过对方；理由记入审计。",
        is_offered=_may(policies.check_can_take_over),
        run=_does(take_over_request, "已接过来，两小时内由你办", "reason"),
        is_danger=True,
    ),
    Deed(
        name="apply",
        label="更正并请学生复核",
        form=ApplyForm,
        lead="更正采纳的字段，再请学生复核。里面有该改的关键信息，先“报省里审批”，批了再一起更正。",
        asks_first=True,
        preview=_preview_apply,
        is_offered=_can(_A.APPLY),
        run=_apply,
    ),
    Deed(
        name="to_province",
        label="报省里审批",
        form=WordForm,
        lead="关键信息要省里批准。批了以后，由另一个人更正。",
        is_offered=_can(_A.TO_PROVINCE),
        run=_does(moves.report_to_province, "已记下，等省里批复", "note"),
    ),
    Deed(
        name="approve",
        label="登记省里批准",
        form=ApprovalForm,
        is_offered=_can(_A.APPROVE),
        run=_does(moves.approve_request, "已登记，由另一个人更正", "approval"),
    ),
    Deed(
        name="province_refuse",
        label="登记省里不批",
        form=AnswerForm,
        lead="学籍保持不变，学生会看到答复。",
        is_offered=_can(_A.PROVINCE_REFUSE),
        run=_does(moves.refuse_by_province, "已登记，学生会看到答复", "answer"),
        is_danger=True,
    ),
    Deed(
        name="to_origin",
        label="转生源地更正",
        form=WordForm,
        lead="高考报名时就错了的，先由生源地招考机构更正。写清楚请学生做什么。",
        is_offered=_can(_A.TO_ORIGIN),
        run=_does(moves.send_to_origin, "已记下，等生源地更正", "note"),
    ),
    Deed(
        name="to_vendor",
        label="转采集单位",
        form=WordForm,
        is_offered=_can(_A.TO_VENDOR),
        run=_does(moves.send_to_vendor, "已记下，等采集单位处理", "note"),
    ),
    Deed(
        name="to_recapture",
        label="安排重拍",
        form=WordForm,
        lead="写清楚什么时候、到哪里拍，学生会收到通知。",
        is_offered=_can(_A.TO_RECAPTURE),
        run=_does(moves.send_to_recapture, "已通知学生重拍", "note"),
    ),
    Deed(
        name="resume",
        label="收回核实",
        form=WordForm,
        lead="对方有了回复，或者不等了，由你接着核实。",
        is_offered=_can(_A.RESUME),
        run=_does(moves.resume_request, "已收回，由你经办", "note"),
    ),
    Deed(
        name="return",
        label="退回补充",
        form=NoteForm,
        is_offered=_can(_A.RETURN),
        run=_does(moves.return_request, "已退回，学生会收到通知", "note"),
    ),
    Deed(
        name="refuse",
        label="不予采纳",
        form=RefuseForm,
        lead="学籍和照片保持不变，学生的结论仍是有误。",
        is_offered=_can(_A.REFUSE),
        run=_does(moves.refuse_request, "未采纳，学生会看到答复", "answer"),
        is_danger=True,
    ),
    Deed(
        name="close",
        label="不等复核，办结",
        form=WordForm,
        lead="已经更正，学生还没有复核。写明为什么不等。",
        is_offered=_can(_A.CLOSE),
        run=_does(moves.close_request, "已办结", "note"),
        is_danger=True,
    ),
    Deed(
        name="reveal",
        label="看完整证件号码",
        lead="只显示一次。查看人、时间和理由会记入审计，学生可以查到。",
        is_offered=lambda request, _act: request.fields.filter(field="id_number").exists(),
        run=_reveal,
    ),
    Deed(
        name="reveal_private",
        label="看不公开的原因",
        lead="只有学生本人和教务处能看，只显示一次。查看人、时间和理由会记入审计，学生可以查到。",
        is_offered=_has_private,
        run=_reveal_private,
    ),
)
