"""The clock of cases: started by moves, made up for by a sweep, announced once when it has run out."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from common.models import AuditEvent, OutboxMessage
from common.outbox import rendered
from corrections.models import CaseStay, CorrectionRequest
from corrections.services.request import take_request
from corrections.services.sweep import open_due_requests
from corrections.services.terms import announce_overdue, enter_states, follow_cases
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories.corrections import lock_of, make_dispute, make_request
from tests.factories.imaging import make_member
from tests.factories.racing import together

pytestmark = pytest.mark.django_db


def states() -> list[tuple[str, bool]]:
    return [(stay.state, stay.left_at is None) for stay in CaseStay.objects.order_by("pk")]


def test_case_of_the_sweep_has_a_clock(record: StudentRecord, alice: User) -> None:
    locks_at = lock_of(make_dispute(make_member(record)))

    open_due_requests(now=locks_at)

    assert states() == [(RequestState.SUBMITTED, True)]


def test_move_ends_one_stay_and_begins_the_next(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record)
    follow_cases(now=now)

    take_request(request=request, actor=li, now=now + timedelta(hours=1))

    assert states() == [(RequestState.SUBMITTED, False), (RequestState.OFFICE_REVIEW, True)]
    first, second = CaseStay.objects.order_by("pk")
    assert (first.left_at, second.entered_at) == (now + timedelta(hours=1),) * 2
    assert first.left_by == second.entered_by == li.actor_label


def test_closed_case_lies_nowhere(record: StudentRecord, li: User, now: datetime) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)
    enter_states([request], actor=li, now=now)
    CorrectionRequest.objects.update(
        state=RequestState.REFUSED,
        closed_at=now,
        closed_by=li.actor_label,
        decided_at=now,
        decided_by=li.actor_label,
    )
    request.refresh_from_db()

    enter_states([request], actor=li, now=now)

    assert states() == [(RequestState.OFFICE_REVIEW, False)]


def test_sweep_starts_missing_clocks_once(record: StudentRecord, now: datetime) -> None:
    make_request(record)

    assert [follow_cases(now=now), follow_cases(now=now)] == [1, 0]
    assert states() == [(RequestState.SUBMITTED, True)]


def test_overdue_case_is_announced_once_to_its_owner(
    record: StudentRecord, alice: User, li: User, eve: User, now: datetime
) -> None:
    request = make_request(record)
    follow_cases(now=now)
    due_at = request.stays.get().due_at

    early = announce_overdue(now=due_at - timedelta(seconds=1))
    on_time = announce_overdue(now=due_at)
    again = announce_overdue(now=due_at + timedelta(days=1))

    assert [early, on_time, again] == [0, 1, 0]
    message = OutboxMessage.objects.get(template="correction_overdue")
    assert (message.user, message.params["is_own"]) == (li, False)
    assert AuditEvent.objects.filter(action="correction.overdue").count() == 1


def test_next_stay_is_announced_anew(record: StudentRecord, li: User, now: datetime) -> None:
    request = make_request(record)
    follow_cases(now=now)
    first = announce_overdue(now=now + timedelta(days=60))
    take_request(request=request, actor=li, now=now + timedelta(days=60))

    second = announce_overdue(now=now + timedelta(days=120))

    assert [first, second] == [1, 1]


def test_student_is_told_in_the_own_words(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    make_request(record, RequestState.RETURNED)
    follow_cases(now=now)

    announce_overdue(now=now + timedelta(days=60))

    message = OutboxMessage.objects.get(template="correction_overdue")
    assert (message.user, message.params["is_own"]) == (alice, True)
    assert "姓名：原来 沈*溪，应为 沈*谿" in rendered(message)[1]


def test_case_has_one_clock_at_a_time(record: StudentRecord, li: User, now: datetime) -> None:
    request = make_request(record)
    enter_states([request], actor=li, now=now)
    stay = request.stays.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        CaseStay.objects.create(
            request=request,
            state=request.state,
            entered_at=now,
            entered_by="测试",
            due_at=stay.due_at,
        )


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_tell_once(record: StudentRecord, li: User, now: datetime) -> None:
    make_request(record)
    follow_cases(now=now)
    late = now + timedelta(days=60)

    together([lambda: announce_overdue(now=late)] * 2)

    assert OutboxMessage.objects.filter(template="correction_overdue").count() == 1
