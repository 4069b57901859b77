"""Working days of China: statutory holidays and make-up workdays; the table of special days overrules both.

The State Council announces a year's make-up days each autumn; until the library knows them, or where
a school differs, the office enters them as special days.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import holidays

from common.models import SpecialDay
from common.wording import local

__all__ = ["WorkCalendar", "add_workdays", "is_workday", "work_calendar"]

_DAY = timedelta(days=1)
# No run of days off is longer than this, whatever is entered as special days.
_LONGEST_SEARCH = 400


def is_workday(day: date) -> bool:
    """Whether the office works on that day."""
    special = SpecialDay.objects.filter(on_date=day).values_list("is_workday", flat=True).first()
    return _by_calendar(day) if special is None else special


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The statutory calendar with the special days that were read for it."""

    special: Mapping[date, bool]

    def is_workday(self, day: date) -> bool:
        """Whether the office works on that day."""
        return self.special[day] if day in self.special else _by_calendar(day)

    def add(self, start: datetime, days: int) -> datetime:
        """The moment at which the `days`-th working day after the day of `start` ends, in Shanghai."""
        _check_term(days)
        moment = local(start)
        day, last, left = moment.date(), moment.date() + _LONGEST_SEARCH * _DAY, days
        while left:
            day += _DAY
            if day > last:
                raise ValueError("no such working day: look at the special days")
            left -= self.is_workday(day)
        return datetime.combine(day + _DAY, time(), tzinfo=moment.tzinfo)

    def overdue_before(self, now: datetime, days: int) -> datetime:
        """What began before that moment has outlived its term at `now`: the twin of `add` for a database."""
        _check_term(days)
        moment = local(now)
        day, left = moment.date(), days
        while left:
            day -= _DAY
            if moment.date() - day > _LONGEST_SEARCH * _DAY:
                raise ValueError("no such working day: look at the special days")
            left -= self.is_workday(day)
        return datetime.combine(day, time(), tzinfo=moment.tzinfo)


def work_calendar() -> WorkCalendar:
    """With every special day that was entered, for whoever asks about many days; one query."""
    return WorkCalendar(dict(SpecialDay.objects.values_list("on_date", "is_workday")))


def add_workdays(start: datetime, days: int) -> datetime:
    """The moment at which the `days`-th working day after the day of `start` ends, in Shanghai.

    The day of `start` itself does not count. The term is half-open: at that midnight it is over.
    ValueError when `days` is less than one, or when the special days leave no such day.
    """
    _check_term(days)
    day = local(start).date()
    special = SpecialDay.objects.filter(on_date__gt=day, on_date__lte=day + _LONGEST_SEARCH * _DAY)
    return WorkCalendar(dict(special.values_list("on_date", "is_workday"))).add(start, days)


def _check_term(days: int) -> None:
    if days < 1:
        raise ValueError("a term has at least one day")


def _by_calendar(day: date) -> bool:
    """What the statutory calendar says; the library fills a year when it is first asked for it."""
    return bool(_CALENDAR.is_working_day(day))


_CALENDAR = holidays.country_holidays("CN")
