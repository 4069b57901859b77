"""Cases as work: unowned first, by working days, and figures that speak of nobody alone."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from common.workdays import work_calendar
from corrections.models import CorrectionRequest
from corrections.selectors.case_load import (
    CaseAges,
    ServiceFigures,
    case_ages_of_classes,
    case_load,
    cases_in,
    service_figures,
)
from corrections.states import RequestState
from enrollment.models import ClassGroup, College
from tests.factories import enrolment
from tests.factories.corrections import make_request

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 6, 8, 2, tzinfo=UTC)
MIDNIGHT = datetime(2026, 6, 10, 16, tzinfo=UTC)  # two working days after that Monday are over


def case(
    group: ClassGroup, state: RequestState = RequestState.SUBMITTED, **fields
) -> CorrectionRequest:
    """A case of somebody of the class, handed in on the Monday."""
    return make_request(
        enrolment.make_record(class_group=group), state, **{"submitted_at": MONDAY, **fields}
    )


@pytest.mark.parametrize(
    ("offset", "ages"), [(-1, CaseAges(fresh=1)), (0, CaseAges(late=1)), (1, CaseAges(late=1))]
)
def test_the_promise_ends_at_midnight(class_group: ClassGroup, offset: int, ages: CaseAges) -> None:
    case(class_group)

    found = case_ages_of_classes(ClassGroup.objects.all(), now=MIDNIGHT + timedelta(seconds=offset))

    assert found == ages


def test_five_working_days_are_very_late(class_group: ClassGroup) -> None:
    case(class_group)
    ends = datetime(2026, 6, 15, 16, tzinfo=UTC)  # over the weekend

    found = [
        case_ages_of_classes(ClassGroup.objects.all(), now=ends + offset)
        for offset in (timedelta(seconds=-1), timedelta(0))
    ]

    assert found == [CaseAges(late=1), CaseAges(latest=1)]


@pytest.mark.parametrize("count", [1, 3])
def test_load_by_owner_with_the_unowned_first(
    class_group: ClassGroup, li: User, now: datetime, count: int, django_assert_num_queries
) -> None:
    for _ in range(count):
        case(class_group, RequestState.OFFICE_REVIEW, handler=li)
        case(class_group)
    case(class_group, RequestState.APPLIED, handler=li)

    with django_assert_num_queries(2):
        found = case_load(cases_in(), calendar=work_calendar(), now=MIDNIGHT)

    assert [(each.label, each.is_unowned, each.ages) for each in found] == [
        ("还没有人接", True, CaseAges(late=count)),
        (li.contact_label, False, CaseAges(late=count)),
    ]


def test_a_college_has_the_cases_of_its_classes(class_group: ClassGroup) -> None:
    other = enrolment.make_class("法学 2201 班", college=enrolment.make_college("法学院"))
    own = case(class_group)
    case(other)
    moved = case(class_group)
    # The class as of the campaign counts, not where the record is now.
    type(moved.record).objects.filter(pk=moved.record_id).update(class_group=other)

    assert set(cases_in(class_group.college)) == {own, moved}
    assert cases_in(College.objects.get(name="法学院")).count() == 1


@pytest.mark.parametrize(("amount", "is_shown"), [(4, False), (5, True)])
def test_figures_of_too_few_cases_are_not_told(
    class_group: ClassGroup, amount: int, is_shown: bool
) -> None:
    for _ in range(amount):
        case(class_group, RequestState.APPLIED)
    case(class_group, RequestState.WITHDRAWN)

    found = service_figures(cases_in(), calendar=work_calendar(), now=MIDNIGHT)

    assert (found is not None) is is_shown


def test_figures_are_the_median_and_the_share_within_the_promise(
    class_group: ClassGroup, django_assert_num_queries
) -> None:
    for ended in (
        MONDAY + timedelta(hours=6),
        MONDAY + timedelta(days=1),
        MIDNIGHT - timedelta(seconds=1),
        MIDNIGHT,
        MONDAY + timedelta(days=9),
    ):
        made = case(class_group, RequestState.APPLIED)
        CorrectionRequest.objects.filter(pk=made.pk).update(decided_at=ended)

    with django_assert_num_queries(2):
        found = service_figures(
            cases_in(), calendar=work_calendar(), now=MONDAY + timedelta(days=30)
        )

    assert found == ServiceFigures(amount=5, median_days=2.6, on_time_percent=60)


def test_figures_look_back_half_a_year(class_group: ClassGroup) -> None:
    for _ in range(5):
        case(class_group, RequestState.APPLIED)
    closed = MONDAY + timedelta(days=1)

    found = [
        service_figures(
            cases_in(), calendar=work_calendar(), now=closed + timedelta(days=180) + offset
        )
        is None
        for offset in (timedelta(seconds=-1), timedelta(0))
    ]

    assert found == [False, True]
