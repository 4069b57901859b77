"""The first page: for a visitor, a student, whoever has classes, and the office."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from common.components import ActionButton, PhotoView
from common.wording import moment_sentence, until_sentence
from corrections.selectors import open_requests
from corrections.states import RequestState
from enrollment.models import StudentRecord
from enrollment.selectors import (
    assignments_of,
    classes_of,
    in_effect,
    open_rescue_of,
    record_value,
    records_of,
)
from enrollment.selectors.claims import claims_of
from enrollment.states import ClaimState, RescueState
from imaging.selectors import ClassProgress, Phase, Verification, class_progress, verification_of
from imaging.selectors.capture_plan import (
    CaptureStep,
    capture_is_arranged,
    capture_member_of,
    plan_of,
)
from imaging.states import Conclusion
from imaging.views.shown import portrait
from imaging.views.status import again_title, is_wish, registered_words
from xuexin.pages.context import standing
from xuexin.pages.photo_way import photo_way
from xuexin.pages.standing import Standing

# More classes than this are looked up on the board, not on the first page.
_CLASSES = 12


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


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this person does next."""
    now = timezone.now()
    held = standing(request, now=now)
    if held is None or not isinstance(request.user, User):
        return render(request, "pages/home_visitor.html")
    context: dict[str, Any] = {"now": now, "standing": held}
    if held.is_staff:
        context |= _staff(request.user, held, now=now)
        return render(request, "pages/home_staff.html", context)
    records = [
        in_effect(each, now=now) for each in (records_of(request.user) if held.is_student else ())
    ]
    if not records:
        waiting = _rescue(request.user) or _claim(request.user)
        context["is_waiting"] = waiting is not None
        context["step"] = _looked_into() if held.has_hidden else waiting or _entrance(held)
        return render(request, "pages/home_entrance.html", context)
    context |= _student(records, now=now)
    if held.is_monitor:
        context["classes"] = _classes(request.user, now=now)
    return render(request, "pages/home_student.html", context)


def _looked_into() -> Step:
    return Step(
        title="教务处正在|核实你的学籍",
        kicker="不用做什么",
        text="核实期间学籍和照片暂不显示。核实完，教务处会发消息给你，这里就能看到。",
    )


def _rescue(user: User) -> Step | None:
    """The running case about the own number, if there is one: it is the school's turn, or a visit."""
    case = open_rescue_of(user)
    if case is None:
        return None
    action = ActionButton(
        label="看办理进度", url=reverse("enrollment:rescue_case", args=[case.pk]), tone="outline"
    )
    if case.state == RescueState.COUNTER:
        return Step(
            title="带证件|到柜台核对",
            text=f"带证件原件到{settings.OFFICE_CONTACT}，说单号 {case.case_no}。当面核对以后接着办。",
            action=action,
        )
    return Step(
        title="找回证件号码|正在办",
        kicker="现在轮到学校",
        text=f"{settings.OFFICE_CONTACT}核实，{until_sentence(case.due_at)}以前答复你。",
        action=action,
    )


def _claim(user: User) -> Step | None:
    """The claim that was handed in last and waits for the office, if there is one."""
    claim = claims_of(user).filter(state=ClaimState.OPEN).first()
    if claim is None:
        return None
    action = ActionButton(
        label="看办理进度", url=reverse("enrollment:claim_page", args=[claim.pk]), tone="outline"
    )
    return Step(
        title="学籍认领|正在核实",
        kicker="现在轮到学校",
        text=f"{settings.OFFICE_CONTACT}对着材料核实，{until_sentence(claim.due_at)}以前答复你。",
        action=action,
    )


def _entrance(held: Standing) -> Step:
    if held.has_declared:
        return Step(
            title="找到|你的学籍",
            text="再填一样只有你和学校知道的信息，就能看到自己的学籍和照片。",
            action=ActionButton(label="去绑定", url=reverse("enrollment:record_bind")),
        )
    return Step(
        title="登记|姓名和证件号码",
        text="照着身份证件填。学校用它找到你的学籍；确认以后不能自己改。",
        action=ActionButton(label="去登记", url=reverse("enrollment:identity_declare")),
    )


