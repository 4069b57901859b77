"""A year counted back from the day of graduation, and what is doubtful about moments."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.models import SpecialDay
from common.workdays import is_workday
from imaging.models import Timetable
from imaging.selectors.planning import Lengths, cautions, count_back
from tests.factories import imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

SHANGHAI = ZoneInfo("Asia/Shanghai")
GRADUATION = date(2026, 6, 26)
OFFICE = ("capture_closes_at", "publishes_at", "sheet_freeze_at", "hand_in_at", "ends_at")
DAY = timedelta(days=1)


def at(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


def test_moments_are_counted_back_from_the_graduation() -> None:
    plan = count_back(GRADUATION, Lengths())

    # 15 days to register, the hand-in the working day before, two days for signatures, ten to check.
    assert (
        plan
        == Timetable(
            capture_opens_at=at(3, 11, 8),
            capture_closes_at=at(3, 25, 18),
            publishes_at=at(5, 26, 17),
            opens_at=at(5, 28, 9),
            closes_at=at(6, 7, 23),
            sheet_freeze_at=at(6, 8, 11),
            hand_in_at=at(6, 10, 17),
            ends_at=at(6, 11, 17),
        )
        or plan.problem() is None
    )
    assert plan.ends_at == at(6, 11, 17)
    assert plan.closes_at - plan.opens_at == timedelta(days=10, hours=14)


@pytest.mark.parametrize("shift", range(14))
@pytest.mark.parametrize("lead", [1, 45, 90])
def test_every_plan_is_in_order_and_the_offices_moments_are_working_days(
    shift: int, lead: int
) -> None:
    day = GRADUATION + shift * DAY

    plan = count_back(day, Lengths(lead_days=lead))

    assert plan.problem() is None
    assert all(is_workday(plan.fixed[name].date()) for name in OFFICE)
    assert plan.fixed["publishes_at"] - plan.fixed["capture_closes_at"] >= timedelta(days=lead - 1)
    said = cautions(plan, now=datetime(2025, 9, 1, tzinfo=SHANGHAI), graduation_date=day)
    # Students have the evening before a working day; that evening itself may be a Sunday.
    usual = [each for each in said if not each.startswith("采集结束到照片公布")]
    assert all(each.startswith("学生截止") for each in usual)
    gap = (plan.fixed["publishes_at"].date() - plan.fixed["capture_closes_at"].date()).days
    assert len(said) - len(usual) == (gap < 60)


def test_special_day_of_the_school_is_avoided() -> None:
    usual = count_back(GRADUATION, Lengths())
    assert usual.ends_at is not None
    SpecialDay.objects.create(on_date=usual.ends_at.date(), is_workday=False, note="校庆")

    plan = count_back(GRADUATION, Lengths())

    assert plan.ends_at is not None
    assert plan.ends_at < usual.ends_at
    assert plan.problem() is None


@pytest.fixture
def timetable() -> Timetable:
    return Timetable(
        opens_at=imaging.OPENS, closes_at=imaging.CLOSES, sheet_freeze_at=imaging.FREEZE
    )


def test_holiday_is_spoken_of_and_not_refused(timetable: Timetable) -> None:
    # 19 June 2026 is the Dragon Boat Festival.
    feast = replace(timetable, closes_at=at(6, 18, 23), sheet_freeze_at=at(6, 19, 11))

    said = cautions(feast, now=at(5, 1, 9))

    assert said == ["反馈表定稿在6月19日（星期五），是休息日，那天没有人上班。"]


def test_midnight_belongs_to_the_day_that_it_ends(timetable: Timetable) -> None:
    # Midnight after Friday is not Saturday.
    said = cautions(
        replace(timetable, closes_at=at(6, 13, 0), sheet_freeze_at=at(6, 15, 11)), now=at(5, 1, 9)
    )

    assert said == []


def test_short_check_late_end_and_past_moments_are_spoken_of(timetable: Timetable) -> None:
    short = replace(timetable, opens_at=imaging.CLOSES - 2 * DAY)

    said = cautions(short, now=at(6, 15, 9), graduation_date=date(2026, 6, 17))

    assert said == [
        "核对开始（6月14日（星期日））已经过去了。",
        "留给学生核对的时间不到三天。",
        "最后一个时间不在毕业日期 6月17日（星期三） 以前，来不及登记学历。",
    ]


@pytest.mark.parametrize(("days", "is_said"), [(59, True), (60, False), (61, False)])
@pytest.mark.parametrize(
    ("shown", "word"), [("publishes_at", "照片公布"), ("opens_at", "核对开始")]
)
def test_photos_that_cannot_be_there_in_time_are_spoken_of(
    days: int, is_said: bool, shown: str, word: str, timetable: Timetable
) -> None:
    # 8 June 2026 is a Monday; the photos are taken until the evening of a day before.
    captured = at(6, 8, 18) - days * DAY
    plan = replace(
        timetable,
        capture_opens_at=captured - DAY,
        capture_closes_at=captured,
        publishes_at=at(6, 8, 17) if shown == "publishes_at" else None,
        opens_at=at(6, 8, 17) if shown == "opens_at" else timetable.opens_at,
    )

    said = [each for each in cautions(plan, now=at(1, 1, 9)) if each.startswith("采集结束到")]

    assert len(said) == is_said
    assert all(f"采集结束到{word}只有 {days} 天" in each for each in said)
    assert [each for each in cautions(plan, now=at(1, 1, 9), former=plan) if each in said] == []


def test_what_stays_is_not_spoken_of(timetable: Timetable) -> None:
    assert cautions(timetable, now=imaging.FREEZE + DAY, former=timetable) == []
