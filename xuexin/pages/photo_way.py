"""The way of a photo from the camera to the registration: one word, one date, one owner a station."""

from datetime import date, datetime
from typing import Literal

from common.components import TimelineStep
from common.wording import date_sentence, local, moment_sentence, moment_short, until_sentence
from imaging.selectors import Verification
from imaging.selectors.tracing import PhotoCause, PhotoTrace
from imaging.states import Conclusion

__all__ = ["OFFICE", "VENDOR", "photo_way", "way_of"]

State = Literal["done", "now", "todo", "lock", "broken"]
YOU, VENDOR, OFFICE, SCHOOL = "你", "采集单位", "教务处", "学校"
_BEFORE_CAMERA = frozenset(
    {
        PhotoCause.NOT_ASKED,
        PhotoCause.NOT_YET,
        PhotoCause.UNPLANNED,
        PhotoCause.COMING,
        PhotoCause.BOOKED,
        PhotoCause.MISSED,
        PhotoCause.VOIDED,
    }
)
_UNDER_WAY = frozenset({PhotoCause.ON_ITS_WAY, PhotoCause.OVERDUE, PhotoCause.PROCESSING})


def photo_way(found: Verification) -> list[TimelineStep]:
    """Captured, received, matched, published, verified, locked, registered: what is known of each."""
    photo = found.photo
    if photo is None and found.member.photo_waived_at is not None:
        return [_waived(found.member.photo_waived_at)]
    if photo is None:
        return [
            TimelineStep(label="照片对上学籍", state="now", note="还没有，到了会通知你"),
            *_to_come(found),
        ]
    taken = photo.entry.captured_date
    return [
        _station("已拍照", "done", VENDOR, date_sentence(taken) if taken else ""),
        _station("学校已收到", "done", VENDOR, _day(photo.entry.received_at)),
        _station(
            "已对上学籍", "done", OFFICE, f"{_day(photo.attached_at)}，第 {photo.version_no} 版"
        ),
        _publication(found, photo.attached_at),
        *_checked(found),
    ]


def way_of(trace: PhotoTrace) -> list[TimelineStep]:
    """The same for the page about the photo, which also knows of a photo that has not come so far."""
    if trace.found is not None and trace.found.photo is not None:
        return photo_way(trace.found)
    if trace.loose is not None:
        return [
            _station("学校已收到", "done", VENDOR, _day(trace.loose.entry.received_at)),
            _station("已对上学籍", "done", OFFICE, _day(trace.loose.attached_at)),
        ]
    cause = trace.cause
    if trace.member is not None and trace.member.photo_waived_at is not None:
        return [_waived(trace.member.photo_waived_at)]
    return [
        _camera(trace, cause),
        _arrival(trace, cause),
        _match(trace, cause),
        _station(
            "照片公布",
            "todo",
            OFFICE,
            moment_sentence(trace.publishes_at)
            if trace.publishes_at and trace.now < trace.publishes_at
            else "对上以后马上公布",
        ),
        *(_to_come(trace.found) if trace.found else ()),
    ]


def _waived(at: datetime) -> TimelineStep:
    return _station("不用照片", "done", OFFICE, f"{_day(at)}登记免交")


def _camera(trace: PhotoTrace, cause: PhotoCause) -> TimelineStep:
    entry = trace.near[0].entry if trace.near else trace.claim.entry if trace.claim else None
    if entry is not None:
        taken = entry.captured_date
        return _station("已拍照", "done", VENDOR, date_sentence(taken) if taken else "")
    plan = trace.plan
    if plan is not None and plan.visit is not None and cause not in _BEFORE_CAMERA:
        return _station("已拍照", "done", VENDOR, moment_short(plan.visit.arrived_at))
    if cause in {PhotoCause.BOOKED, PhotoCause.COMING} and plan is not None:
        session = plan.booking.session if plan.booking else plan.coming[0]
        return _station("去拍照", "now", YOU, moment_sentence(session.starts_at))
    if cause in _BEFORE_CAMERA:
        is_missed = cause is PhotoCause.MISSED
        return _station("没拍照", "broken" if is_missed else "now", YOU, _capture_ends(trace))
    if cause is PhotoCause.TAKEN_AWAY:
        return _station("已拍照", "done", VENDOR, "")
    return _station("拍照", "now" if cause is PhotoCause.LOST else "done", VENDOR, "没有记录")


