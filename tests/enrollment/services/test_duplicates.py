"""Duplicates: two people, nothing lost, and the way back."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections

from accounts.models import User
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import Binding, DuplicateCase, StatusChange, StudentRecord
from enrollment.selectors import records_of
from enrollment.services.binding import bind_new_records
from enrollment.services.duplicates import (
    confirm_duplicate,
    decline_duplicate,
    propose_duplicate,
    undo_duplicate,
)
from enrollment.states import DuplicateState, EnrollmentStatus
from imaging.selectors.campaigns import records_to_propose
from tests.factories import enrolment, imaging, people

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def twin(record: StudentRecord, alice: User) -> StudentRecord:
    """The same enrolment once more, bound to the same person."""
    found = enrolment.make_record(name=record.name, id_number=record.id_number)
    enrolment.bind(found, alice.identity)
    return found


def propose(twin: StudentRecord, stays: StudentRecord, actor: User, now) -> DuplicateCase:
    return propose_duplicate(record=twin, stays=stays, reason="同一次录取", actor=actor, now=now)


def test_proposal_changes_nothing(twin, record, alice: User, li: User, now: datetime) -> None:
    propose(twin, record, li, now)

    twin.refresh_from_db()
    assert (twin.enrollment_status, twin.duplicate_of) == ("REGISTERED", None)
    assert records_of(alice).count() == 2


def test_who_proposed_does_not_confirm(twin, record, li: User, now: datetime) -> None:
    case = propose(twin, record, li, now)

    with pytest.raises(NotAllowedError, match="另一位"):
        confirm_duplicate(case=case, actor=li, now=now)

    case.refresh_from_db()
    assert case.state == DuplicateState.PROPOSED


def test_second_person_cancels_it_and_everything_is_kept(
    twin, record, alice: User, li: User, now: datetime
) -> None:
    case = propose(twin, record, li, now)
    confirm_duplicate(case=case, actor=people.make_user("second@example.test"), now=now)

    twin.refresh_from_db()
    assert (twin.enrollment_status, twin.duplicate_of) == ("CANCELLED", record)
    assert list(records_of(alice)) == [record]
    assert Binding.objects.filter(record=twin).exists()
    assert StatusChange.objects.get(record=twin).source == "DUPLICATE"
    assert [row.template for row in OutboxMessage.objects.filter(user=alice)] == [
        "record_duplicate"
    ]
    assert AuditEvent.objects.filter(action__startswith="duplicate.").count() == 2
    with pytest.raises(StaleStateError):
        confirm_duplicate(case=case, actor=people.make_user("third@example.test"), now=now)


def test_cancelled_one_is_neither_bound_nor_proposed(record, alice: User, li: User, now) -> None:
    twin = enrolment.make_record(name=record.name, id_number=record.id_number)
    campaign = imaging.make_campaign()
    case = propose(twin, record, li, now)
    confirm_duplicate(case=case, actor=people.make_user("second@example.test"), now=now)
    # An import may bring the status back; the pointer stays.
    StudentRecord.objects.filter(pk=twin.pk).update(enrollment_status="REGISTERED")

    assert bind_new_records(now=now) == 0
    assert twin not in records_to_propose(campaign, now=now)
    assert record in records_to_propose(campaign, now=now)


def test_undo_restores_the_status_that_was(twin, record, alice: User, li: User, now) -> None:
    StudentRecord.objects.filter(pk=twin.pk).update(
        enrollment_status=EnrollmentStatus.SUSPENDED, enrollment_status_text="在籍(休学)"
    )
    twin.refresh_from_db()
    case = propose(twin, record, li, now)
    confirm_duplicate(case=case, actor=people.make_user("second@example.test"), now=now)

    undo_duplicate(case=case, reason="两次录取", actor=li, now=now + timedelta(minutes=1))

    twin.refresh_from_db()
    assert (twin.enrollment_status, twin.enrollment_status_text, twin.duplicate_of) == (
        "SUSPENDED",
        "在籍(休学)",
        None,
    )
    assert records_of(alice).count() == 2
    propose(twin, record, li, now)  # may be proposed again


def test_declined_case_can_be_proposed_again(twin, record, li: User, now: datetime) -> None:
    case = propose(twin, record, li, now)
    decline_duplicate(case=case, reason="两个专业", actor=li, now=now)

    assert propose(twin, record, li, now).pk != case.pk


def test_pair_must_make_sense(twin, record, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError):
        propose(record, record, li, now)
    case = propose(twin, record, li, now)
    with pytest.raises(StaleStateError, match="已经在按重复学籍处理"):
        propose(twin, record, li, now)
    confirm_duplicate(case=case, actor=people.make_user("second@example.test"), now=now)
    twin.refresh_from_db()
    third = enrolment.make_record()
    with pytest.raises(InvalidInputError, match="自己就是注销了的"):
        propose(third, twin, li, now)
    with pytest.raises(NotAllowedError, match="先恢复"):
        propose(record, third, li, now)


@pytest.mark.django_db(transaction=True)
def test_confirming_and_declining_at_once_has_one_winner(now: datetime) -> None:
    record, twin = enrolment.make_record(), enrolment.make_record()
    case = propose(twin, record, people.make_user("one@example.test"), now)
    others = [people.make_user(f"{name}@example.test") for name in ("two", "three")]
    barrier, said = Barrier(2), []

    def decide(actor: User, *, confirm: bool) -> None:
        own = DuplicateCase.objects.get(pk=case.pk)
        barrier.wait()
        try:
            if confirm:
                confirm_duplicate(case=own, actor=actor, now=now)
            else:
                decline_duplicate(case=own, reason="不是", actor=actor, now=now)
            said.append(own.state)
        except DomainError:
            pass
        finally:
            connections.close_all()

    threads = [
        Thread(target=decide, args=(actor,), kwargs={"confirm": index == 0})
        for index, actor in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    case.refresh_from_db()
    twin.refresh_from_db()
    assert said == [case.state]
    assert (twin.duplicate_of_id is not None) is (case.state == DuplicateState.CONFIRMED)
