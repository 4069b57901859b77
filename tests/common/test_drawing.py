"""Where the marks of the clock and the points of the curve fall."""

from datetime import date, datetime, timedelta

import pytest

from common.components import BurnUp, BurnUpPoint
from common.drawing import burn_up_drawing, clock_marks, time_parts
from tests.common.drawn import LOCKS, SHANGHAI, SUBMITTED, draw

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("after", "gone"),
    [
        (timedelta(0), 0),
        (timedelta(hours=1) - timedelta(seconds=1), 0),
        (timedelta(hours=1), 1),
        (timedelta(hours=24) - timedelta(seconds=1), 23),
        (timedelta(hours=24), 24),
        (timedelta(hours=-1), 0),
    ],
)
def test_clock_marks_empty_one_by_one(after: timedelta, gone: int) -> None:
    marks = clock_marks(submitted_at=SUBMITTED, locks_at=LOCKS, now=SUBMITTED + after)

    assert len(marks) == 24
    assert marks.count("is-gone") == gone


def test_clock_of_an_empty_window_is_empty() -> None:
    assert set(clock_marks(submitted_at=LOCKS, locks_at=LOCKS, now=SUBMITTED)) == {"is-gone"}


@pytest.mark.parametrize(
    ("left", "parts"),
    [
        (timedelta(hours=72, minutes=30), ((3, "天"), (0, "小时"))),
        (timedelta(hours=47, minutes=59), ((47, "小时"), (59, "分"))),
        (timedelta(minutes=59, seconds=59), ((59, "分"),)),
        (timedelta(seconds=-5), ((0, "分"),)),
    ],
)
def test_time_left_in_two_units(left: timedelta, parts: tuple[tuple[int, str], ...]) -> None:
    assert time_parts(left) == parts


def test_burn_up_says_in_words_what_it_draws() -> None:
    chart = BurnUp(
        points=tuple(BurnUpPoint(day=date(2026, 6, day), value=day * 2) for day in range(1, 13)),
        total=28,
        starts_on=date(2026, 6, 1),
        ends_at=datetime(2026, 6, 16, 23, 0, tzinfo=SHANGHAI),
        today=date(2026, 6, 12),
    )
    drawing = burn_up_drawing(chart)

    assert drawing.summary == (
        "已交结论的人数：6月1日 2 人，6月5日 10 人，6月9日 18 人，6月12日 24 人；"
        "全部 28 人，6月16日（星期二）23:00 截止"
    )
    assert drawing.line.startswith("M32.0 140.7 L50.4 131.4")
    assert drawing.value == 24
    assert drawing.summary in draw("{% burn_up chart=chart %}", chart=chart)


def test_burn_up_before_the_first_conclusion() -> None:
    chart = BurnUp(
        points=(),
        total=0,
        starts_on=date(2026, 6, 16),
        ends_at=datetime(2026, 6, 16, 23, 0, tzinfo=SHANGHAI),
        today=date(2026, 6, 16),
    )

    assert burn_up_drawing(chart).line == "M32.0 150.0"
    assert "还没有" in burn_up_drawing(chart).summary
