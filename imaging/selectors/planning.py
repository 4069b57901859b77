"""A campaign's moments counted back from the day of graduation, and what is doubtful about moments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from common.wording import date_sentence, local
from common.workdays import is_workday
from imaging.models import PHASES, Timetable

__all__ = ["Lengths", "cautions", "count_back"]

_SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
# No run of days off is longer than this.
_LONGEST_REST: Final = 30
# Moments at which somebody at the school has to act, so that they belong on a working day.
_OFFICE: Final = ("capture_closes_at", "publishes_at", "sheet_freeze_at", "hand_in_at", "ends_at")
# The evening of the last hours is when half of a class comes (domain 5.6).
_SHORTEST_CHECK: Final = timedelta(days=3)
_LEAD_DAYS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How many days each part takes; the defaults are what notices of schools name (domain 5.6)."""

    capture_days: int = 14  # taking the photos, with a make-up session
    lead_days: int = _LEAD_DAYS  # from the last photo to its publication: 40 days to three months
    check_days: int = 10  # the students' own check
    hand_in_days: int = 2  # from the final sheet to the signed paper
    registration_days: int = 15  # from the last paper to the certificate


def count_back(graduation_date: date, lengths: Lengths) -> Timetable:
    """Moments that leave each part its days before the graduation, those of the office on working days.

    Students have until 23:00 of the evening before the sheets are final at 11:00, as schools do it.
    """
    ends_on = _workday(graduation_date - lengths.registration_days * _DAY)
    hand_in_on = _workday(ends_on - _DAY)
    freeze_on = _workday(hand_in_on - lengths.hand_in_days * _DAY)
    closes_on = freeze_on - _DAY
    opens_on = closes_on - lengths.check_days * _DAY
    publishes_on = _workday(opens_on - _DAY)
    captured_on = _workday(publishes_on - lengths.lead_days * _DAY)
    return Timetable(
        capture_opens_at=_at(captured_on - lengths.capture_days * _DAY, 8),
        capture_closes_at=_at(captured_on, 18),
        publishes_at=_at(publishes_on, 17),
        opens_at=_at(opens_on, 9),
        closes_at=_at(closes_on, 23),
        sheet_freeze_at=_at(freeze_on, 11),
        hand_in_at=_at(hand_in_on, 17),
        ends_at=_at(ends_on, 17),
    )


def _workday(day: date) -> date:
    """The day itself, or the last working day before it."""
    for back in range(_LONGEST_REST):
        if is_workday(day - back * _DAY):
            return day - back * _DAY
    return day


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=_SHANGHAI)


def cautions(
    timetable: Timetable,
    *,
    now: datetime,
    graduation_date: date | None = None,
    former: Timetable | None = None,
) -> list[str]:
    """Sentences about moments that are allowed and yet doubtful; none is refused for them.

    What stays as it was in `former` is not spoken of.
    """
    return list(_cautions(timetable, now, graduation_date, former))


def _cautions(
    timetable: Timetable, now: datetime, graduation_date: date | None, former: Timetable | None
) -> Iterator[str]:
    kept = former.fixed if former else {}
    for name, at in timetable.fixed.items():
        if kept.get(name) == at:
            continue
        day = _last_day(at)
        if name in _OFFICE and not is_workday(day):
            yield f"{PHASES[name]}在{date_sentence(day)}，是休息日，那天没有人上班。"
        if name == "closes_at" and not is_workday(day):
            yield f"学生截止在{date_sentence(day)}，是休息日，有问题找不到老师。"
        if at < now:
            yield f"{PHASES[name]}（{date_sentence(local(at).date())}）已经过去了。"
    yield from _short_lead(timetable, kept)
    if timetable.closes_at - timetable.opens_at < _SHORTEST_CHECK:
        yield "留给学生核对的时间不到三天。"
    last = max(timetable.fixed.values())
    if graduation_date is not None and _last_day(last) >= graduation_date:
        yield f"最后一个时间不在毕业日期 {date_sentence(graduation_date)} 以前，来不及登记学历。"


def _short_lead(timetable: Timetable, kept: Mapping[str, datetime]) -> Iterator[str]:
    """Photos that cannot be there when they are to be shown: fewer days than the planner leaves them."""
    captured = timetable.capture_closes_at
    shown = "publishes_at" if timetable.publishes_at else "opens_at"
    at = timetable.fixed[shown]
    if captured is None or (kept.get("capture_closes_at"), kept.get(shown)) == (captured, at):
        return
    days = (_last_day(at) - _last_day(captured)).days
    if days < _LEAD_DAYS:
        yield (
            f"{PHASES['capture_closes_at']}到{PHASES[shown]}只有 {days} 天，不到 {_LEAD_DAYS} 天。"
            "采集单位处理照片一般要 40 天到 3 个月，那时照片可能还没到齐。"
        )


def _last_day(at: datetime) -> date:
    """The day on which a half-open moment is felt: midnight belongs to the day that it ends."""
    return local(at - _SECOND).date()
