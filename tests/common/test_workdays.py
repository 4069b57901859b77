"""Working days of 2026 and 2027, terms at their edges, and the office's last word."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from common.models import AuditEvent, SpecialDay
from common.wording import until_sentence
from common.workdays import add_workdays, is_workday, work_calendar

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

SHANGHAI = timezone(timedelta(hours=8))


def at(month: int, day: int, hour: int = 10, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 6, 12), True),  # a plain Friday
        (date(2026, 6, 13), False),  # a plain Saturday
        (date(2026, 1, 1), False),
        (date(2026, 1, 4), True),  # a Sunday, made up for New Year
        (date(2026, 2, 14), True),  # a Saturday, made up for the Spring Festival
        (date(2026, 2, 17), False),
        (date(2026, 5, 5), False),
        (date(2026, 5, 9), True),
        (date(2026, 6, 19), False),  # Dragon Boat Festival, a Friday
        (date(2026, 9, 20), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2027, 1, 1), False),
        (date(2027, 2, 8), False),  # Spring Festival, a Monday
        (date(2027, 2, 15), True),
        (date(2027, 10, 1), False),
        (date(2027, 10, 9), False),  # a Saturday: no make-up day is announced yet
    ],
    ids=str,
)
def test_day_of_the_calendar(day: date, works: bool) -> None:
    assert is_workday(day) is works


@pytest.mark.parametrize(
    ("start", "days", "ends"),
    [
        (at(6, 8), 5, at(6, 16, 0)),  # Monday; the fifth day after it is Monday of the next week
        (at(6, 12), 5, at(6, 23, 0)),  # over a weekend and the Dragon Boat Festival
        (at(6, 13), 1, at(6, 16, 0)),  # begun on a Saturday
        (at(9, 30), 1, at(10, 9, 0)),  # over the National Day week
        (at(2, 13), 5, at(2, 28, 0)),  # the make-up Saturday counts, the festival does not
        (at(12, 31), 1, at(1, 5, 0, year=2027)),  # into the next year
    ],
    ids=["week", "festival", "saturday", "national-day", "make-up", "new-year"],
)
def test_term_ends_with_its_last_working_day(start: datetime, days: int, ends: datetime) -> None:
    assert add_workdays(start, days) == ends


def test_term_is_shown_as_the_end_of_the_day() -> None:
    assert until_sentence(add_workdays(at(6, 8), 5)) == "6月15日（星期一）24:00"


def test_day_of_the_start_is_that_of_shanghai() -> None:
    before_midnight = datetime(2026, 6, 8, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai

    assert add_workdays(before_midnight, 1) == at(6, 10, 0)
    assert add_workdays(before_midnight + timedelta(minutes=1), 1) == at(6, 11, 0)


def test_special_day_overrules_the_calendar() -> None:
    SpecialDay.objects.create(on_date=date(2026, 6, 9), is_workday=False, note="校庆")
    SpecialDay.objects.create(on_date=date(2026, 6, 13), is_workday=True, note="调休上班")

    assert not is_workday(date(2026, 6, 9))
    assert is_workday(date(2026, 6, 13))
    assert add_workdays(at(6, 8), 5) == at(6, 16, 0)
    assert add_workdays(at(6, 8), 4) == at(6, 14, 0)


def test_special_day_is_one_per_day() -> None:
    SpecialDay.objects.create(on_date=date(2026, 6, 9))

    with pytest.raises(ValidationError, match="这一天已经登记过"):
        SpecialDay(on_date=date(2026, 6, 9)).full_clean()


def test_term_without_days_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        add_workdays(at(6, 8), 0)


def test_term_asks_the_database_once(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        add_workdays(at(6, 8), 20)


def test_office_enters_a_special_day(client_of, li: User) -> None:
    client: Client = client_of(li)

    client.post(
        "/admin/common/specialday/add/",
        {"on_date": "2027-10-09", "is_workday": "on", "note": "国庆调休"},
    )

    assert is_workday(date(2027, 10, 9))
    assert AuditEvent.objects.get(action="specialday.created").actor_id == str(li.pk)


@pytest.mark.parametrize("days", [1, 2, 5])
@pytest.mark.parametrize("now", [at(6, 8), at(6, 13), at(6, 23, 0), at(10, 9), at(2, 24, 0, 1)])
def test_overdue_before_agrees_with_the_term(now: datetime, days: int) -> None:
    bound = work_calendar().overdue_before(now, days)

    over = [add_workdays(bound + timedelta(seconds=offset), days) <= now for offset in (-1, 0, 1)]
    assert over == [True, False, False]


def test_overdue_before_knows_special_days() -> None:
    SpecialDay.objects.create(on_date=date(2026, 6, 11), is_workday=False, note="校庆")

    bound = work_calendar().overdue_before(at(6, 12), 1)

    assert bound == at(6, 10, 0)
    assert add_workdays(bound, 1) > at(6, 12)
    assert add_workdays(bound - timedelta(seconds=1), 1) <= at(6, 12)


def test_one_calendar_serves_many_days(django_assert_num_queries) -> None:
    SpecialDay.objects.create(on_date=date(2026, 6, 9), is_workday=False, note="校庆")
    starts = [at(6, 8), at(6, 8, 23), at(6, 12)]

    with django_assert_num_queries(1):
        calendar = work_calendar()
        found = [calendar.add(start, 2) for start in starts]

    assert found == [add_workdays(start, 2) for start in starts]
    for ask in (calendar.add, calendar.overdue_before):
        with pytest.raises(ValueError, match="at least one day"):
            ask(at(6, 8), 0)
