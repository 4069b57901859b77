"""The first page: for a visitor, a student, whoever has classes, and the office."""

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
from common.components import ActionButton
from common.pagetexts import page_lines
from common.wording import until_sentence
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
from imaging.selectors.announcements import headlines_for
from imaging.selectors.capture_plan import (
    CapturePlan,
    CaptureStep,
    capture_is_arranged,
    capture_member_of,
    plan_of,
)
from imaging.selectors.own_photo import own_entry, own_standing
from imaging.selectors.retakes import retake_of
from imaging.selectors.reviews import review_of_student, reviews_named_for
from imaging.states import CampaignKind, Conclusion
from xuexin.pages.context import standing
from xuexin.pages.next_step import Step, step_of
from xuexin.pages.photo_way import photo_way
from xuexin.pages.public_figures import public_figures
from xuexin.pages.review_words import review_words
from xuexin.pages.standing import Standing

# More classes than this are looked up on the board, not on the first page.
_CLASSES = 12
# More notices than this stand on their own page.
_HEADLINES = 3


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this person does next."""
    now = timezone.now()
    held = standing(request, now=now)
    context: dict[str, Any]
    if held is None or not isinstance(request.user, User):
        shown = headlines_for(None, now=now)[:_HEADLINES]
        context = {
            "figures": public_figures(now=now),
            "announcements": shown,
            "steps": page_lines("page_start"),
        }
        return render(request, "pages/home_visitor.html", context)
    context = {
        "now": now,
        "standing": held,
        "announcements": headlines_for(request.user, now=now)[:_HEADLINES],
    }
    if held.is_staff:
        context |= _staff(request.user, held, now=now)
        return render(request, "pages/home_staff.html", context)
    records = [
        in_effect(each, now=now) for each in (records_of(request.user) if held.is_student else ())
    ]
    review = review_of_student(request.user) if held.is_reviewed else None
    if review is not None:
        context["review"] = review_words(review)
    if not records:
        waiting = _rescue(request.user) or _claim(request.user)
        context["is_waiting"] = waiting is not None
        if held.has_hidden:
            context["step"] = context.get("review") or _looked_into()
        else:
            context["step"] = waiting or _entrance(held)
        return render(request, "pages/home_entrance.html", context)
    context |= _student(request.user, records, now=now)
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


def _student(user: User, records: list[StudentRecord], *, now: datetime) -> dict[str, Any]:
    found = {each.pk: verification_of(each, now=now) for each in records}
    # What asks for something comes first; the other records follow as lines.
    records = sorted(records, key=lambda each: _asks(found[each.pk]), reverse=True)
    names = _names(records)
    first, *others = records
    shown = found[first.pk]
    return {
        "record": first,
        "status": record_value(first, "enrollment_status"),
        "step": step_of(first, shown, name=names[first.pk]),
        "others": [
            _line(each, step_of(each, found[each.pk], name=names[each.pk])) for each in others
        ],
        **_photographing(first, user, now=now, is_settled=_is_settled(shown)),
        "photo_is_missing": shown is None or shown.shown_photo is None,
        "way": photo_way(shown) if shown and not shown.campaign.counts_silence else [],
    }


def _photographing(
    record: StudentRecord, user: User, *, now: datetime, is_settled: bool
) -> dict[str, dict[str, str] | None]:
    """The ways to 去拍照 and 自己交照片, while a photo is awaited, where the school arranged either."""
    if is_settled:
        return {}
    member = capture_member_of(record, now=now)
    if member is None or not capture_is_arranged(member):
        return {}
    plan = plan_of(record, now=now)
    if plan is None:
        return {}
    own = own_entry(own_standing(plan, user))
    handed = (
        {
            "url": reverse("imaging:own_photo", args=[record.pk]),
            "label": own.label,
            "note": own.note,
            "state": own.state,
        }
        if own
        else None
    )
    return {
        "capture": None if plan.step is CaptureStep.DONE else _capture(plan),
        "own_photo": handed,
    }


def _is_settled(found: Verification | None) -> bool:
    """Whether a photo is there and is not to be taken again; asked of what has been read already."""
    if found is None or found.photo is None:
        return False
    if found.campaign.kind != CampaignKind.GRADUATION:
        return True
    part = found.photo_part
    is_wrong = part.is_locked and part.state == Conclusion.INCORRECT
    again = retake_of(found.member, photo=found.photo, wrong=part.row if is_wrong else None)
    return again is None or found.registered is not None


def _capture(plan: CapturePlan) -> dict[str, str]:
    is_due = plan.step in {CaptureStep.AWAY, CaptureStep.MISSED, CaptureStep.AGAIN}
    return {
        "url": reverse("imaging:capture_record", args=[plan.record.pk]),
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


def _staff(user: User, held: Standing, *, now: datetime) -> dict[str, Any]:
    assignments = list(assignments_of(user, now=now)) if held.is_class_staff else []
    return {
        "name": next((each.display_name for each in assignments if each.display_name), ""),
        "roles": "、".join(dict.fromkeys(each.get_role_display() for each in assignments)),
        "colleges": [each.college for each in assignments if each.college],
        "classes": _classes(user, now=now) if held.is_class_staff else [],
        "has_reviews": held.has_review_seat and reviews_named_for(user, now=now).exists(),
    }


def _classes(user: User, *, now: datetime) -> list[ClassProgress]:
    return class_progress(classes_of(user, now=now)[:_CLASSES], now=now)
