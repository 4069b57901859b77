"""我怎么看不到照片: what was found out, and the one next step, with its date and who it is with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common.components import ActionButton
from common.wording import date_sentence, local, moment_sentence, until_sentence
from imaging.matching import likeness_words
from imaging.selectors import Phase
from imaging.selectors.tracing import PhotoCause, PhotoTrace

__all__ = ["Advice", "advice_of"]

_YOURS = "轮到你"
_VENDORS = "现在轮到采集单位"
_OFFICES = "现在轮到教务处"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One next step: what it is, why, until when, whose turn it is, and whom to ask."""

    title: str
    text: str
    kicker: str
    until: datetime | None = None
    action: ActionButton | None = None
    office: str = ""


def advice_of(trace: PhotoTrace) -> Advice:
    """The next step of this photo's student."""
    return _SAY[trace.cause](trace)


def _shown(trace: PhotoTrace) -> Advice:
    found = trace.found
    if found is None:
        return Advice(
            kicker="不用做什么",
            title="照片已经|对上学籍",
            text="现在没有要核对的事。学校开始核对时会发消息给你。",
            office=settings.OFFICE_CONTACT,
        )
    address = reverse("imaging:verify_record", args=[trace.record.pk])
    if found.phase == Phase.OPEN and found.photo_part in found.to_give:
        return Advice(
            kicker=_YOURS,
            title="照片到了，|请核对",
            text="看看是不是你本人、清不清楚，给出结论。",
            until=found.closes_at,
            action=ActionButton(label="去核对", url=address),
            office="辅导员",
        )
    if found.phase == Phase.COMING:
        return Advice(
            kicker="不用做什么",
            title="照片到了，|核对还没开始",
            text=f"照片现在就能看。核对{moment_sentence(found.member.begins_at)}开始，"
            f"到 {until_sentence(found.closes_at)} 为止。",
            office="辅导员",
        )
    return Advice(
        kicker="照片在这里",
        title=found.phase.value,
        text="每一步到了哪里，看“照片走到哪了”。",
        action=ActionButton(label="看核对结果", url=address, tone="outline"),
        office=settings.OFFICE_CONTACT,
    )


def _unpublished(trace: PhotoTrace) -> Advice:
    at = moment_sentence(trace.publishes_at) if trace.publishes_at else ""
    return Advice(
        kicker="不用做什么",
        title=f"照片到了，|{at}公布",
        text="照片已经对上你的学籍。全校同一时间公布，到时候会发消息给你。",
        office=settings.OFFICE_CONTACT,
    )


def _not_asked(trace: PhotoTrace) -> Advice:
    day = trace.record.expected_graduation_date
    when = f"你预计 {date_sentence(day)}毕业，" if day else ""
    return Advice(
        kicker="不用做什么",
        title="学校还没安排|你这一届",
        text=f"{when}毕业照片一般在毕业前一年采集。定了时间，这里会写出来，也会发消息给你。",
        office="辅导员",
    )


def _waived(trace: PhotoTrace) -> Advice:
    member = trace.member
    if member is None or member.photo_waived_at is None:
        return _not_asked(trace)
    day = date_sentence(local(member.photo_waived_at).date())
    return Advice(
        kicker="不用做什么",
        title="这次|不用照片",
        text=f"教务处{day}登记你这次免交照片，理由是：{member.photo_waived_reason}。"
        "不用拍，也不用核对照片，学籍信息照常核对。想交照片、或者不是这样，请联系教务处。",
        office=settings.OFFICE_CONTACT,
    )


def _claimed(trace: PhotoTrace) -> Advice:
    claim = trace.claim
    if claim is None:
        return _lost(trace)
    return Advice(
        kicker=_OFFICES,
        title="你认领的照片|正在核实",
        text=f"教务处对着两边的信息核实，{until_sentence(claim.due_at)}以前答复。",
        action=ActionButton(
            label="看办理进度", url=reverse("imaging:photo_claim", args=[claim.pk]), tone="outline"
        ),
        office=settings.OFFICE_CONTACT,
    )