def _capture_ends(trace: PhotoTrace) -> str:
    ends = trace.member.campaign.capture_closes_at if trace.member else None
    return f"{until_sentence(ends)} 停止采集" if ends else ""


def _arrival(trace: PhotoTrace, cause: PhotoCause) -> TimelineStep:
    entry = trace.near[0].entry if trace.near else trace.claim.entry if trace.claim else None
    if entry is not None:
        return _station("学校已收到", "done", VENDOR, _day(entry.received_at))
    if cause in {PhotoCause.TAKEN_AWAY, PhotoCause.VOIDED} and trace.former is not None:
        return _station("学校已收到", "done", VENDOR, "原来那张")
    is_next = cause in _UNDER_WAY
    expected = f"最晚 {_day(trace.expected_at)}" if is_next and trace.expected_at else ""
    state: State = "broken" if cause is PhotoCause.OVERDUE else "now" if is_next else "todo"
    return _station("学校收到", state, VENDOR, expected)


def _match(trace: PhotoTrace, cause: PhotoCause) -> TimelineStep:
    if cause is PhotoCause.CLAIMED and trace.claim is not None:
        return _station(
            "对上学籍", "now", OFFICE, f"最晚 {until_sentence(trace.claim.due_at)} 答复"
        )
    if cause is PhotoCause.LIKELY:
        return _station("没对上学籍", "broken", YOU, "去“找找看”认领")
    if cause in {PhotoCause.TAKEN_AWAY, PhotoCause.VOIDED} and trace.former is not None:
        ended = _day(trace.former.ended_at) if trace.former.ended_at else ""
        word = "作废" if cause is PhotoCause.VOIDED else "取下核实"
        return _station("没有照片", "broken", OFFICE, f"{ended}{word}")
    return _station("对上学籍", "todo", OFFICE, "收到以后当天比对")


def _publication(found: Verification, attached_at: datetime) -> TimelineStep:
    publishes_at = found.member.publishes_at or found.campaign.publishes_at
    if publishes_at is None:
        return _station("已公布", "done", OFFICE, _day(attached_at))
    if found.shown_photo is None:
        return _station("照片公布", "now", OFFICE, moment_sentence(publishes_at))
    return _station("已公布", "done", OFFICE, _day(max(publishes_at, attached_at)))


def _checked(found: Verification) -> list[TimelineStep]:
    part = found.photo_part
    row = part.row if part.is_given else None
    is_disputed = part.is_locked and row is not None and row.state == Conclusion.INCORRECT
    is_due = row is None and found.shown_photo is not None
    correcting = [TimelineStep(label="教务处勘误", state="now", note="办好以后，你再核对一次")]
    return [
        _station(
            "你已核对" if row else "等你核对",
            "done" if row else "now" if is_due else "todo",
            YOU,
            moment_short(row.concluded_at)
            if row and row.concluded_at
            else f"{until_sentence(found.closes_at)} 以前",
        ),
        _station(
            "已锁定" if part.is_locked else "未锁定" if row else "锁定",
            "lock" if part.is_locked else "now" if row else "todo",
            "到时间自动锁定",
            moment_short(row.locks_at) if row and row.locks_at else "",
        ),
        *(correcting if is_disputed and found.registered is None else []),
        _registration(found, is_next=part.is_locked and not is_disputed),
    ]


def _to_come(found: Verification) -> list[TimelineStep]:
    """The stations that nobody has reached without a photo."""
    return [
        _station("你来核对", "todo", YOU, f"{until_sentence(found.closes_at)} 以前"),
        _station("锁定", "todo", "到时间自动锁定", ""),
        _station("登记学历", "todo", SCHOOL, "统一上报"),
    ]


def _registration(found: Verification, *, is_next: bool) -> TimelineStep:
    if done := found.registered:
        return _station("已登记学历", "lock", SCHOOL, _day(done.at))
    return _station("登记学历", "now" if is_next else "todo", SCHOOL, "统一上报")


def _station(label: str, state: State, owner: str, when: str) -> TimelineStep:
    return TimelineStep(label=label, state=state, note="，".join(filter(None, (owner, when))))


def _day(moment: datetime | date | None) -> str:
    if moment is None:
        return ""
    return date_sentence(local(moment).date() if isinstance(moment, datetime) else moment)
