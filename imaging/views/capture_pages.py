"""The page 去拍照 as values: sessions, seats and sentences, no rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from common.components import ActionButton, NavItem, Tone
from common.http import AuthedRequest
from common.wording import date_sentence, local, moment_sentence, until_sentence
from enrollment.models import StudentRecord
from imaging.forms import BookForm, LeaveForm
from imaging.models import CapturePlace, CaptureSession
from imaging.selectors.capture_plan import CapturePlan, CaptureStep, branches_of
from imaging.selectors.own_photo import own_entry, own_standing
from imaging.selectors.print_addresses import PrintStanding, print_standing
from imaging.selectors.retakes import RetakeCause
from imaging.selectors.terms import shown_texts

__all__ = ["SessionCard", "book_form", "leave_form", "plan_page"]

_AGAIN: Final = {
    RetakeCause.ENDED: "原来的照片不能用了，|请约时间重拍",
    RetakeCause.WRONG: "照片有误，|请约时间重拍",
    RetakeCause.GRANTED: "教务处安排你重拍，|请约时间",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCard:
    """One session as the student reads it."""

    session: CaptureSession
    when: str
    place: CapturePlace
    bring: list[str]
    wear: list[str]
    is_away: bool = False


def span(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when, the day once: 6月16日（星期二）9:00–11:30; midnight ends its day as 24:00."""
    start, end = local(starts_at), local(ends_at)
    if end.hour == end.minute == 0 and (end.date() - start.date()).days == 1:
        return f"{date_sentence(start.date())}{start.hour}:{start.minute:02d}–24:00"
    first = f"{date_sentence(start.date())}{start.hour}:{start.minute:02d}"
    last = f"{end.hour}:{end.minute:02d}"
    return (
        f"{first}–{last}"
        if start.date() == end.date()
        else f"{first} 到 {moment_sentence(ends_at)}"
    )


def _breakable(session: CaptureSession) -> str:
    """The same for a headline, which may break after the day: whole, it is wider than a phone."""
    return span(session.starts_at, session.ends_at).replace("）", "）|").replace(" 到 ", "|到 ")


def _card(plan: CapturePlan, session: CaptureSession) -> SessionCard:
    return SessionCard(
        session=session,
        when=span(session.starts_at, session.ends_at),
        place=session.place,
        bring=session.bring.splitlines(),
        wear=session.wear.splitlines(),
        is_away=plan.is_away(session),
    )


def _offered(plan: CapturePlan) -> list[tuple[CaptureSession, str]]:
    """Make-up sessions with free seats, without the one that is held."""
    held = plan.booking.session_id if plan.booking else None
    return [
        (each, f"{span(each.starts_at, each.ends_at)}|{_seat_text(each)}")
        for each in plan.makeups
        if each.seats_left and each.pk != held
    ]


def _seat_text(session: CaptureSession) -> str:
    until = session.bookable_until
    early = f"，{until_sentence(until)} 停止预约" if until and until != session.starts_at else ""
    fee = f"；{session.fee_words}" if session.fee_words else ""
    return (
        f"{session.place.name}，{session.place.address}；"
        f"还有 {session.seats_left} 个名额{early}{fee}"
    )


def book_form(plan: CapturePlan, data: QueryDict | None = None) -> BookForm:
    """The make-up sessions that can be booked."""
    offered = [(each, "") for each in plan.makeups] if data is not None else _offered(plan)
    return BookForm(data, offered=offered)


