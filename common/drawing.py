"""Where the marks of a picture fall: pure geometry for the water clock and the campaign curve."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from common.components import BurnUp, BurnUpPoint
from common.wording import local, moment_sentence

__all__ = ["BurnUpDrawing", "burn_up_drawing", "clock_marks", "time_parts"]

_MARKS = 24
_MINUTE = timedelta(minutes=1)
_LONG = timedelta(hours=48)

# The plot inside the 328 × 176 picture.
_LEFT, _RIGHT, _TOP, _BOTTOM = 32.0, 308.0, 20.0, 150.0
_LABEL_ROOM = 90.0


def clock_marks(*, submitted_at: datetime, locks_at: datetime, now: datetime) -> tuple[str, ...]:
    """The 24 marks of the window, each `is-gone`, `is-now` or empty when still ahead."""
    window = locks_at - submitted_at
    if now >= locks_at or window <= timedelta(0):
        return ("is-gone",) * _MARKS
    gone = max((now - submitted_at) * _MARKS // window, 0)
    return tuple(
        "is-gone" if mark < gone else "is-now" if mark == gone else "" for mark in range(_MARKS)
    )


def time_parts(left: timedelta) -> tuple[tuple[int, str], ...]:
    """Time left in two units, largest first, rounded down: days and hours, or hours and minutes."""
    minutes = max(left // _MINUTE, 0)
    hours, rest = divmod(minutes, 60)
    if left >= _LONG:
        return ((hours // 24, "天"), (hours % 24, "小时"))
    if hours:
        return ((hours, "小时"), (rest, "分"))
    return ((rest, "分"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnUpDrawing:
    """The paths and places of a campaign curve, ready to be put into SVG attributes."""

    line: str
    area: str
    now_x: str
    now_y: str
    value: int
    value_left: bool
    total: int
    half: int
    starts: str
    ends: str
    summary: str


def burn_up_drawing(chart: BurnUp) -> BurnUpDrawing:
    """Lay the curve out between the first day and the deadline; the summary says it in words."""
    last = local(chart.ends_at).date()
    span = max((last - chart.starts_on).days, 1)
    total = max(chart.total, 1)

    def place(day_offset: int, value: int) -> tuple[float, float]:
        x = _LEFT + (_RIGHT - _LEFT) * min(max(day_offset / span, 0.0), 1.0)
        return x, _BOTTOM - (_BOTTOM - _TOP) * min(value / total, 1.0)

    places = [place((point.day - chart.starts_on).days, point.value) for point in chart.points]
    places = places or [place(0, 0)]
    now_x, now_y = places[-1]
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    value = chart.points[-1].value if chart.points else 0
    said = "，".join(
        f"{point.day.month}月{point.day.day}日 {point.value} 人" for point in _few(chart)
    )
    return BurnUpDrawing(
        line=line,
        area=f"{line} L{now_x:.1f} {_BOTTOM:g} L{places[0][0]:.1f} {_BOTTOM:g}Z",
        now_x=f"{now_x:.1f}",
        now_y=f"{now_y:.1f}",
        value=value,
        value_left=now_x > _LEFT + _LABEL_ROOM,
        total=chart.total,
        half=chart.total // 2,
        starts=f"{chart.starts_on.month}月{chart.starts_on.day}日",
        ends=f"{last.day}日截止",
        summary=f"已交结论的人数：{said or '还没有'}；全部 {chart.total} 人，{moment_sentence(chart.ends_at)} 截止",
    )


def _few(chart: BurnUp) -> list[BurnUpPoint]:
    """At most four points, the last one among them: enough to hear the shape of the curve."""
    step = max(len(chart.points) // 3, 1)
    return [*chart.points[:-1:step][:3], *chart.points[-1:]]
