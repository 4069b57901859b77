"""Correction cases as work: who has how many for how long, and how quickly they are answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from common.workdays import WorkCalendar, work_calendar
from corrections.models import CaseStay, CorrectionRequest
from corrections.selectors.rehearsals import without_rehearsals
from corrections.states import AWAY, UNDECIDED, WORKED_ON, RequestState
from enrollment.models import ClassGroup, College

__all__ = [
    "LATE_WORKDAYS",
    "CaseAges",
    "OwnerLoad",
    "ServiceFigures",
    "case_ages_of_classes",
    "case_load",
    "cases_in",
    "service_figures",
]

LATE_WORKDAYS = 5  # so long after its term somebody has to ask why
_NO_OWNER = "还没有人接"
_WAITING = sorted(UNDECIDED)
_OWNER_COLUMNS = ("handler__email", "handler__phone", "handler__closed_at")
_LOOKED_BACK = timedelta(days=180)
# Of fewer cases a figure says something about single people.
_FEWEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAges:
    """Open cases by the term of the state in which they lie: within it, beyond, long beyond.

    Apart from them what waits for the student, or within its term for somebody outside.
    """

    fresh: int = 0
    late: int = 0
    latest: int = 0
    away: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.fresh + self.late + self.latest + self.away


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
    # None where fewer than five of them have had a clock.
    on_time_percent: int | None

    @property
    def days_text(self) -> str:
        """The median in words."""
        return "不到一天" if self.median_days < 1 else f"{self.median_days:g} 天"


def cases_in(college: College | None = None) -> QuerySet[CorrectionRequest]:
    """All cases, or those of one college: by the class as of the campaign, else by the record's.

    Of every campaign and of none, for an official has them all in hand; nothing that is only rehearsed.
    """
    cases = without_rehearsals(CorrectionRequest.objects.all())
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


def _waiting(cases: QuerySet[CorrectionRequest]) -> QuerySet[CorrectionRequest]:
    """The open ones with their present `stay`; what has no clock yet is within its term."""
    return cases.filter(state__in=_WAITING).annotate(
        stay=FilteredRelation("stays", condition=Q(stays__left_at=None))
    )


def _by_age(calendar: WorkCalendar, now: datetime) -> dict[str, Count]:
    is_ours, is_out = Q(state__in=sorted(WORKED_ON)), Q(state__in=sorted(AWAY))
    in_term = Q(stay__due_at=None) | Q(stay__due_at__gt=now)
    long_ago = calendar.overdue_before(now, LATE_WORKDAYS)
    over = is_ours & Q(stay__due_at__lte=now)
    return {
        "all": Count("pk"),
        "away": Count("pk", filter=Q(state=RequestState.RETURNED) | (is_out & in_term)),
        # A due moment is the midnight after the last day, so the day that begins there is the first late one.
        "late": Count("pk", filter=over & Q(stay__due_at__gt=long_ago)),
        "latest": Count("pk", filter=over & Q(stay__due_at__lte=long_ago)),
    }


def _ages(row: dict[str, Any]) -> CaseAges:
    late, latest, away = row["late"], row["latest"], row["away"]
    return CaseAges(fresh=row["all"] - late - latest - away, late=late, latest=latest, away=away)


def case_ages_of_classes(classes: QuerySet[ClassGroup], *, now: datetime) -> CaseAges:
    """The open cases of the given classes by age; two queries."""
    return _ages(_waiting(_cases_of(classes)).aggregate(**_by_age(work_calendar(), now)))


def case_load(
    cases: QuerySet[CorrectionRequest], *, calendar: WorkCalendar, now: datetime
) -> list[OwnerLoad]:
    """Open cases by owner, those without one first, then whoever has the most that is late; one query."""
    rows = (
        _waiting(cases)
        .order_by()
        .values("handler", *_OWNER_COLUMNS)
        .annotate(**_by_age(calendar, now))
    )
    found = [
        OwnerLoad(
            label=_owner(row),
            ages=_ages(row),
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


def service_figures(cases: QuerySet[CorrectionRequest], *, now: datetime) -> ServiceFigures | None:
    """Median days and the share within the terms, of what was decided in the last half year; one query.

    In time is what the school never let lie beyond the term of a state. None for fewer than five cases;
    what students took back does not count.
    """
    worked = CaseStay.objects.filter(request=OuterRef("pk"), state__in=sorted(WORKED_ON))
    rows = (
        cases.filter(decided_at__gt=now - _LOOKED_BACK, decided_at__lte=now)
        .annotate(
            has_clock=Exists(worked.filter(left_at__isnull=False)),
            is_late=Exists(worked.filter(left_at__gte=F("due_at"))),
        )
        .order_by()
        .values_list("submitted_at", "decided_at", "has_clock", "is_late")
    )
    took, in_time = [], []
    for submitted, ended, has_clock, is_late in rows:
        if ended is not None:
            took.append((ended - submitted) / timedelta(days=1))
            in_time += [not is_late] if has_clock else []
    if len(took) < _FEWEST:
        return None
    return ServiceFigures(
        amount=len(took),
        median_days=round(median(took), 1),
        on_time_percent=sum(in_time) * 100 // len(in_time) if len(in_time) >= _FEWEST else None,
    )