def _likely(trace: PhotoTrace) -> Advice:
    likely = trace.near[0]
    why = "，".join(likeness_words(likely.reasons))
    several = f"有 {len(trace.near)} 张" if len(trace.near) > 1 else "有一张"
    received = date_sentence(local(likely.entry.received_at).date())
    return Advice(
        kicker=_YOURS,
        title="照片到了学校，|没对上你的学籍",
        text=f"学校{received}收到的照片里，{several}的采集信息和你的很相近（{why}），没有对上任何人。"
        "照片没有丢，不用重拍，先看看是不是你的。",
        until=_before_freeze(trace),
        action=ActionButton(
            label="没照片，找找看", url=reverse("imaging:find_photo", args=[trace.record.pk])
        ),
        office=settings.OFFICE_CONTACT,
    )


def _booked(trace: PhotoTrace) -> Advice:
    plan = trace.plan
    if plan is None or plan.booking is None:
        return _lost(trace)
    session = plan.booking.session
    return Advice(
        kicker=_YOURS,
        title="还没拍，|已约补拍",
        text=f"{moment_sentence(session.starts_at)}到{session.place.name}拍，带证件原件和采集号。",
        until=session.ends_at,
        action=_capture_page(trace, "看时间和地点"),
        office=settings.OFFICE_CONTACT,
    )


def _coming(trace: PhotoTrace) -> Advice:
    plan = trace.plan
    if plan is None or not plan.coming:
        return _lost(trace)
    session = next(each for each in plan.coming if not plan.is_away(each))
    return Advice(
        kicker=_YOURS,
        title="还没拍，|等你们班的场次",
        text=f"{moment_sentence(session.starts_at)}在{session.place.name}拍，带证件原件和采集号。",
        until=session.ends_at,
        action=_capture_page(trace, "看时间和地点"),
        office="辅导员",
    )


def _on_its_way(trace: PhotoTrace) -> Advice:
    visit = trace.plan.visit if trace.plan else None
    taken = f"{moment_sentence(visit.arrived_at)}你报到拍了照。" if visit else ""
    until = trace.expected_at
    date = date_sentence(local(until).date()) if until else ""
    return Advice(
        kicker=_VENDORS,
        title="已拍照，|还没送到学校",
        text=f"{taken}采集单位处理照片一般要 40 天到 3 个月。等到 {date}；到了会发消息给你，"
        "那天还没有，这里会告诉你找谁。",
        office=settings.OFFICE_CONTACT,
    )


def _overdue(trace: PhotoTrace) -> Advice:
    visit = trace.plan.visit if trace.plan else None
    taken = f"{moment_sentence(visit.arrived_at)}" if visit else ""
    due = date_sentence(local(trace.expected_at).date()) if trace.expected_at else ""
    return Advice(
        kicker=_YOURS,
        title="拍过了，|该到的日子没到",
        text=f"你{taken}报到拍照，照片应该在 {due}以前到。请告诉{settings.OFFICE_CONTACT}，"
        "说明报到的时间，由老师向采集单位催。",
        until=_before_freeze(trace),
        action=_search(trace),
        office=settings.OFFICE_CONTACT,
    )


def _voided(trace: PhotoTrace) -> Advice:
    return _again(trace, "原来的照片|作废了", "作废")


def _taken_away(trace: PhotoTrace) -> Advice:
    return _again(trace, "原来的照片|取下核实了", "取下核实")


def _again(trace: PhotoTrace, title: str, word: str) -> Advice:
    ended = trace.former.ended_at if trace.former else None
    when = date_sentence(local(ended).date()) if ended else ""
    if trace.plan is not None and trace.plan.may_book and trace.plan.makeups:
        until = max(each.bookable_until for each in trace.plan.makeups if each.bookable_until)
        return Advice(
            kicker=_YOURS,
            title=title,
            text=f"教务处{when}把原来那张{word}。你要重新拍，请约一场补拍。",
            until=until,
            action=_capture_page(trace, "约补拍"),
            office=settings.OFFICE_CONTACT,
        )
    return Advice(
        kicker=_OFFICES,
        title=title,
        text=f"教务处{when}把原来那张{word}。请问清楚是重拍还是等核实，要在定稿以前办完。",
        until=_before_freeze(trace),
        office=settings.OFFICE_CONTACT,
    )


