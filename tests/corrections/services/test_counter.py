"""The counter desk: found by number and written down, confirmed with the document, a receipt for both."""

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, OutboxMessage
from corrections.models import AuditedStudent, AuditObjection, CounterVisit, GraduationAudit
from corrections.selectors.counter import counter_person, visits_visible_to
from corrections.services.counter import (
    confirm_in_person,
    counter_receipt,
    find_at_counter,
)
from corrections.states import ShownDocument
from corrections.states.graduation import ObjectionKind, ObjectionState
from enrollment.models import StudentRecord
from imaging.states.own_photo import OwnPhotoState
from tests.factories.corrections import make_counter_visit, make_request
from tests.factories.enrolment import bind, make_claim, make_record
from tests.factories.graduation import BEGAN, make_audit, make_audited
from tests.factories.imaging import make_member
from tests.factories.own_photo import make_own_photo
from tests.factories.people import make_identity

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_person_is_found_by_either_number_and_it_is_written_down(
    record: StudentRecord, li: User, now: datetime
) -> None:
    assert find_at_counter(typed=f" {record.id_number} ", actor=li, now=now) == [record]
    assert find_at_counter(typed=record.student_no, actor=li, now=now) == [record]

    events = AuditEvent.objects.filter(action="number.searched", subject_id=str(record.pk))
    assert events.count() == 2
    assert record.id_number not in json.dumps([event.details for event in events])


def test_nobody_is_found_by_a_part_of_a_number(
    record: StudentRecord, li: User, now: datetime
) -> None:
    assert find_at_counter(typed=record.student_no[:-1], actor=li, now=now) == []
    assert AuditEvent.objects.filter(action="number.searched").count() == 1


def test_hidden_record_is_not_found(record: StudentRecord, li: User, now: datetime) -> None:
    StudentRecord.objects.filter(pk=record.pk).update(
        hidden_at=now, hidden_by="测试", hidden_reason="测试"
    )

    assert find_at_counter(typed=record.student_no, actor=li, now=now) == []


def test_empty_number_says_what_to_do(li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="请刷身份证"):
        find_at_counter(typed="  ", actor=li, now=now)


@pytest.mark.parametrize("who", ["chen", "alice", "eve"])
def test_only_the_registrar_serves(
    who: str, record: StudentRecord, now: datetime, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(who)

    with pytest.raises(NotAllowedError):
        find_at_counter(typed=record.student_no, actor=actor, now=now)
    with pytest.raises(NotAllowedError):
        make_counter_visit(record, actor, at=now)

    assert CounterVisit.objects.count() == 0


def test_nobody_confirms_the_own_presence(li: User, now: datetime) -> None:
    own = make_record(student_no="2022049001")
    bind(own, make_identity(li))

    with pytest.raises(NotAllowedError, match="你自己的学籍"):
        make_counter_visit(own, li, at=now)


def test_document_that_does_not_fit_is_not_confirmed(
    record: StudentRecord, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="核对证件原件"):
        confirm_in_person(
            record=record,
            document=ShownDocument.PASSPORT,
            is_same=False,
            note="",
            actor=li,
            now=now,
        )

    assert CounterVisit.objects.count() == 0


def test_confirmation_freezes_what_was_read_and_tells_the_student(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    make_request(record)

    visit = make_counter_visit(record, li, at=now)

    rows = dict(json.loads(visit.content))
    assert rows["姓名"] == record.name
    assert record.id_number not in visit.content
    assert "学籍信息勘误" in rows
    assert rows["出示的证件"] == "居民身份证"
    assert AuditEvent.objects.get(action="countervisit.confirmed").subject_id == str(record.pk)
    told = OutboxMessage.objects.get(template="counter_confirmed")
    assert (told.user_id, told.params["number"]) == (alice.pk, visit.number)


def test_receipt_stays_the_same_whatever_becomes_of_the_record(
    record: StudentRecord, li: User, now: datetime
) -> None:
    visit = make_counter_visit(record, li, at=now)

    first = counter_receipt(visit=visit, actor=li, now=now)
    StudentRecord.objects.filter(pk=record.pk).update(remark="改了备注", major=None)
    again = counter_receipt(
        visit=CounterVisit.objects.get(pk=visit.pk), actor=li, now=now + timedelta(days=3)
    )

    assert again == first
    assert AuditEvent.objects.filter(action="countervisit.printed").count() == 2


def test_two_confirmations_have_digests_of_their_own(
    record: StudentRecord, li: User, now: datetime
) -> None:
    first = make_counter_visit(record, li, at=now)
    second = make_counter_visit(record, li, at=now + timedelta(seconds=1))

    assert first.digest != second.digest


def test_student_sees_the_own_receipt_and_nobody_elses(
    alice: User, eve: User, record: StudentRecord, li: User, now: datetime
) -> None:
    visit = make_counter_visit(record, li, at=now)

    assert list(visits_visible_to(alice)) == [visit]
    assert list(visits_visible_to(eve)) == []


def test_open_case_without_owner_says_so(record: StudentRecord, now: datetime) -> None:
    make_request(record)

    (case,) = counter_person(record, now=now).cases

    assert "还没有人受理" in case.note


def objection(record: StudentRecord, kind: ObjectionKind, **fields: Any) -> AuditObjection:
    """An objection that waits, to an item of the student or to the notice about the student."""
    audit = GraduationAudit.objects.first() or make_audit()
    student = AuditedStudent.objects.filter(record=record).first() or make_audited(record, audit)
    values = {"reason": "学分算错了", "received_at": BEGAN, "received_by": "测试", **fields}
    return AuditObjection.objects.create(audit=audit, kind=kind, student=student, **values)


@pytest.mark.parametrize("count", [1, 3])
def test_everything_that_waits_is_there_and_nothing_of_others(
    alice: User,
    eve: User,
    record: StudentRecord,
    now: datetime,
    count: int,
    django_assert_num_queries,
) -> None:
    identity = record.binding.identity
    member = make_member(record)
    make_own_photo(member, OwnPhotoState.IN_REVIEW, claimed_at=now, claimed_by="李老师")
    for _ in range(count):
        make_claim(identity)
        objection(record, ObjectionKind.NOTICE, objector=alice)
    item = GraduationAudit.objects.get().items.get()
    objection(record, ObjectionKind.ITEM, item=item)
    # What somebody else says of the student is not the student's, and no answer is awaited any more.
    objection(record, ObjectionKind.NOTICE, objector=eve)
    objection(record, ObjectionKind.NOTICE, objector=alice, state=ObjectionState.WITHDRAWN)
    make_claim(make_identity(eve))

    with django_assert_num_queries(10):
        found = counter_person(record, now=now).cases

    assert Counter(each.label for each in found) == {
        "自己交的照片": 1,
        "毕业审核异议": count + 1,
        "学籍认领": count,
    }
    assert [each.owner for each in found if each.label == "自己交的照片"] == ["李老师"]
    assert [reverse(f"admin:{each.model}_change", args=[each.pk]) for each in found]


def test_receipt_names_what_waits(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    make_claim(record.binding.identity)

    visit = make_counter_visit(record, li, at=now)

    rows = dict(json.loads(visit.content))
    assert rows["学籍认领"] == "等教务处核实"
    assert "没办结的事" not in rows
