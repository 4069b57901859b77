"""The one next thing of a student's verification, in words, for the first page."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from common.components import ActionButton, PhotoView
from common.wording import moment_sentence, until_sentence
from corrections.selectors import asked_for, open_requests
from corrections.states import RequestState
from enrollment.models import StudentRecord
from imaging.selectors import Phase, Verification
from imaging.selectors.terms import shown_texts
from imaging.states import Conclusion
from imaging.views.shown import portrait
from imaging.views.status import again_title, is_wish, registered_words, waiting_words

__all__ = ["Step", "step_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The one next thing: what, why, until when, and the button that leads there."""

    title: str
    text: str
    kicker: str = "现在只有一件事"
    until: datetime | None = None
    action: ActionButton | None = None
    photo: PhotoView | None = None
    name: str = ""
    note: str = ""


def step_of(record: StudentRecord, found: Verification | None, *, name: str) -> Step:
    if found is None:
        return Step(
            title="现在没有|要核对的事",
            kicker="不用做什么",
            text="学校开始校对以后，这里会告诉你看什么、到什么时候。",
            name=name,
        )
    address = reverse("imaging:verify_record", args=[record.pk])
    if (waiting := _waits_for_photos(found, name)) is not None:
        return waiting
    say = {
        Phase.COMING: _coming,
        Phase.OPEN: _open,
        Phase.MISSED: _missed,
        Phase.PROVISIONAL: _provisional,
        Phase.CLOSED: _closed,
        Phase.DISPUTED: _disputed,
        Phase.REGISTERED: _registered,
    }[found.phase]
    return say(found, address, name)


def _waits_for_photos(found: Verification, name: str) -> Step | None:
    """What happens until the cohort's photos are there, when there is nothing to look at yet (C-48)."""
    words = waiting_words(found)
    if words is None:
        return None
    title, text, note = words
    return Step(title=title, kicker="现在轮到学校", text=text, note=note, name=name)


def _coming(found: Verification, address: str, name: str) -> Step:  # noqa: ARG001 -- one signature for all phases
    member = found.member
    publishes_at = member.publishes_at or found.campaign.publishes_at
    shown = (
        f"照片 {moment_sentence(publishes_at)}公布。"
        if publishes_at is not None and not member.sees_photo_at(found.now)
        else ""
    )
    return Step(
        title="还没开始核对",
        kicker="不用做什么",
        text=f"{shown}核对{moment_sentence(member.begins_at)}开始，到 "
        f"{until_sentence(member.closes_at)} 为止。",
        name=name,
    )


def _open(found: Verification, address: str, name: str) -> Step:
    hours = found.campaign.window_hours
    later = f"交了以后 {hours} 小时内还能改。" if hours else "交了就锁定，看清楚再交。"
    if found.campaign.counts_silence:
        return Step(
            title=again_title(found) or "核对学籍信息",
            text=f"{_silence(found)}有错要报告，并附证明材料。",
            until=found.closes_at,
            action=ActionButton(label="开始核对", url=address),
            name=name,
        )
    missing = {part.kind for part in found.to_give}
    if len(missing) > 1:
        title, text = "核对毕业照片|和学籍信息", f"照片、信息各给一个结论，大约三分钟。{later}"
    elif found.photo_part in found.to_give:
        title, text = "还差照片|没有核对", f"信息已经核过，再看一眼照片。{later}"
    else:
        title, text = "还差信息|没有核对", f"照片已经核过，再看一遍学籍信息。{later}"
    if found.member.photo_waived_at is not None:
        title, text = "核对学籍信息", f"你这次免交照片，只核对信息，大约三分钟。{later}"
    if found.photo is None and len(missing) > 1:
        title, text = "核对学籍信息", f"照片还没有对上你的学籍，可以先核对信息。{later}"
    return Step(
        title=again_title(found) or title,
        text=text,
        until=found.closes_at,
        action=ActionButton(label="开始核对", url=address),
        photo=portrait(found.photo),
        name=name,
        note=_silence(found),
    )


def _silence(found: Verification) -> str:
    """What comes of not checking, with the date (C-57)."""
    texts = shown_texts(
        found.member, school_name=found.record.school.name, closes_at=found.closes_at
    )
    return texts.silence


def _missed(found: Verification, address: str, name: str) -> Step:
    until = until_sentence(found.member.closes_at)
    what = (
        "没核对的照片不能用于学历注册，毕业证书可能没有照片，请马上联系辅导员。"
        if found.member.photo_waived_at is None
        else "信息没核对，学历注册可能办不了，请马上联系辅导员。"
    )
    return Step(
        title="已截止，|没有核对",
        kicker="请联系辅导员",
        text=f"{until} 已经截止，你还有结论没有给。{what}",
        action=ActionButton(label="看看差什么", url=address, tone="outline"),
        name=name,
    )


def _provisional(found: Verification, address: str, name: str) -> Step:
    locks_at = max(part.row.locks_at for part in found.open_parts if part.row and part.row.locks_at)
    return Step(
        title="已提交，|还没锁定",
        kicker="不用再做什么",
        text=f"{moment_sentence(locks_at)}锁定。想改，在那以前还可以。",
        action=ActionButton(label="看提交的内容", url=address, tone="outline"),
        photo=portrait(found.photo),
        name=name,
    )


def _closed(found: Verification, address: str, name: str) -> Step:
    if found.campaign.counts_silence:
        tacit = found.data.is_tacit
        return Step(
            title="已截止，|按正确算" if tacit else "已锁定，|核对完成",
            kicker="不用再做什么",
            text="你没有提出有误，学籍信息按正确算。发现错了，联系辅导员还可以更正。"
            if tacit
            else "学校会用这些信息办新生学籍注册。",
            action=ActionButton(label="看核对结果", url=address, tone="outline"),
            name=name,
        )
    return Step(
        title="已锁定，|核对完成",
        kicker="不用再做什么",
        text=f"班级反馈表 {until_sentence(found.member.sheet_freeze_at)} 定稿，到时候要在纸上签名。",
        action=ActionButton(label="看回执", url=address, tone="outline"),
        photo=portrait(found.photo),
        name=name,
    )


def _disputed(found: Verification, address: str, name: str) -> Step:  # noqa: ARG001 -- one signature for all phases
    waiting = open_requests().filter(record=found.member.record_id, state=RequestState.RETURNED)
    if request := waiting.first():
        office = asked_for(request)[1]
        return Step(
            title="勘误|要你补充",
            text=f"{office}看过了，还缺材料或说明。补好交上，接着办。",
            action=ActionButton(
                label="去补充", url=reverse("corrections:request_page", args=[request.pk])
            ),
            name=name,
        )
    wrong = [part for part in found.parts if part.state == Conclusion.INCORRECT]
    if all(is_wish(part) for part in wrong):
        title, text = (
            "希望重拍，|等学校决定",
            "照片是你本人，能不能重拍由教务处决定，定了会发消息给你。",
        )
    else:
        title = "有误已锁定，|等学校办理"
        text = "你报告的有误已经转给教务处核实。要你补充材料时，会发消息给你。"
    return Step(
        title=title,
        kicker="现在轮到学校",
        text=text,
        action=ActionButton(
            label="看办理进度", url=reverse("corrections:request_list"), tone="outline"
        ),
        name=name,
    )


def _registered(found: Verification, address: str, name: str) -> Step:
    return Step(
        title="已登记学历，|核对结束",
        kicker="不用再做什么",
        text=registered_words(found),
        action=ActionButton(label="看核对结果", url=address, tone="outline"),
        name=name,
    )
