"""The boards of a college and of the office: the curve at its edges, and a fixed number of queries."""

from datetime import UTC, date, datetime, timedelta

import pytest

from corrections.selectors import campaign_board
from corrections.selectors.campaign_board import campaign_curve
from enrollment.models import ClassGroup
from imaging.states import ConclusionKind
from tests.factories import enrolment
from tests.factories.imaging import (
    CLOSES,
    OPENS,
    make_campaign,
    make_conclusion,
    make_member,
    make_photo,
)

SHANGHAI_NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)


def curve(by_day: list[tuple[date, int]], *, now: datetime, total: int = 10):
    """The curve of the campaign of June."""
    return campaign_curve(by_day, total=total, opens_at=OPENS, closes_at=CLOSES, now=now)


@pytest.mark.unit
def test_curve_sums_up_to_today() -> None:
    found = curve([(date(2026, 6, 2), 3), (date(2026, 6, 9), 4)], now=SHANGHAI_NOON)

    assert found is not None
    assert (found.points[0].day, found.points[-1].day) == (date(2026, 6, 1), date(2026, 6, 10))
    assert [point.value for point in found.points] == [0, 3, 3, 3, 3, 3, 3, 3, 7, 7]


@pytest.mark.unit
def test_curve_ends_at_the_deadline() -> None:
    found = curve([(date(2026, 6, 2), 3)], now=CLOSES + timedelta(days=20))

    assert found is not None
    assert found.points[-1].day == date(2026, 6, 16)


@pytest.mark.unit
def test_curve_keeps_who_came_with_an_extension() -> None:
    found = curve([(date(2026, 6, 2), 3), (date(2026, 6, 20), 1)], now=CLOSES + timedelta(days=9))

    assert found is not None
    assert (found.points[-1].day, found.points[-1].value) == (date(2026, 6, 20), 4)


@pytest.mark.unit
def test_no_curve_on_the_first_day_or_of_nobody() -> None:
    assert curve([], now=OPENS) is None
    assert curve([], now=SHANGHAI_NOON, total=0) is None


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_boards_take_a_fixed_number_of_queries(
    class_group: ClassGroup, count: int, django_assert_num_queries
) -> None:
    campaign = make_campaign()
    for serial in range(count):
        group = enrolment.make_class(f"历史学 220{serial} 班")
        make_photo(made := enrolment.make_record(class_group=group))
        member = make_member(made, campaign)
        for kind in ConclusionKind:
            make_conclusion(member, kind)
        make_member(enrolment.make_record(class_group=group), campaign)

    # Standings and days, special days, sheets, open cases, closed cases.
    with django_assert_num_queries(5):
        office = campaign_board(campaign, now=SHANGHAI_NOON)
    # And the moments of its school.
    with django_assert_num_queries(6):
        college = campaign_board(campaign, college=class_group.college, now=SHANGHAI_NOON)

    assert (office.done, office.open, len(office.places)) == (count, count, 1)
    assert (college.done, college.open, len(college.places)) == (count, count, count)
    assert [(f"{each.day:%m-%d}", each.value, each.percent) for each in office.days] == [
        ("06-10", count, 50),
        ("06-02", count, 50),
        ("06-01", 0, 0),
    ]
