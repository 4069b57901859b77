"""One official at a time: in hand, laid down, run out, taken over; two who come at once."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent
from corrections.models import CorrectionRequest
from corrections.services.holding import hold_request, release_request, take_over_request
from corrections.services.moves import HOLD_FOR
from corrections.services.request import refuse_request, report_to_province, take_request
from corrections.states import HOLDABLE, RequestState
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.corrections import make_request
from tests.factories.racing import together


def fresh(request: CorrectionRequest) -> CorrectionRequest:
    """As another official would read it."""
    return CorrectionRequest.objects.get(pk=request.pk)


@pytest.fixture
def zhao(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "zhao@example.test")


@pytest.mark.parametrize(("offset", "may"), [(-1, False), (0, True), (1, True)])
def test_held_case_waits_for_its_holder(
    record: StudentRecord, li: User, zhao: User, now: datetime, offset: int, may: bool
) -> None:
    request = take_request(request=make_request(record), actor=li, now=now)
    then = now + HOLD_FOR + timedelta(seconds=offset)

    if not may:
        with pytest.raises(NotAllowedError, match="正在办这张勘误单"):
            refuse_request(request=fresh(request), answer="不对", actor=zhao, now=then)
        return
    refuse_request(request=fresh(request), answer="不对", actor=zhao, now=then)
    assert fresh(request).state == RequestState.REFUSED


def test_released_case_is_free(record: StudentRecord, li: User, zhao: User, now: datetime) -> None:
    request = take_request(request=make_request(record), actor=li, now=now)

    with pytest.raises(NotAllowedError):
        release_request(request=fresh(request), actor=zhao, now=now)
    release_request(request=request, actor=li, now=now)
    hold_request(request=fresh(request), actor=zhao, now=now)

    assert fresh(request).holder == zhao


def test_take_over_needs_a_reason_and_leaves_it(
    record: StudentRecord, li: User, zhao: User, now: datetime
) -> None:
    request = take_request(request=make_request(record), actor=li, now=now)

    with pytest.raises(InvalidInputError, match="为什么接过来"):
        take_over_request(request=fresh(request), reason=" ", actor=zhao, now=now)
    take_over_request(request=fresh(request), reason="李老师出差", actor=zhao, now=now)

    with pytest.raises(NotAllowedError, match="正在办"):
        report_to_province(request=fresh(request), note="属实", actor=li, now=now)
    event = AuditEvent.objects.get(action="correction.taken_over")
    assert (event.reason, fresh(request).holder) == ("李老师出差", zhao)


def test_free_case_is_not_taken_over(record: StudentRecord, li: User, now: datetime) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)

    with pytest.raises(NotAllowedError, match="不用接"):
        take_over_request(request=request, reason="试试", actor=li, now=now)


@pytest.mark.parametrize("state", list(RequestState))
def test_which_states_are_held(
    record: StudentRecord, secretary: User, li: User, state: RequestState, now: datetime
) -> None:
    request = make_request(record, state)
    actor = secretary if state == RequestState.COLLEGE_REVIEW else li

    if state in HOLDABLE:
        assert hold_request(request=request, actor=actor, now=now).holder == actor
    else:
        with pytest.raises(Exception, match="不用人办"):
            hold_request(request=request, actor=actor, now=now)


@pytest.mark.parametrize("name", ["alice", "monitor", "chen", "secretary", "auditor", "eve"])
def test_case_of_the_office_is_held_by_the_office(
    name: str, record: StudentRecord, now: datetime, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(name)
    case = make_request(record, RequestState.OFFICE_REVIEW)

    with pytest.raises(NotAllowedError):
        hold_request(request=case, actor=actor, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_officials_at_once(record: StudentRecord, li: User, zhao: User, now: datetime) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    copies = [(fresh(case), li), (fresh(case), zhao)]

    told = together(
        [partial(hold_request, request=found, actor=actor, now=now) for found, actor in copies]
    )

    assert sorted(bool(each) for each in told) == [False, True]
    assert fresh(case).holder in {li, zhao}


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once(record: StudentRecord, li: User, zhao: User, now: datetime) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    first, second = fresh(case), fresh(case)

    told = together(
        [
            lambda: refuse_request(request=first, answer="不对", actor=li, now=now),
            lambda: report_to_province(request=second, note="属实", actor=zhao, now=now),
        ]
    )

    assert sorted(bool(each) for each in told) == [False, True]
    assert fresh(case).steps.count() == 1
