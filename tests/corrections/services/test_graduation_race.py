"""Two people at one moment: one certificate is handed out once, one result is decided once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent
from corrections.models import AuditedStudent, Certificate, GraduationAudit
from corrections.services import graduation as service
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    CertificateState,
    ItemState,
    ResultState,
    TakerKind,
)
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.graduation import (
    NOTICE_CLOSES,
    make_audit,
    make_audited,
    make_certificate,
)
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]


def test_two_counters_hand_out_one_certificate_once(
    record: StudentRecord, li: User, now: datetime
) -> None:
    audit = make_audit(AuditState.CLOSED)
    make_certificate(make_audited(record, audit, ResultState.DECIDED))
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    rows = Certificate.objects.select_related("student__record", "student__audit")
    hands = [
        partial(
            service.hand_out,
            certificate=rows.get(),
            taker=TakerKind.SELF,
            actor=actor,
            now=now,
        )
        for actor in (li, wu)
    ]

    said = together(hands)

    assert said.count("") == 1
    assert Certificate.objects.get().state == CertificateState.HANDED
    assert AuditEvent.objects.filter(action="certificate.handed").count() == 1


def test_two_of_the_office_decide_once(record: StudentRecord, li: User, now: datetime) -> None:
    make_audited(record, make_audit(), ResultState.PROPOSED)
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    students = AuditedStudent.objects.select_related("audit", "record")
    decisions = [
        partial(
            service.decide_result,
            student=students.get(),
            outcome=outcome,
            note="核对过",
            actor=actor,
            now=now,
        )
        for actor, outcome in ((li, AuditOutcome.GRADUATE), (wu, AuditOutcome.DEFER))
    ]

    said = together(decisions)

    assert said.count("") == 1
    assert AuditEvent.objects.filter(action="auditresult.decided").count() == 1


def test_notice_is_retracted_or_the_certificate_handed_out_never_both(
    record: StudentRecord, li: User
) -> None:
    audit = make_audit(AuditState.NOTICE)
    make_certificate(make_audited(record, audit, ResultState.DECIDED))
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    row = Certificate.objects.select_related("student__record", "student__audit").get()
    acts: list[Callable[[], object]] = [
        partial(
            service.hand_out, certificate=row, taker=TakerKind.SELF, actor=li, now=NOTICE_CLOSES
        ),
        partial(service.retract_notice, audit=audit, reason="写错了", actor=wu, now=NOTICE_CLOSES),
    ]

    said = together(acts)

    assert said.count("") == 1
    is_handed = Certificate.objects.get().state == CertificateState.HANDED
    assert is_handed == (GraduationAudit.objects.get().state == AuditState.NOTICE)


def test_two_of_the_office_enter_one_certificate_once(
    record: StudentRecord, li: User, now: datetime
) -> None:
    student = make_audited(record, make_audit(AuditState.NOTICE), ResultState.DECIDED)
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    prints = [
        partial(service.print_certificate, student=student, number=number, actor=actor, now=now)
        for actor, number in ((li, "A1"), (wu, "A2"))
    ]

    said = together(prints)

    assert said.count("") == 1
    assert Certificate.objects.count() == 1


def test_two_clicks_decide_everybody_once(record: StudentRecord, li: User, now: datetime) -> None:
    audit = make_audit()
    make_audited(record, audit, ResultState.PROPOSED)
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    clicks = [partial(service.decide_all, audit=audit, actor=actor, now=now) for actor in (li, wu)]

    assert together(clicks) == ["", ""]
    assert AuditEvent.objects.filter(action="auditresult.decided").count() == 1


@pytest.mark.parametrize(
    "act",
    ["propose", "return", "decide", "reopen", "drop", "mark", "object"],
)
def test_round_is_held_before_its_student(
    act: str, record: StudentRecord, alice: User, secretary: User, li: User, now: datetime
) -> None:
    """Else a notice, or a list that is written, passes between the look at the round and the write."""
    states = {"return": ResultState.PROPOSED, "decide": ResultState.PROPOSED}
    state = ResultState.DECIDED if act == "reopen" else states.get(act, ResultState.PENDING)
    student = make_audited(record, make_audit(), state)
    item = student.audit.items.get()
    given: dict[str, Any] = {"student": student, "now": now}
    acts: dict[str, Callable[..., object]] = {
        "propose": partial(service.propose_result, outcome=AuditOutcome.GRADUATE, actor=secretary),
        "return": partial(service.return_result, note="再核学分", actor=li),
        "decide": partial(service.decide_result, outcome=AuditOutcome.GRADUATE, actor=li),
        "reopen": partial(service.reopen_result, note="有变化", actor=li),
        "drop": partial(service.drop_student, note="转学了", actor=li),
        "mark": partial(
            service.set_mark, item=item, state=ItemState.MET, note="", reason="补录", actor=li
        ),
        "object": partial(service.object_to_item, item=item, reason="少算一门", actor=alice),
    }

    with CaptureQueriesContext(connection) as queries:
        acts[act](**given)

    tables = [_read_from(each["sql"]) for each in queries if each["sql"].startswith("SELECT")]
    ours = [name for name in tables if name in {"graduationaudit", "auditedstudent"}]
    assert ours[:2] == ["graduationaudit", "auditedstudent"]


def _read_from(sql: str) -> str:
    """The table that a SELECT begins with."""
    return sql.partition(' FROM "corrections_')[2].partition('"')[0]


def test_notice_is_published_or_the_result_reopened_never_both(
    record: StudentRecord, li: User, now: datetime
) -> None:
    audit = make_audit()
    make_audited(record, audit, ResultState.DECIDED)
    wu = people.make_staff(Role.REGISTRAR, "wu@example.test")
    student = AuditedStudent.objects.select_related("audit", "record").get()
    acts: list[Callable[[], object]] = [
        partial(
            service.publish_notice,
            audit=audit,
            opens_at=now,
            closes_at=now + timedelta(days=3),
            actor=li,
            now=now,
        ),
        partial(service.reopen_result, student=student, note="有变化", actor=wu, now=now),
    ]

    said = together(acts)

    assert said.count("") == 1
    is_reopened = AuditedStudent.objects.get().state == ResultState.PENDING
    assert is_reopened == (GraduationAudit.objects.get().state == AuditState.CHECKING)
