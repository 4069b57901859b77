"""The way of a photo from the camera to the registration, as stations."""

from datetime import datetime

from common.components import TimelineStep
from common.wording import date_sentence, local, moment_short, until_sentence
from imaging.selectors import Verification
from imaging.states import Conclusion

__all__ = ["photo_way"]


def photo_way(found: Verification) -> list[TimelineStep]:
    """Captured, received, matched, verified, locked, registered: what is known of each station."""
    photo, part = found.photo, found.photo_part
    if photo is None:
        return [
            TimelineStep(label="照片对上学籍", state="now", note="还没有，到了会通知你"),
            TimelineStep(label="你来核对", state="todo"),
            TimelineStep(label="锁定", state="todo"),
            TimelineStep(label="用于学历注册", state="todo", note="学校统一上报"),
        ]
    taken = photo.entry.captured_date
    row = part.row if part.is_given else None
    is_disputed = part.is_locked and row is not None and row.state == Conclusion.INCORRECT
    correcting = [TimelineStep(label="教务处勘误", state="now", note="办好以后，你再核对一次")]
    return [
        TimelineStep(label="已拍摄", state="done", note=date_sentence(taken) if taken else ""),
        TimelineStep(label="学校已收到", state="done", note=_day(photo.entry.received_at)),
        TimelineStep(
            label="已对上学籍",
            state="done",
            note=f"{_day(photo.attached_at)}，第 {photo.version_no} 版",
        ),
        TimelineStep(
            label="你已核对" if row else "等你核对",
            state="done" if row else "now",
            note=moment_short(row.concluded_at)
            if row and row.concluded_at
            else f"{until_sentence(found.closes_at)} 以前",
        ),
        TimelineStep(
            label="已锁定" if part.is_locked else "锁定",
            state="lock" if part.is_locked else "now" if row else "todo",
            note=moment_short(row.locks_at) if row and row.locks_at else "",
        ),
        *(correcting if is_disputed and found.registered is None else []),
        _registration(found, is_next=part.is_locked and not is_disputed),
    ]


def _registration(found: Verification, *, is_next: bool) -> TimelineStep:
    if done := found.registered:
        return TimelineStep(label="已登记学历", state="lock", note=_day(done.at))
    return TimelineStep(
        label="用于学历注册", state="now" if is_next else "todo", note="学校统一上报"
    )


def _day(moment: datetime) -> str:
    return date_sentence(local(moment).date())
