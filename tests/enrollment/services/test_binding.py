"""Binding: the fact that only the person and the roster know, one answer to everything else."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity import DocumentType
from accounts.models import User
from accounts.states import Role
from common.errors import NotAllowedError
from common.models import AuditEvent, OutboxMessage
from common.ratelimit import TooManyError
from enrollment.models import Binding, School
from enrollment.services.binding import (
    attach_record,
    bind_new_records,
    bind_records,
    detach_record,
)
from enrollment.states import AssignmentRole, BindingFact, BindingSource
from tests.factories.enrolment import assign, bind, make_class, make_record, make_school
from tests.factories.people import make_identity, make_number, make_staff, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NUMBER = make_number(2)


def person(name: str = "沈若溪", number: str = NUMBER):
    """A declared person."""
    return make_identity(make_user(), name=name, number=number)


def give(identity, fact: str, now: datetime) -> list[str]:
    """Try to bind; returns the student numbers that were bound."""
    bound = bind_records(identity=identity, fact=fact, actor=identity.user, now=now)
    return [binding.record.student_no for binding in bound]


def test_right_fact_binds(now: datetime) -> None:
    record = make_record(id_number=NUMBER, candidate_no="22990101010123", student_no="S1")
    identity = person()

    assert give(identity, " 2299 0101 0101 23 ", now) == ["S1"]
    binding = Binding.objects.get()
    assert (binding.record_id, binding.identity_id) == (record.pk, identity.pk)
    assert (binding.source, binding.bound_at) == (BindingSource.FACT, now)


def test_binding_leaves_event_and_notice(now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    identity = person()

    give(identity, record.candidate_no, now)

    event = AuditEvent.objects.get()
    assert (event.action, event.subject_id) == ("binding.made", str(record.pk))
    notice = OutboxMessage.objects.get()
    assert (notice.template, notice.user_id) == ("identity_bound", identity.user_id)


@pytest.mark.parametrize(
    "wrong",
    ["fact", "name", "number", "nobody"],
)
def test_everything_wrong_gets_one_answer_at_one_cost(wrong: str, now: datetime) -> None:
    if wrong != "nobody":
        make_record(id_number=NUMBER, candidate_no="22990101010123")
    identity = person(
        name="沈若水" if wrong == "name" else "沈若溪",
        number=make_number(4) if wrong == "number" else NUMBER,
    )
    fact = "22990101010999" if wrong == "fact" else "22990101010123"

    with CaptureQueriesContext(connection) as queries:
        bound = give(identity, fact, now)

    assert bound == []
    assert Binding.objects.count() == 0
    assert AuditEvent.objects.get().action == "binding.refused"
    assert len(queries) == 8


def test_row_without_candidate_number_asks_for_the_student_number(now: datetime) -> None:
    make_record(id_number=NUMBER, candidate_no="", student_no="2022X7")

    assert give(person(), "2022x7", now) == ["2022X7"]


def test_row_with_candidate_number_does_not_take_the_student_number(now: datetime) -> None:
    make_record(id_number=NUMBER, student_no="S1")

    assert give(person(), "S1", now) == []


@pytest.mark.parametrize(
    ("rule", "fact", "expected"),
    [
        (BindingFact.NONE, "", ["S1"]),
        (BindingFact.STUDENT_NO, "S1", ["S1"]),
        (BindingFact.STUDENT_NO, "22990101010123", []),
        (BindingFact.CANDIDATE_NO, "22990101010123", ["S1"]),
        (BindingFact.CANDIDATE_NO, "", []),
    ],
)
def test_school_decides_the_fact(
    rule: BindingFact, fact: str, expected: list[str], now: datetime
) -> None:
    make_record(id_number=NUMBER, candidate_no="22990101010123", student_no="S1")
    School.objects.update(binding_fact=rule)

    assert give(person(), fact, now) == expected


def test_lookalikes_in_name_and_number_still_meet(now: datetime) -> None:
    record = make_record(id_number=f" {NUMBER} ".replace("X", "x"), name="古丽．阿依")

    assert give(person(name="古丽·阿依"), record.candidate_no, now) == [record.student_no]


def test_all_records_of_a_proven_person_are_bound(now: datetime) -> None:
    make_record(id_number=NUMBER, student_no="S1", candidate_no="A")
    make_record(id_number=NUMBER, student_no="S2", candidate_no="B")
    make_record(id_number=NUMBER, student_no="S3", candidate_no="A", name="沈若水")

    assert sorted(give(person(), "A", now)) == ["S1", "S2"]
    sources = dict(Binding.objects.values_list("record__student_no", "source"))
    assert sources == {"S1": BindingSource.FACT, "S2": BindingSource.ROSTER}


def test_record_of_somebody_else_stays_theirs(now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    bind(record, make_identity(make_user(), number=make_number(9)))

    assert give(person(), record.candidate_no, now) == []
    assert Binding.objects.count() == 1


def test_claimed_number_binds_nothing(now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    identity = person()
    identity.numbers.update(superseded_at=now)

    assert give(identity, record.candidate_no, now) == []


def test_sixth_try_of_an_account_is_refused(now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    identity = person()
    for serial in range(5):
        give(identity, f"wrong{serial}", now)

    with pytest.raises(TooManyError):
        give(identity, record.candidate_no, now)
    assert give(identity, record.candidate_no, now + timedelta(hours=1)) == [record.student_no]


def test_tries_are_counted_on_the_number_over_all_accounts(now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    for serial in range(5):
        squatter = person()
        squatter.numbers.update(superseded_at=now)
        give(squatter, f"wrong{serial}", now)

    with pytest.raises(TooManyError):
        give(person(), record.candidate_no, now)


def test_roster_decides_the_kind_of_document(now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    identity = make_identity(make_user(), number=NUMBER, id_type=DocumentType.OTHER)

    give(identity, record.candidate_no, now)

    identity.refresh_from_db()
    assert identity.numbers.get().id_type == DocumentType.RESIDENT_ID
    assert (identity.sex, str(identity.birth_date)) == ("女", "1886-03-12")


@pytest.mark.parametrize("role", [AssignmentRole.COUNSELLOR, AssignmentRole.COLLEGE_LEADER])
def test_staff_account_binds_nothing(role: AssignmentRole, now: datetime) -> None:
    record = make_record(id_number=NUMBER)
    identity = person()
    group = make_class()
    scope = (
        {"class_group": group} if role == AssignmentRole.COUNSELLOR else {"college": group.college}
    )
    assign(identity.user, role, **scope)

    with pytest.raises(NotAllowedError, match="工作账号"):
        give(identity, record.candidate_no, now)


def test_new_record_of_a_proven_person_is_bound_by_the_roster(now: datetime) -> None:
    identity = person()
    bind(make_record(id_number=NUMBER), identity)
    later = make_record(id_number=NUMBER, school=make_school("99998", "远山大学云岭学院"))

    assert bind_new_records(now=now) == 1
    assert bind_new_records(now=now) == 0
    binding = Binding.objects.get(record=later)
    assert (binding.identity_id, binding.source) == (identity.pk, BindingSource.ROSTER)
    assert OutboxMessage.objects.get().params["by_roster"] is True


def test_new_record_of_an_unproven_person_waits(now: datetime) -> None:
    person()
    make_record(id_number=NUMBER)

    assert bind_new_records(now=now) == 0


def test_only_the_named_records_are_looked_at(now: datetime) -> None:
    identity = person()
    bind(make_record(id_number=NUMBER), identity)
    first, second = make_record(id_number=NUMBER), make_record(id_number=NUMBER)

    assert bind_new_records(now=now, record_ids=[first.pk]) == 1
    assert not Binding.objects.filter(record=second).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_automatic_binding_is_set_based(count: int, now: datetime) -> None:
    identity = person()
    bind(make_record(id_number=NUMBER), identity)
    for _ in range(count):
        make_record(id_number=NUMBER)

    with CaptureQueriesContext(connection) as queries:
        assert bind_new_records(now=now) == count

    assert len(queries) == 9


def test_staff_attach_and_detach_with_a_reason(now: datetime) -> None:
    li: User = make_staff(Role.REGISTRAR, "li@example.test")
    record, identity = make_record(), person()

    binding = attach_record(record=record, identity=identity, reason="持证核实", actor=li, now=now)
    assert binding.source == BindingSource.STAFF
    with pytest.raises(NotAllowedError, match="已经绑定了账号"):
        attach_record(
            record=record, identity=person(number=make_number(4)), reason="再绑", actor=li, now=now
        )
    detach_record(record=record, reason="绑错了人", actor=li, now=now)

    assert Binding.objects.count() == 0
    assert list(AuditEvent.objects.order_by("pk").values_list("action", "reason")) == [
        ("binding.made", "持证核实"),
        ("binding.removed", "绑错了人"),
    ]
    with pytest.raises(NotAllowedError, match="没有绑定账号"):
        detach_record(record=record, reason="再解除", actor=li, now=now)