def _student(records: list[StudentRecord], *, now: datetime) -> dict[str, Any]:
    found = {each.pk: verification_of(each, now=now) for each in records}
    # What asks for something comes first; the other records follow as lines.
    records = sorted(records, key=lambda each: _asks(found[each.pk]), reverse=True)
    names = _names(records)
    first, *others = records
    shown = found[first.pk]
    return {
        "record": first,
        "status": record_value(first, "enrollment_status"),
        "step": _step(first, shown, name=names[first.pk]),
        "others": [
            _line(each, _step(each, found[each.pk], name=names[each.pk])) for each in others
        ],
        "capture": None if shown and shown.photo else _capture(first, now=now),
        "way": photo_way(shown) if shown and not shown.campaign.counts_silence else [],
    }


def _capture(record: StudentRecord, *, now: datetime) -> dict[str, str] | None:
    """The way to 去拍照 while no photo is there and the school takes photos with this portal."""
    member = capture_member_of(record, now=now)
    if member is None or not capture_is_arranged(member):
        return None
    plan = plan_of(record, now=now)
    if plan is None or plan.step is CaptureStep.DONE:
        return None
    is_due = plan.step in {CaptureStep.AWAY, CaptureStep.MISSED}
    return {
        "url": reverse("imaging:capture_record", args=[record.pk]),
        "label": plan.step.value,
        "state": "due" if is_due else "todo",
    }


def _names(records: list[StudentRecord]) -> dict[int, str]:
    """What tells the person's records apart; the only one needs no name."""
    if len(records) == 1:
        return {records[0].pk: ""}
    is_one_school = len({each.school_id for each in records}) == 1
    names = {}
    for each in records:
        school = "" if is_one_school and each.major_name else each.school.name
        parts = (school, each.major_name, each.level)
        names[each.pk] = "，".join(part for part in parts if part)
    return names


def _asks(found: Verification | None) -> bool:
    return found is not None and found.phase in {Phase.OPEN, Phase.MISSED}


def _line(record: StudentRecord, step: Step) -> dict[str, str]:
    address = step.action.url if step.action else reverse("record_detail", args=[record.pk])
    return {"title": step.name, "note": step.title.replace("|", ""), "url": address}


def _step(record: StudentRecord, found: Verification | None, *, name: str) -> Step:
    if found is None:
        return Step(
            title="现在没有|要核对的事",
            kicker="不用做什么",
            text="学校开始校对以后，这里会告诉你看什么、到什么时候。",
            name=name,
        )
    address = reverse("imaging:verify_record", args=[record.pk])
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


def _coming(found: Verification, address: str, name: str) -> Step:  # noqa: ARG001 -- one signature for all phases
    return Step(
        title="还没开始核对",
        kicker="不用做什么",
        text=f"{moment_sentence(found.campaign.opens_at)}开始，到 "
        f"{until_sentence(found.member.closes_at)} 为止。",
        name=name,
    )


def _open(found: Verification, address: str, name: str) -> Step:
    hours = found.campaign.window_hours
    later = f"交了以后 {hours} 小时内还能改。" if hours else "交了就锁定，看清楚再交。"
    if found.campaign.counts_silence:
        return Step(
            title=again_title(found) or "核对学籍信息",
            text="到截止时没有提交，就按信息正确算；有错要报告，并附证明材料。",
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
    if found.photo is None and len(missing) > 1:
        title, text = "核对学籍信息", f"照片还没有对上你的学籍，可以先核对信息。{later}"
    return Step(
        title=again_title(found) or title,
        text=text,
        until=found.closes_at,
        action=ActionButton(label="开始核对", url=address),
        photo=portrait(found.photo),
        name=name,
    )


def _missed(found: Verification, address: str, name: str) -> Step:
    return Step(
        title="已截止，|没有核对",
        kicker="请联系辅导员",
        text=f"{until_sentence(found.member.closes_at)} 已经截止，你还有结论没有给。"
        "没核对的照片不能用于学历注册，毕业证书可能没有照片，请马上联系辅导员。",
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
        return Step(
            title="勘误|要你补充",
            text="教务处看过了，还缺材料或说明。补好交上，教务处接着办。",
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


def _staff(user: User, held: Standing, *, now: datetime) -> dict[str, Any]:
    assignments = list(assignments_of(user, now=now)) if held.is_class_staff else []
    return {
        "name": next((each.display_name for each in assignments if each.display_name), ""),
        "roles": "、".join(dict.fromkeys(each.get_role_display() for each in assignments)),
        "classes": _classes(user, now=now) if held.is_class_staff else [],
    }


def _classes(user: User, *, now: datetime) -> list[ClassProgress]:
    return class_progress(classes_of(user, now=now)[:_CLASSES], now=now)
