"""How long cases lie, whether that is too long, and who owns them: Python and SQL agree."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import SpecialDay
from corrections.models import CaseStay, CaseTerm, CorrectionRequest
from corrections.selectors.ageing import ageing_of, owners_of, terms, turn_of, unclocked_requests
from corrections.services.terms import enter_states
from corrections.states import AWAITED, RequestState
from corrections.states.terms import DEFAULT_WORKDAYS, TURNS, Turn
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.corrections import make_request

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def clocked(record: StudentRecord, actor: User, now: datetime, **fields: Any) -> CaseStay:
    request = make_request(record, **fields)
    enter_states([request], actor=actor, now=now)
    return request.stays.get()


def test_every_open_state_has_an_owner_and_a_term() -> None:
    assert set(TURNS) == set(AWAITED)
    assert set(DEFAULT_WORKDAYS) == set(AWAITED)
    assert set(terms()) == set(AWAITED)


def test_term_of_the_office_goes_before_the_usual(db: None) -> None:
    CaseTerm.objects.create(stage=RequestState.OFFICE_REVIEW, workdays=3)

    assert terms()[RequestState.OFFICE_REVIEW] == 3


@pytest.mark.parametrize(
    ("offset", "is_late"), [(-SECOND, False), (0 * SECOND, True), (SECOND, True)]
)
def test_overdue_in_python_and_in_sql(
    record: StudentRecord, li: User, now: datetime, offset: timedelta, *, is_late: bool
) -> None:
    stay = clocked(record, li, now)
    at = stay.due_at + offset

    assert stay.is_overdue_at(at) == is_late
    assert CaseStay.objects.overdue_at(at).exists() == is_late
    assert ageing_of(stay, now=at).is_overdue == is_late


@pytest.mark.parametrize(
    ("offset", "is_old"), [(-SECOND, False), (0 * SECOND, True), (SECOND, True)]
)
def test_age_in_python_and_in_sql(
    record: StudentRecord, li: User, now: datetime, offset: timedelta, *, is_old: bool
) -> None:
    stay = clocked(record, li, now)
    at = now + timedelta(days=7) + offset

    assert stay.is_aged_at(at, days=7) == is_old
    assert CaseStay.objects.aged_at(at, days=7).exists() == is_old


def test_left_stay_is_never_overdue(record: StudentRecord, li: User, now: datetime) -> None:
    stay = clocked(record, li, now)
    CaseStay.objects.update(left_at=now, left_by="测试")
    stay.refresh_from_db()
    late = stay.due_at + timedelta(days=1)

    assert not stay.is_overdue_at(late)
    assert not CaseStay.objects.overdue_at(late).exists()


def test_due_moment_counts_working_days_and_special_ones(
    record: StudentRecord, li: User, now: datetime
) -> None:
    # From Friday 12 June: 15, 16, 17, 18 June; 19 June is the Dragon Boat Festival; 22 June.
    SpecialDay.objects.create(on_date="2026-06-15", is_workday=False, note="校庆")
    CaseTerm.objects.create(stage=RequestState.SUBMITTED, workdays=4)

    stay = clocked(record, li, now)

    assert f"{stay.due_at:%F %T}" == "2026-06-22 16:00:00"


def test_days_and_words_of_a_stay(record: StudentRecord, li: User, now: datetime) -> None:
    stay = clocked(record, li, now)
    fresh = ageing_of(stay, now=now)
    late = ageing_of(stay, now=stay.due_at + timedelta(days=1))

    assert (fresh.days, fresh.overdue_days, fresh.text) == (0, 0, "第 1 天")
    assert (late.is_overdue, late.overdue_days) == (True, 2)
    assert late.text.endswith("，超期 2 天")


def test_student_owns_what_was_returned(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.RETURNED)

    assert turn_of(request.state) is Turn.STUDENT
    assert owners_of(request, now=now) == [alice]


def test_office_owns_what_nobody_can_be_asked_about(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.RETURNED)

    assert owners_of(request, now=now) == [li]


def test_handler_owns_the_case_alone(record: StudentRecord, li: User, now: datetime) -> None:
    people.make_staff(Role.REGISTRAR, "wang@example.test")
    request = make_request(record, RequestState.OFFICE_REVIEW, handler=li)

    assert owners_of(request, now=now) == [li]


@pytest.mark.parametrize("state", list(RequestState))
def test_open_case_without_a_clock_is_found(
    record: StudentRecord, li: User, now: datetime, state: RequestState
) -> None:
    request = make_request(record, state)

    assert list(unclocked_requests()) == ([request] if state in AWAITED else [])
    enter_states([request], actor=li, now=now)
    assert not unclocked_requests().exists()


def test_clock_of_another_state_does_not_count(
    record: StudentRecord, li: User, now: datetime
) -> None:
    stay = clocked(record, li, now)
    CorrectionRequest.objects.update(state=RequestState.OFFICE_REVIEW)

    assert list(unclocked_requests()) == [stay.request]
