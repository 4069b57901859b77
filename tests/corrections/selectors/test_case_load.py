"""Cases as work: unowned first, by working days, and figures that speak of nobody alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.rehearsal import REHEARSAL_MARK
from common.workdays import work_calendar
from corrections.models import CaseStay, CorrectionRequest
from corrections.selectors.ageing import overdue_requests
from corrections.selectors.case_load import (
    CaseAges,
    ServiceFigures,
    case_ages_of_classes,
    case_load,
    cases_in,
    service_figures,
)
from corrections.selectors.rehearsals import is_rehearsed
from corrections.states import RequestState
from enrollment.models import ClassGroup, College, School
from tests.factories import enrolment
from tests.factories.corrections import make_request
from tests.factories.imaging import make_campaign, make_member

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


def clock(made: CorrectionRequest, due_at: datetime = MIDNIGHT, **fields: Any) -> CorrectionRequest:
    """The case lies in its state until `due_at` at most."""
    values = {"state": made.state, "entered_at": MONDAY, "entered_by": "测试", **fields}
    CaseStay.objects.create(request=made, due_at=due_at, **values)
    return made


@pytest.mark.parametrize(
    ("offset", "ages"), [(-1, CaseAges(fresh=1)), (0, CaseAges(late=1)), (1, CaseAges(late=1))]
)
def test_case_is_late_from_the_end_of_its_term(
    class_group: ClassGroup, offset: int, ages: CaseAges
) -> None:
    made = clock(case(class_group))
    at = MIDNIGHT + timedelta(seconds=offset)

    assert case_ages_of_classes(ClassGroup.objects.all(), now=at) == ages
    assert list(overdue_requests(now=at)) == ([made] if ages.late else [])


def test_case_without_a_clock_is_not_late_yet(class_group: ClassGroup) -> None:
    case(class_group)

    assert case_ages_of_classes(
        ClassGroup.objects.all(), now=MIDNIGHT + timedelta(days=90)
    ) == CaseAges(fresh=1)


def test_five_working_days_beyond_the_term_are_very_late(class_group: ClassGroup) -> None:
    clock(case(class_group))
    # Thursday to Wednesday, over the weekend.
    ends = datetime(2026, 6, 17, 16, tzinfo=UTC)

    found = [
        case_ages_of_classes(ClassGroup.objects.all(), now=ends + offset)
        for offset in (timedelta(seconds=-1), timedelta(0))
    ]

    assert found == [CaseAges(late=1), CaseAges(latest=1)]


@pytest.mark.parametrize(
    ("state", "in_term", "beyond"),
    [
        (RequestState.OFFICE_REVIEW, CaseAges(fresh=1), CaseAges(late=1)),
        (RequestState.APPROVED, CaseAges(fresh=1), CaseAges(late=1)),
        # Somebody of the office has to ask there.
        (RequestState.AWAITING_PROVINCE, CaseAges(away=1), CaseAges(late=1)),
        (RequestState.RECAPTURE, CaseAges(away=1), CaseAges(late=1)),
        (RequestState.RETURNED, CaseAges(away=1), CaseAges(away=1)),
        (RequestState.RECHECK, CaseAges(), CaseAges()),
    ],
)
def test_what_waits_elsewhere_stands_apart(
    class_group: ClassGroup, state: RequestState, in_term: CaseAges, beyond: CaseAges
) -> None:
    clock(case(class_group, state))

    found = [
        case_ages_of_classes(ClassGroup.objects.all(), now=MIDNIGHT + offset)
        for offset in (timedelta(seconds=-1), timedelta(0))
    ]

    assert found == [in_term, beyond]
    assert overdue_requests(now=MIDNIGHT).count() == beyond.late


@pytest.mark.parametrize("count", [1, 3])
def test_load_by_owner_with_the_unowned_first(
    class_group: ClassGroup, li: User, now: datetime, count: int, django_assert_num_queries
) -> None:
    for _ in range(count):
        clock(case(class_group, RequestState.OFFICE_REVIEW, handler=li))
        clock(case(class_group))
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

    found = service_figures(cases_in(), now=MIDNIGHT)

    assert (found is not None) is is_shown


def test_figures_are_the_median_and_the_share_within_the_terms(
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
        worked: dict[str, Any] = {
            "state": RequestState.OFFICE_REVIEW,
            "left_at": ended,
            "left_by": "测试",
        }
        clock(made, **worked)
        # The student took longer than asked for, which is nobody else's delay.
        clock(
            made,
            MONDAY + timedelta(hours=1),
            **worked | {"state": RequestState.RETURNED},
        )

    with django_assert_num_queries(1):
        found = service_figures(cases_in(), now=MONDAY + timedelta(days=30))

    assert found == ServiceFigures(amount=5, median_days=2.6, on_time_percent=60)


def test_share_is_not_told_of_cases_without_a_clock(class_group: ClassGroup) -> None:
    for _ in range(5):
        case(class_group, RequestState.APPLIED)

    found = service_figures(cases_in(), now=MIDNIGHT)

    assert found == ServiceFigures(amount=5, median_days=1.0, on_time_percent=None)


def test_figures_look_back_half_a_year(class_group: ClassGroup) -> None:
    for _ in range(5):
        case(class_group, RequestState.APPLIED)
    closed = MONDAY + timedelta(days=1)

    found = [
        service_figures(cases_in(), now=closed + timedelta(days=180) + offset) is None
        for offset in (timedelta(seconds=-1), timedelta(0))
    ]

    assert found == [False, True]


@pytest.mark.parametrize("is_rehearsal", [True, False])
@pytest.mark.parametrize("is_direct", [True, False])
def test_rehearsed_cases_count_nowhere(
    class_group: ClassGroup, *, is_rehearsal: bool, is_direct: bool
) -> None:
    title = f"{REHEARSAL_MARK}毕业校对" if is_rehearsal else "毕业校对"
    campaign = make_campaign(title=title, is_rehearsal=is_rehearsal)
    campaign.schools.set(School.objects.filter(is_demo=True))
    made = enrolment.make_record(class_group=class_group)
    request = make_request(made, member=make_member(made, campaign))
    if is_direct:
        CorrectionRequest.objects.update(conclusion=None)
    request.refresh_from_db()

    found = [cases_in().count(), cases_in(class_group.college).count()]

    assert found == ([0, 0] if is_rehearsal else [1, 1])
    assert is_rehearsed(request) is (is_rehearsal and is_direct)
