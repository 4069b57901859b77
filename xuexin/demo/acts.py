"""The acts of the story: what a student or the office does at one moment."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from accounts.models import User
from corrections.models import CorrectionRequest
from corrections.services.applying import apply_request
from corrections.services.drafting import begin_draft, save_draft
from corrections.services.province.packs import make_province_pack
from corrections.services.request import (
    approve_request,
    forward_request,
    report_to_province,
    return_request,
    take_request_for_college,
)
from corrections.services.sweep import open_due_requests
from enrollment.models import ClassGroup, StudentRecord
from enrollment.services.assignment import appoint
from enrollment.states import AssignmentRole
from imaging.services.sweeps import announce_locks, open_due_rounds
from imaging.states import ConclusionKind, PhotoReason
from reports.services.check import check_report
from reports.services.report import close_report
from reports.states import ReportPurpose
from xuexin.demo.calendar import Calendar
from xuexin.demo.deeds import Actor, drawn_proof, objection_to_data, objection_to_photo

__all__ = [
    "Act",
    "agree",
    "agree_on_data",
    "answer_and_apply",
    "ask_province",
    "attest",
    "attest_in_vain",
    "attest_last_term",
    "become_monitor",
    "begin_case",
    "dispute_ethnicity",
    "dispute_last_character",
    "dispute_major",
    "dispute_name",
    "dispute_photo",
    "dispute_political_status",
    "fate",
    "look_for_college",
    "pack_for_province",
    "return_for_proof",
    "sweep",
    "take_back",
    "when_locked",
]

Act = Callable[[Actor, datetime], object]


def agree(actor: Actor, now: datetime) -> None:
    """Data and photo are right."""
    actor.conclude(now)


def agree_on_data(actor: Actor, now: datetime) -> None:
    """The data are right; the photo waits."""
    actor.conclude(now, with_photo=False)


def take_back(actor: Actor, now: datetime) -> None:
    """Think again."""
    actor.withdraw(now)


def dispute_major(actor: Actor, now: datetime) -> None:
    """The student has changed majors, and the roster does not know."""
    actor.conclude(now, data=objection_to_data("major_name", "汉语国际教育", "大二转的专业。"))


def dispute_political_status(actor: Actor, now: datetime) -> None:
    """Something that changes in the last year of many."""
    objection = objection_to_data("political_status", "中共党员", "今年六月转正。")
    actor.conclude(now, data=objection)


def dispute_ethnicity(actor: Actor, now: datetime) -> None:
    """The roster has written the most usual word."""
    actor.conclude(now, data=objection_to_data("ethnicity", "蒙古族", "身份证上是蒙古族。"))


def dispute_name(actor: Actor, now: datetime) -> None:
    """One character of the name is another one."""
    actor.conclude(now, data=objection_to_data("name", "孟喆", "是“喆”，不是“哲”。"))


def dispute_last_character(actor: Actor, now: datetime) -> None:
    """The last character of the name is another one of the same sound; proved by the household book."""
    proof = drawn_proof("户口本，本人页，姓名是“尉迟长丰”")
    note = "是“丰”，不是“风”。"
    actor.conclude(now, data=objection_to_data("name", "尉迟长丰", note, proof))


def begin_case(actor: Actor, now: datetime) -> None:
    """A case from no conclusion, begun and not handed in."""
    record = StudentRecord.objects.get(pk=actor.record_id)
    draft = begin_draft(record=record, kind=ConclusionKind.DATA, actor=actor.user, now=now)
    save_draft(
        draft=draft,
        values={"political_status": "中共党员"},
        reasons=[],
        note="上个月转正，名册上还没有改。",
        private_note="",
        actor=actor.user,
        now=now,
    )


def dispute_photo(actor: Actor, now: datetime) -> None:
    """The picture is blurred, and a proof comes with it."""
    proof = drawn_proof("照相馆当天的底片编号与收据")
    objection = objection_to_photo(PhotoReason.POOR_QUALITY, "脸部发虚，底色也偏。", proof)
    actor.conclude(now, photo=objection)


def become_monitor(registrar: User, actor: Actor, now: datetime) -> None:
    """The student becomes monitor of the own class."""
    group = ClassGroup.objects.get(records=actor.record_id)
    appoint(
        user=actor.user,
        role=AssignmentRole.MONITOR,
        class_group=group,
        display_name=actor.name,
        actor=registrar,
        now=now,
    )


def look_for_college(record_id: int, secretary: User, now: datetime) -> None:
    """The college looks into the case of this record and vouches for it."""
    case = _case(record_id)
    take_request_for_college(request=case, actor=secretary, now=now)
    note = "已看过户口本和档案，情况属实。"
    forward_request(request=case, note=note, actor=secretary, now=now)


def ask_province(record_id: int, clerk: User, now: datetime) -> None:
    """It is a key field: the office reports it, and the province agrees."""
    case = _case(record_id)
    report_to_province(request=case, note="材料齐全，报省里审批。", actor=clerk, now=now)
    later = now + timedelta(hours=6)
    approve_request(request=case, approval="教学批 12 号", actor=clerk, now=later)


def pack_for_province(record_id: int, clerk: User, now: datetime) -> None:
    """It goes to the province in a sealed pack and waits for the answer."""
    case = _case(record_id)
    report_to_province(request=case, note="材料齐全，报省里审批。", actor=clerk, now=now)
    make_province_pack(
        school=case.record.school,
        reason="本周的勘误报省里审批",
        actor=clerk,
        now=now + timedelta(hours=1),
    )


def answer_and_apply(record_id: int, clerk: User, now: datetime) -> None:
    """The student was right: the record is amended and asked about again."""
    apply_request(
        request=_case(record_id), answer="已按户籍信息更正，请再核对一次。", actor=clerk, now=now
    )


def return_for_proof(record_id: int, clerk: User, now: datetime) -> None:
    """Something is missing."""
    note = "请补一张身份证人像面的照片，姓名要看得清。"
    return_request(request=_case(record_id), note=note, actor=clerk, now=now)


def attest(actor: Actor, now: datetime) -> None:
    """A report for an employer, with the photo, that has been looked at twice."""
    report = actor.attest("青岚文化公司", ReportPurpose.JOB, months=3, now=now)
    for hours in (3, 5):
        moment = now + timedelta(hours=hours)
        check_report(code=report.code, pin="", address="203.0.113.7", now=moment)


def attest_in_vain(actor: Actor, now: datetime) -> None:
    """A report that its owner has closed again."""
    report = actor.attest("林间出版社", ReportPurpose.OTHER, months=1, now=now)
    close_report(report=report, actor=actor.user, now=now + timedelta(hours=1))


def attest_last_term(actor: Actor, now: datetime) -> None:
    """A report of two months ago that has ended meanwhile."""
    actor.attest("湖畔大学", ReportPurpose.STUDY, months=1, now=now - timedelta(days=70))


def sweep(now: datetime) -> None:
    """What the schedule does."""
    announce_locks(now=now)
    open_due_rounds(now=now)
    open_due_requests(now=now)


def _case(record_id: int) -> CorrectionRequest:
    return CorrectionRequest.objects.get(record=record_id)


def when_locked(rng: random.Random, calendar: Calendar) -> datetime:
    """Some time in the day or the evening of the campaign's first days, more than 24 hours ago."""
    return calendar.on(rng.randint(-5, -2), rng.randint(10, 22), rng.randrange(60))


def _lately(rng: random.Random, calendar: Calendar) -> datetime:
    return calendar.ago(0.7 + 20 * rng.random())


def fate(rng: random.Random, calendar: Calendar) -> list[tuple[datetime, Act]]:
    """What one of the extras does, after having registered: most are done, some in the middle."""
    locked, lately = when_locked(rng, calendar), _lately(rng, calendar)
    draw = rng.random()
    if draw < 0.58:  # noqa: PLR2004 -- shares of a class, drawn here alone
        return [(locked, agree)]
    if draw < 0.78:  # noqa: PLR2004
        return [(lately, agree)]
    if draw < 0.86:  # noqa: PLR2004
        return [(locked, agree_on_data)]
    if draw < 0.90:  # noqa: PLR2004
        return [(locked, dispute_photo)]
    if draw < 0.93:  # noqa: PLR2004
        return [(lately, dispute_political_status)]
    return []
