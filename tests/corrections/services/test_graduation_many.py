"""Two thousand students at once: a literal count of statements, nobody twice, and the single rule for each."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.errors import NotAllowedError
from common.models import AuditEvent, OutboxMessage
from common.policy import allowed
from corrections.models import AuditedStudent, AuditObjection, Certificate, GraduationAudit
from corrections.policies.graduation import check_can_print_certificate, result_actions
from corrections.selectors.graduation_scope import to_decide, to_print, to_propose
from corrections.services import graduation as service
from corrections.services.graduation import chunks
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    CertificateState,
    ItemState,
    ObjectionKind,
    ResultAction,
    ResultState,
)
from enrollment.models import StudentRecord
from tests.conftest import NOW
from tests.factories import enrolment, people
from tests.factories.graduation import (
    BEGAN,
    NOTICE_CLOSES,
    make_audit,
    make_audited,
    make_certificate,
    make_crowd,
)
from tests.factories.registering import register

pytestmark = pytest.mark.django_db

MANY = 2_000
IS_POSTGRES = connection.vendor == "postgresql"
OVER = NOTICE_CLOSES + timedelta(seconds=1)


def publish(audit: GraduationAudit) -> None:
    """The notice, as it stands in the table."""
    GraduationAudit.objects.filter(pk=audit.pk).update(
        state=AuditState.NOTICE,
        notice_opens_at=BEGAN,
        notice_closes_at=NOTICE_CLOSES,
        published_at=BEGAN,
        published_by="测试",
    )
    audit.refresh_from_db()


# Statements of propose, decide, print and fetch for one chunk, and for four: SQLite takes fewer values in each.
FEW = [10, 11, 10, 9]
ALL = [28, 32, 31, 21] if IS_POSTGRES else [48, 52, 87, 41]


@pytest.mark.parametrize(("amount", "statements"), [(1, FEW), (3, FEW), (MANY, ALL)])
def test_statements_are_counted_by_the_chunk_not_by_the_student(
    amount: int, statements: list[int], record: StudentRecord, secretary: User, li: User
) -> None:
    audit = make_audit()
    make_crowd(audit, amount, like=record, is_registered=True)
    asked, done = [], []

    def counted(act: Callable[..., int], at: datetime = NOW, **given: Any) -> None:
        with CaptureQueriesContext(connection) as queries:
            done.append(act(audit=audit, now=at, **given))
        asked.append(len(queries))

    counted(service.propose_all, actor=secretary)
    counted(service.decide_all, actor=li)
    publish(audit)
    counted(service.print_registered, actor=li)
    counted(service.fetch_certificates, OVER, actor=li, college=record.college, fetcher="周老师")

    assert done == [amount] * 4
    assert asked == statements
    for action in ("auditresult.proposed", "auditresult.decided", "certificate.fetched"):
        assert AuditEvent.objects.filter(action=action).count() == amount


def test_one_go_is_bounded_and_the_next_goes_on(
    record: StudentRecord, secretary: User, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = make_audit()
    make_crowd(audit, 5, like=record)
    make_audited(record, audit, marks={})  # open: passed over each time
    monkeypatch.setattr(chunks, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(chunks, "CHUNK", 2)

    proposed = [service.propose_all(audit=audit, actor=secretary, now=now) for _ in range(3)]
    decided = [service.decide_all(audit=audit, actor=li, now=now) for _ in range(3)]

    assert (proposed, decided) == ([4, 1, 0], [4, 1, 0])
    assert AuditEvent.objects.filter(action="auditresult.decided").count() == 5


def test_chunks_stay_whole_when_most_rows_cannot_be_done(
    record: StudentRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = make_audit()
    make_crowd(audit, 11, like=record)
    monkeypatch.setattr(chunks, "MOST_AT_ONCE", 4)
    monkeypatch.setattr(chunks, "CHUNK", 4)
    sizes: list[int] = []

    def act(some: list[AuditedStudent]) -> int:
        sizes.append(len(some))
        return 3 if len(sizes) == 1 else 0

    done = chunks.in_chunks(audit.students.all(), act)

    assert (done, sizes) == (3, [4, 4, 3])


def test_objected_changed_and_own_rows_wait_for_a_look(
    record: StudentRecord, secretary: User, li: User, now: datetime
) -> None:
    audit = make_audit()
    rows = [make_audited(enrolment.make_record(), audit, ResultState.PROPOSED) for _ in range(4)]
    objected, changed, own, plain = rows
    AuditObjection.objects.create(
        audit=audit,
        kind=ObjectionKind.ITEM,
        student=objected,
        item=audit.items.get(),
        reason="少算一门",
        received_at=BEGAN,
        received_by="本人",
    )
    changed.marks.update(state=ItemState.NOT_MET)
    owner = people.make_identity(li, name=own.record.name, number=own.record.id_number)
    enrolment.bind(own.record, owner)

    done = service.decide_all(audit=audit, actor=li, now=now)

    assert done == 1
    states = dict(AuditedStudent.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in rows] == [ResultState.PROPOSED] * 3 + [ResultState.DECIDED]
    plain.refresh_from_db()
    assert (plain.decided, plain.decided_by) == (AuditOutcome.GRADUATE, li.actor_label)
    assert not OutboxMessage.objects.filter(template="graduation_decided").exists()  # unbound


@pytest.mark.parametrize("who", ["secretary", "leader", "li", "auditor", "chen", "alice", "eve"])
def test_filters_and_policies_find_the_same_students(
    who: str, record: StudentRecord, alice: User, request: pytest.FixtureRequest, now: datetime
) -> None:
    user = request.getfixturevalue(who)
    science = enrolment.make_class(college=enrolment.make_college("理学院"))
    audit = make_audit()
    for state in ResultState:
        make_audited(enrolment.make_record(), audit, state)
        make_audited(enrolment.make_record(class_group=science), audit, state)
        make_audited(enrolment.make_record(), audit, state, college=None)
    make_audited(record, audit)
    mine = make_audited(enrolment.make_record(), audit, ResultState.PROPOSED, proposer=user)
    rows = list(audit.students.select_related("audit", "record"))

    for action, found in (
        (ResultAction.PROPOSE, to_propose(audit, user, now=now)),
        (ResultAction.DECIDE, to_decide(audit, user)),
    ):
        expected = {row.pk for row in rows if action in result_actions(user, row, now=now)}
        if action is ResultAction.PROPOSE or who == "li":
            assert (action, {row.pk for row in found}) == (action, expected)
        else:
            assert (action, expected) == (action, set())
    assert mine not in to_decide(audit, user)


def test_only_who_is_decided_without_certificate_is_printed(
    record: StudentRecord, li: User, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    rows = [
        make_audited(enrolment.make_record(), audit, ResultState.DECIDED, outcome)
        for outcome in AuditOutcome
    ]
    make_certificate(make_audited(enrolment.make_record(), audit, ResultState.DECIDED))
    own = make_audited(record, audit, ResultState.DECIDED)
    register(record, at=now)
    enrolment.bind(record, people.make_identity(li, name=record.name, number=record.id_number))

    found = set(to_print(audit, li).values_list("pk", flat=True))

    may = {row.pk for row in [*rows, own] if allowed(check_can_print_certificate, li, row)}
    assert found == may == {row.pk for row in rows if row.decided != AuditOutcome.DEFER}
    assert service.print_registered(audit=audit, actor=li, now=now) == 0
    with pytest.raises(NotAllowedError):
        service.print_certificate(student=own, number="A1", actor=li, now=now)
    assert not Certificate.objects.filter(student=own).exists()


def test_number_registered_twice_is_entered_once(
    record: StudentRecord, li: User, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    make_audited(record, audit, ResultState.DECIDED)
    used = make_audited(enrolment.make_record(), audit, ResultState.DECIDED)
    graduation = register(record, at=now)
    make_certificate(used, CertificateState.VOID, number=graduation.certificate_no)

    assert service.print_registered(audit=audit, actor=li, now=now) == 0


@pytest.mark.parametrize("state", [AuditState.DRAFT, AuditState.NOTICE, AuditState.CLOSED])
def test_nothing_is_done_at_once_outside_of_the_checking(
    state: AuditState, record: StudentRecord, secretary: User, li: User, now: datetime
) -> None:
    audit = make_audit(state)
    make_audited(record, audit)

    for act, actor in ((service.propose_all, secretary), (service.decide_all, li)):
        with pytest.raises(NotAllowedError):
            act(audit=audit, actor=actor, now=now)
