"""The boards of a college and of the office: one campaign, how far it is, and where the work lies."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from django.db.models import QuerySet

from common.components import BurnUp, BurnUpPoint, MeterCounts
from common.wording import local
from common.workdays import work_calendar
from corrections.selectors.case_load import (
    CaseAges,
    OwnerLoad,
    ServiceFigures,
    case_ages_of_classes,
    case_load,
    cases_in,
    service_figures,
)
from corrections.selectors.sheet_load import SheetLoad, sheet_load
from enrollment.models import ClassGroup, College
from imaging.models import Campaign
from imaging.selectors import timetable_of
from imaging.selectors.tallies import (
    Progress,
    WaitingByAge,
    members_in,
    tally_by_class,
    tally_by_college,
    waiting_by_age,
)

__all__ = [
    "CampaignBoard",
    "CurveDay",
    "OpenWork",
    "campaign_board",
    "campaign_curve",
    "curve_days",
    "open_work",
]

_DAY = timedelta(days=1)
# More lines than this in the table beside the curve are thinned out.
_MOST_DAYS = 14
_PEOPLE_BOUNDS = (timedelta(days=3), timedelta(days=7))


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveDay:
    """One line of the table beside the curve."""

    day: date
    value: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What still waits in somebody's classes, by how long."""

    people: WaitingByAge
    cases: CaseAges

    @property
    def is_none(self) -> bool:
        """Nothing waits."""
        return not self.people.total and not self.cases.total


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignBoard:
    """One campaign for a college, or for the whole office."""

    campaign: Campaign
    college: College | None
    closes_at: datetime
    counts: MeterCounts
    places: tuple[Progress, ...]
    chart: BurnUp | None
    days: tuple[CurveDay, ...]
    sheets: tuple[SheetLoad, ...]
    owners: tuple[OwnerLoad, ...]
    figures: ServiceFigures | None

    @property
    def open(self) -> int:
        """How many still have something to check, or no photo to check."""
        return self.counts.todo + self.counts.blocked

    @property
    def done(self) -> int:
        """How many have nothing left to check."""
        return self.counts.total - self.open

    @property
    def cases(self) -> int:
        """How many cases are open."""
        return sum(owner.ages.total for owner in self.owners)


def campaign_board(
    campaign: Campaign, *, college: College | None = None, now: datetime
) -> CampaignBoard:
    """The figures of one campaign; the caller has checked who asks. A fixed number of queries."""
    members = members_in(campaign, now=now, college=college)
    tally = (
        tally_by_college(members, now=now) if college is None else tally_by_class(members, now=now)
    )
    counts = _sum(tally.places)
    moments = timetable_of(campaign, college.school) if college else campaign.timetable
    chart = campaign_curve(
        tally.by_day,
        total=counts.total,
        opens_at=moments.opens_at,
        closes_at=moments.closes_at,
        now=now,
    )
    cases = cases_in(college)
    return CampaignBoard(
        campaign=campaign,
        college=college,
        closes_at=moments.closes_at,
        counts=counts,
        places=tally.places,
        chart=chart,
        days=curve_days(chart),
        sheets=tuple(sheet_load(campaign, members)),
        owners=tuple(case_load(cases, calendar=work_calendar(), now=now)),
        figures=service_figures(cases, now=now),
    )


def open_work(classes: QuerySet[ClassGroup], *, now: datetime) -> OpenWork:
    """People and cases of the given classes that wait, by age."""
    return OpenWork(
        people=waiting_by_age(classes, now=now, bounds=_PEOPLE_BOUNDS),
        cases=case_ages_of_classes(classes, now=now),
    )


def _sum(places: Iterable[Progress]) -> MeterCounts:
    return MeterCounts(
        locked=sum(each.counts.locked for each in places),
        open=sum(each.counts.open for each in places),
        disputed=sum(each.counts.disputed for each in places),
        todo=sum(each.counts.todo for each in places),
        blocked=sum(each.counts.blocked for each in places),
        idle=sum(each.counts.idle for each in places),
    )


def campaign_curve(
    by_day: Sequence[tuple[date, int]],
    *,
    total: int,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
) -> BurnUp | None:
    """How many were done by the end of each day; None on the first day, when there is no curve yet.

    It ends today, or with the last who was done: an extension brings people in after the deadline.
    """
    deadline = local(closes_at).date()
    first = min([local(opens_at).date(), *(day for day, _ in by_day)])
    after = max([deadline, *(day for day, _ in by_day)])
    last = min(local(now).date(), after)
    if not total or last <= first:
        return None
    on = dict(by_day)
    days = [first + number * _DAY for number in range((last - first).days + 1)]
    sums = accumulate(on.get(day, 0) for day in days)
    return BurnUp(
        points=tuple(
            BurnUpPoint(day=day, value=value) for day, value in zip(days, sums, strict=True)
        ),
        total=total,
        starts_on=first,
        ends_at=closes_at,
        today=last,
    )


def curve_days(chart: BurnUp | None) -> tuple[CurveDay, ...]:
    """The days on which something changed, the newest first, thinned out evenly; today is always there."""
    if chart is None:
        return ()
    before = (-1, *(point.value for point in chart.points))
    moved = [
        point for point, value in zip(chart.points, before, strict=False) if point.value != value
    ]
    points = [*moved, *chart.points[-1:]] if moved[-1:] != [chart.points[-1]] else moved
    step = -(-len(points) // _MOST_DAYS)
    return tuple(
        CurveDay(
            day=point.day,
            value=point.value,
            percent=point.value * 100 // chart.total if chart.total else 0,
        )
        for point in points[::-1][::step]
    )
