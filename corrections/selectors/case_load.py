"""Correction cases as work: who has how many for how long, and how quickly they are answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from common.workdays import WorkCalendar, work_calendar
from corrections.models import CorrectionRequest
from corrections.states import UNDECIDED
from enrollment.models import ClassGroup, College

__all__ = [
    "LATE_WORKDAYS",
    "PROMISED_WORKDAYS",
    "CaseAges",
    "OwnerLoad",
    "ServiceFigures",
    "case_ages_of_classes",
    "case_load",
    "cases_in",
    "service_figures",
]

PROMISED_WORKDAYS = 2  # what the office promises for an answer
LATE_WORKDAYS = 5  # from here on somebody has to ask why
_NO_OWNER = "还没有人接"
_WAITING = sorted(UNDECIDED)
_OWNER_COLUMNS = ("handler__email", "handler__phone", "handler__closed_at")
_LOOKED_BACK = timedelta(days=180)
# Of fewer cases a figure says something about single people.
_FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAges:
    """Open cases by working days since they were handed in: within the promise, beyond, long beyond."""

    fresh: int = 0
    late: int = 0
    latest: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.fresh + self.late + self.latest


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLoad:
    """The open cases of one official; without an owner they are everybody's."""

    label: str
    ages: CaseAges
    is_unowned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """How cases were answered in the last half year; never of fewer than five."""

    amount: int
    median_days: float
    on_time_percent: int

    @property
    def days_text(self) -> str:
        """The median in words."""
        return "不到一天" if self.median_days < 1 else f"{self.median_days:g} 天"


def cases_in(college: College | None = None) -> QuerySet[CorrectionRequest]:
    """All cases, or those of one college: by the class as of the campaign, else by the record's."""
    cases = CorrectionRequest.objects.all()
    if college is None:
        return cases
    return cases.annotate(
        of_college=Coalesce(
            "conclusion__round__member__class_group__college", "record__class_group__college"
        )
    ).filter(of_college=college.pk)


def _cases_of(classes: QuerySet[ClassGroup]) -> QuerySet[CorrectionRequest]:
    return CorrectionRequest.objects.annotate(
        of_class=Coalesce("conclusion__round__member__class_group", "record__class_group")
    ).filter(of_class__in=classes.order_by().values("pk"))


def _by_age(calendar: WorkCalendar, now: datetime) -> dict[str, Count]:
    promised = calendar.overdue_before(now, PROMISED_WORKDAYS)
    late = calendar.overdue_before(now, LATE_WORKDAYS)
    return {
        "fresh": Count("pk", filter=Q(submitted_at__gte=promised)),
        "late": Count("pk", filter=Q(submitted_at__lt=promised, submitted_at__gte=late)),
        "latest": Count("pk", filter=Q(submitted_at__lt=late)),
    }


def case_ages_of_classes(classes: QuerySet[ClassGroup], *, now: datetime) -> CaseAges:
    """The open cases of the given classes by age; two queries."""
    found = _cases_of(classes).filter(state__in=_WAITING).aggregate(**_by_age(work_calendar(), now))
    return CaseAges(**found)


def case_load(
    cases: QuerySet[CorrectionRequest], *, calendar: WorkCalendar, now: datetime
) -> list[OwnerLoad]:
    """Open cases by owner, those without one first, then whoever has the most that is late; one query."""
    rows = (
        cases.filter(state__in=_WAITING)
        .order_by()
        .values("handler", *_OWNER_COLUMNS)
        .annotate(**_by_age(calendar, now))
    )
    found = [
        OwnerLoad(
            label=_owner(row),
            ages=CaseAges(fresh=row["fresh"], late=row["late"], latest=row["latest"]),
            is_unowned=row["handler"] is None,
        )
        for row in rows
    ]
    return sorted(
        found,
        key=lambda each: (not each.is_unowned, -each.ages.latest, -each.ages.late, each.label),
    )


def _owner(row: dict[str, Any]) -> str:
    """The masked log-in name of the official, as the desk shows it."""
    if row["handler"] is None:
        return _NO_OWNER
    columns = {name.removeprefix("handler__"): row[name] for name in _OWNER_COLUMNS}
    return User(pk=row["handler"], **columns).contact_label


def service_figures(
    cases: QuerySet[CorrectionRequest], *, calendar: WorkCalendar, now: datetime
) -> ServiceFigures | None:
    """Median days and the share within the promise, of what was decided in the last half year; one query.

    None for fewer than five cases; what students took back does not count.
    """
    rows = (
        cases.filter(decided_at__gt=now - _LOOKED_BACK, decided_at__lte=now)
        .order_by()
        .values_list("submitted_at", "decided_at")
    )
    closed = [(submitted, ended) for submitted, ended in rows if ended is not None]
    if len(closed) < _FEWEST:
        return None
    on_time = sum(ended < calendar.add(submitted, PROMISED_WORKDAYS) for submitted, ended in closed)
    days = median((ended - submitted) / timedelta(days=1) for submitted, ended in closed)
    return ServiceFigures(
        amount=len(closed),
        median_days=round(days, 1),
        on_time_percent=on_time * 100 // len(closed),
    )
