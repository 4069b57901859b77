"""Working days of China: statutory holidays and make-up workdays; the table of special days overrules both.

The State Council announces a year's make-up days each autumn; until the library knows them, or where
a school differs, the office enters them as special days.
"""

from datetime import date, datetime, time, timedelta

import holidays

from common.models import SpecialDay
from common.wording import local

__all__ = ["add_workdays", "is_workday"]

_DAY = timedelta(days=1)
# No run of days off is longer than this, whatever is entered as special days.
_LONGEST_SEARCH = 400


def is_workday(day: date) -> bool:
    """Whether the office works on that day."""
    special = SpecialDay.objects.filter(on_date=day).values_list("is_workday", flat=True).first()
    return _by_calendar(day) if special is None else special


def add_workdays(start: datetime, days: int) -> datetime:
    """The moment at which the `days`-th working day after the day of `start` ends, in Shanghai.

    The day of `start` itself does not count. The term is half-open: at that midnight it is over.
    ValueError when `days` is less than one, or when the special days leave no such day.
    """
    if days < 1:
        raise ValueError("a term has at least one day")
    moment = local(start)
    day, last, left = moment.date(), moment.date() + _LONGEST_SEARCH * _DAY, days
    special = dict(
        SpecialDay.objects.filter(on_date__gt=day, on_date__lte=last).values_list(
            "on_date", "is_workday"
        )
    )
    while left:
        day += _DAY
        if day > last:
            raise ValueError("no such working day: look at the special days")
        left -= special[day] if day in special else _by_calendar(day)
    return datetime.combine(day + _DAY, time(), tzinfo=moment.tzinfo)


def _by_calendar(day: date) -> bool:
    """What the statutory calendar says; the library fills a year when it is first asked for it."""
    return bool(_CALENDAR.is_working_day(day))


_CALENDAR = holidays.country_holidays("CN")