def _missed(trace: PhotoTrace) -> Advice:
    plan = trace.plan
    if plan is not None and plan.makeups:
        until = max(each.bookable_until for each in plan.makeups if each.bookable_until)
        return Advice(
            kicker=_YOURS,
            title="你还没拍，|请约补拍",
            text="你们班拍照的时候没有你的报到记录。没有照片不能办学历注册。",
            until=until,
            action=_capture_page(trace, "约补拍"),
            office="辅导员",
        )
    return Advice(
        kicker=_YOURS,
        title="你还没拍，|补拍还没排",
        text="你们班拍照的时候没有你的报到记录。请马上告诉辅导员，由学校安排补拍。",
        until=_capture_end(trace) or _before_freeze(trace),
        office="辅导员",
    )


def _not_yet(trace: PhotoTrace) -> Advice:
    opens = trace.member.campaign.capture_opens_at if trace.member else None
    return Advice(
        kicker="不用做什么",
        title="还没开始拍",
        text=f"采集{moment_sentence(opens)}开始。" if opens else "采集还没开始。",
        action=_capture_page(trace, "看拍照安排"),
        office="辅导员",
    )


def _unplanned(trace: PhotoTrace) -> Advice:
    return Advice(
        kicker=_YOURS,
        title="没有你拍过照的|记录",
        text="学校没有收到你的照片，也没有排你的场次。拍过了，请向辅导员说明在哪天、哪里拍的；"
        "没拍，问辅导员什么时候拍。",
        until=_capture_end(trace) or _before_freeze(trace),
        action=_capture_page(trace, "看拍照安排"),
        office="辅导员",
    )


def _processing(trace: PhotoTrace) -> Advice:
    at = moment_sentence(trace.publishes_at) if trace.publishes_at else ""
    return Advice(
        kicker=_VENDORS,
        title="照片在处理，|还没送到学校",
        text=f"采集已经结束，照片{at}公布。等到那天；到了会发消息给你，没有你的，再来这里看。",
        office=settings.OFFICE_CONTACT,
    )


def _lost(trace: PhotoTrace) -> Advice:
    return Advice(
        kicker=_YOURS,
        title="学校没有|你的照片",
        text="没有对上你学籍的照片，也没有资料相近的。请马上联系学籍科，说明在哪天、哪里拍的；没拍的，问怎么补拍。",
        until=_before_freeze(trace),
        action=_search(trace),
        office=settings.OFFICE_CONTACT,
    )


def _capture_page(trace: PhotoTrace, label: str) -> ActionButton:
    return ActionButton(label=label, url=reverse("imaging:capture_record", args=[trace.record.pk]))


def _search(trace: PhotoTrace) -> ActionButton | None:
    """Only while a photo that is found can still be verified."""
    if trace.plan is None:
        return None
    address = reverse("imaging:find_photo", args=[trace.record.pk])
    return ActionButton(label="没照片，找找看", url=address, tone="outline")


def _capture_end(trace: PhotoTrace) -> datetime | None:
    ends = trace.member.campaign.capture_closes_at if trace.member else None
    return ends if ends is not None and trace.now < ends else None


def _before_freeze(trace: PhotoTrace) -> datetime | None:
    """By when a photo must be there: the student's deadline, or after it the final sheet."""
    if trace.member is None:
        return None
    moments = (trace.member.closes_at, trace.member.sheet_freeze_at)
    return next((each for each in moments if trace.now < each), None)


_SAY: dict[PhotoCause, Callable[[PhotoTrace], Advice]] = {
    PhotoCause.SHOWN: _shown,
    PhotoCause.UNPUBLISHED: _unpublished,
    PhotoCause.NOT_ASKED: _not_asked,
    PhotoCause.WAIVED: _waived,
    PhotoCause.CLAIMED: _claimed,
    PhotoCause.LIKELY: _likely,
    PhotoCause.BOOKED: _booked,
    PhotoCause.COMING: _coming,
    PhotoCause.ON_ITS_WAY: _on_its_way,
    PhotoCause.OVERDUE: _overdue,
    PhotoCause.VOIDED: _voided,
    PhotoCause.TAKEN_AWAY: _taken_away,
    PhotoCause.MISSED: _missed,
    PhotoCause.NOT_YET: _not_yet,
    PhotoCause.UNPLANNED: _unplanned,
    PhotoCause.PROCESSING: _processing,
    PhotoCause.LOST: _lost,
}