def leave_form(plan: CapturePlan, data: QueryDict | None) -> LeaveForm | None:
    """The class's sessions that leave can be asked from; None when there is none."""
    if plan.step not in {CaptureStep.COMING, CaptureStep.AWAY}:
        return None
    offered = [
        (each, f"{span(each.starts_at, each.ends_at)}|{each.place.name}")
        for each in plan.coming
        if not plan.is_away(each)
    ]
    return LeaveForm(data, offered=offered) if offered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The one thing on top of the page."""

    kicker: str
    title: str
    text: str
    action: ActionButton | None = None
    tone: Tone = Tone.TODO


def _head(plan: CapturePlan, *, has_sites: bool) -> Head:
    if plan.step is CaptureStep.COMING:
        return _head_coming(plan)
    if plan.step is CaptureStep.BOOKED and plan.booking is not None:
        session = plan.booking.session
        return Head(
            kicker="已经约好",
            title=f"{_breakable(session)}|去补拍",
            text=f"在{session.place.name}。开始以前都能改约或取消。",
        )
    if plan.step is CaptureStep.ARRIVED and plan.visit is not None:
        return Head(
            kicker="不用做什么",
            title="已经拍过，|等照片",
            text=f"{moment_sentence(plan.visit.arrived_at)}报到。采集单位处理照片一般要 40 天到 3 个月，"
            "到了会给你发消息，请你核对。",
        )
    if plan.step is CaptureStep.DONE:
        return Head(
            kicker="不用再拍",
            title="你的照片|已经到了",
            text="看看是不是你本人、清不清楚，按时给出结论。",
            action=ActionButton(
                label="去核对", url=reverse("imaging:verify_record", args=[plan.record.pk])
            ),
        )
    if not has_sites and not plan.makeups:
        return Head(
            kicker="轮到你",
            title="这次不到现场拍，|自己交一张",
            text="没有照片不能办学历注册。请在收照片的时间里，按下面的办法自己交一张给学校。",
            tone=Tone.DUE,
        )
    return _head_open(plan)


def _head_coming(plan: CapturePlan) -> Head:
    session = next(each for each in plan.coming if not plan.is_away(each))
    return Head(
        kicker="你们班的拍照时间",
        title=f"{_breakable(session)}|去拍照",
        text=f"在{session.place.name}，带身份证原件和下面的采集号。",
    )


def _head_open(plan: CapturePlan) -> Head:
    """Nobody has photographed the student, and nothing is arranged."""
    is_granted = plan.retake is not None and plan.retake.cause is RetakeCause.GRANTED
    need = "" if is_granted else "没有照片不能办学历注册。"
    book = (
        f"{need}请在下面约一场补拍。"
        if plan.makeups
        else f"{need}补拍的时间还没定，定了这里就能约；也可以看看下面有没有采集单位的网点。"
    )
    if plan.step is CaptureStep.AWAY:
        return Head(kicker="轮到你", title="已请假，|请约补拍", text=book, tone=Tone.DUE)
    if plan.step is CaptureStep.MISSED:
        return Head(kicker="轮到你", title="没拍上，|请约补拍", text=book, tone=Tone.DUE)
    if plan.step is CaptureStep.AGAIN and plan.retake is not None:
        title = _AGAIN[plan.retake.cause]
        return Head(kicker="轮到你", title=title, text=book, tone=Tone.DUE)
    return Head(
        kicker="不用做什么",
        title="学校还没排|你们班的时间",
        text="排好了，这里会写明什么时候、在哪里拍。"
        + ("不想等，也可以在下面约一场。" if plan.makeups else ""),
    )


def plan_page(
    request: AuthedRequest, plan: CapturePlan, *, others: Sequence[StudentRecord]
) -> HttpResponse:
    """The page of one record; with tabs when the person has several to be photographed for."""
    own = own_standing(plan, request.user)
    shown = [plan.booking.session] if plan.booking else list(plan.coming)
    offered = _offered(plan)
    may_book = plan.may_book and bool(offered)
    held = plan.booking.session_id if plan.booking else None
    full = [each for each in plan.makeups if not each.seats_left and each.pk != held]
    context = {
        "plan": plan,
        "record": plan.record,
        "ticket": plan.ticket,
        "head": _head(plan, has_sites=own.channels is None or own.channels.takes_on_site),
        "now": plan.now,
        "cards": [_card(plan, each) for each in shown]
        if plan.step not in {CaptureStep.ARRIVED, CaptureStep.DONE}
        else [],
        "needs_ticket": plan.step not in {CaptureStep.ARRIVED, CaptureStep.DONE},
        "may_leave": plan.step in {CaptureStep.COMING, CaptureStep.AWAY},
        "book_form": book_form(plan) if may_book else None,
        "is_moving": plan.booking is not None,
        "may_give_back": plan.booking is not None and plan.now < plan.booking.session.starts_at,
        "full": [f"{span(each.starts_at, each.ends_at)}，{each.place.name}" for each in full]
        if plan.may_book
        else [],
        "branches": [(each.name, _branch_text(each)) for each in branches_of(plan.record.school_id)]
        if plan.may_book
        else [],
        "tabs": _tabs(others, plan.record) if len(others) > 1 else [],
        "own": own_entry(own),
        "usage": shown_texts(plan.member, school_name=plan.record.school.name).usage,
        "paid": _paid(plan),
        "prints": _prints_note(print_standing(plan, request.user)),
    }
    return render(request, "imaging/capture.html", context)


def _paid(plan: CapturePlan) -> str:
    """What was written down at the counter about paying; empty where nobody has said what it costs."""
    if plan.visit is None or plan.visit.session.has_fee is None:
        return ""
    if not plan.visit.session.has_fee:
        return "免费"
    if not plan.visit.is_paid:
        return "没有记交费。交过的，请把收据给教务处看，由老师补记"
    number = f"，收据号 {plan.visit.receipt_no}" if plan.visit.receipt_no else "，没有记收据号"
    return f"交过费{number}"


def _prints_note(standing: PrintStanding) -> str:
    """The line that leads to the address for prints; empty where there is nothing to do or to see."""
    if standing.given is not None:
        return "已经填过" if standing.is_open else "已经交给采集单位"
    return "想要采集单位寄照片才填" if standing.is_open else ""


def _branch_text(place: CapturePlace) -> str:
    phone = f"电话 {place.phone}" if place.phone else ""
    return "；".join(filter(None, (place.address, place.hours, phone, place.hint)))


def _tabs(records: Sequence[StudentRecord], shown: StudentRecord) -> list[NavItem]:
    """One ticket per record: who has two must not mix them up."""
    return [
        NavItem(
            label="，".join(filter(None, (each.major_name or each.school.name, each.level))),
            url=reverse("imaging:capture_record", args=[each.pk]),
            current=each.pk == shown.pk,
        )
        for each in records
    ]
