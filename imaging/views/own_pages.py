"""The page 自己交照片 as values: what happened, what is next, until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.models import User
from common.components import ActionButton
from common.errors import DomainError
from common.wording import moment_sentence, until_sentence
from common.workdays import add_workdays
from imaging.forms import OwnPhotoForm
from imaging.inspection import judge
from imaging.models import OwnPhoto
from imaging.policies import check_can_send_own
from imaging.selectors.capture_plan import CaptureStep
from imaging.selectors.inspections import stored_measures
from imaging.selectors.own_photo import OwnStanding, own_rules
from imaging.selectors.terms import shown_texts
from imaging.states.own_photo import RETURN_HINTS, OwnPhotoState, PhotoChannel, ReturnReason
from imaging.views.measured import measured_context

__all__ = ["REVIEW_WORKDAYS", "own_page"]

REVIEW_WORKDAYS = 2
_HEADINGS = {
    PhotoChannel.CAMERA: "现在拍一张",
    PhotoChannel.UPLOAD: "选一张照片文件",
}
_LOOKS = [
    "站在浅蓝、白色或浅灰的墙前，离墙半步，不留影子。",
    "面向窗户或灯，脸上两边一样亮。",
    "免冠，正面，头不歪；眉毛和耳朵露出来，眼镜不反光。",
    "请别人帮着拍，或者把手机立稳，离一米以上；不开美颜。",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHead:
    """The one thing on top of the page."""

    kicker: str
    title: str
    text: str
    action: ActionButton | None = None


def own_page(
    standing: OwnStanding, forms: Mapping[PhotoChannel, OwnPhotoForm], user: User
) -> dict[str, Any]:
    """The context of `imaging/own_photo.html`."""
    refusal = _refusal(standing, user)
    draft = standing.draft if not refusal else None
    rules = own_rules(standing.member.campaign)
    return {
        "standing": standing,
        "record": standing.plan.record,
        "member": standing.member,
        "now": standing.plan.now,
        "head": _head(standing, refusal),
        "draft": draft,
        "measured": _measured(draft, standing) if draft else {},
        "number": standing.used + 1,
        "forms": [] if refusal or draft else [(_HEADINGS[each], forms[each]) for each in forms],
        "returned": _returned(standing),
        "picture": _picture(standing),
        "looks": _LOOKS,
        "usage": shown_texts(standing.member, school_name=standing.plan.record.school.name).usage,
        "guide": rules,
        "shape": f"{rules.width}x{rules.height}",
    }


def _refusal(standing: OwnStanding, user: User) -> str:
    """Why no photo can be sent now, empty when one can."""
    try:
        check_can_send_own(user, standing)
    except DomainError as error:
        return str(error)
    return ""


def _head(standing: OwnStanding, refusal: str) -> OwnHead:
    if standing.waiting is not None:
        return _head_waiting(standing.waiting)
    if standing.is_settling:
        return OwnHead(
            kicker="现在轮到学校",
            title="照片收下了，|再核一遍就换上",
            text="你原来的照片已经锁定，换它要两位老师。另一位老师确认以后发消息给你，再请你核对。",
        )
    if standing.plan.step is CaptureStep.DONE:
        return OwnHead(
            kicker="不用再交",
            title="你的照片|已经到了",
            text="看看是不是你本人、清不清楚，按时给出结论。",
            action=ActionButton(
                label="去核对",
                url=reverse("imaging:verify_record", args=[standing.plan.record.pk]),
            ),
        )
    if refusal:
        return OwnHead(kicker="现在不能交", title="这次不能|自己交照片", text=refusal)
    return _head_open(standing)


def _head_waiting(photo: OwnPhoto) -> OwnHead:
    sent_at = photo.sent_at or photo.made_at
    due = until_sentence(add_workdays(sent_at, REVIEW_WORKDAYS))
    is_seen = photo.state == OwnPhotoState.IN_REVIEW
    return OwnHead(
        kicker="现在轮到学校",
        title="照片已经交了，|老师正在看" if is_seen else "照片已经交了，|等老师看",
        text=f"{moment_sentence(sent_at)} 交的，教务处学籍科看，最晚 {due} 答复，会发消息给你。"
        "老师定下来以前，你可以撤回。",
        action=ActionButton(
            label="撤回这张",
            url=reverse("imaging:own_photo_withdraw", args=[photo.pk]),
            tone="outline",
            confirm=True,
        ),
    )


def _head_open(standing: OwnStanding) -> OwnHead:
    closes_at = until_sentence(standing.channels.closes_at) if standing.channels else ""
    if standing.draft is not None:
        return OwnHead(
            kicker="还没交",
            title="看看结果，|再决定交不交",
            text="照片现在只有你看得到。满意就交给学校；不满意就换一张，换多少张都不算次数。",
            action=ActionButton(label="看完了，交或换一张", url="#send", tone="outline"),
        )
    last = standing.last
    again = last is not None and last.state == OwnPhotoState.RETURNED
    return OwnHead(
        kicker="轮到你" if again else "可以自己交",
        title="请再交|一张照片" if again else "自己交|一张照片",
        text=f"{closes_at} 以前还能交 {standing.left} 次。先量一遍，你看过结果、点了“交给学校”才算一次。",
    )


def _measured(draft: OwnPhoto, standing: OwnStanding) -> dict[str, Any]:
    rules = own_rules(standing.member.campaign)
    measures = stored_measures(draft.measures)
    if measures is None:
        return {}
    href = reverse("imaging:own_photo_file", args=[draft.pk])
    return measured_context(judge(measures, rules), measures.look, rules, href=href)


def _returned(standing: OwnStanding) -> dict[str, Any] | None:
    """Why the last photo came back, while nothing newer is on its way."""
    last = standing.last
    if last is None or last.state != OwnPhotoState.RETURNED or standing.waiting is not None:
        return None
    known = [ReturnReason(value) for value in last.reasons if value in ReturnReason.values]
    return {
        "reasons": [(reason.label, RETURN_HINTS[reason]) for reason in known],
        "answer": last.answer or "",
        "at": last.ended_at,
    }


def _picture(standing: OwnStanding) -> str:
    """The photo that is on its way, small beside the text."""
    shown = standing.waiting or (standing.last if standing.is_settling else None)
    if shown is None or shown.published.purged_at is not None:
        return ""
    return reverse("imaging:own_photo_file", args=[shown.pk])
