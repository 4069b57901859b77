"""Two people at one moment: one certificate is handed out once, one result is decided once."""

from datetime import datetime
from functools import partial

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent
from corrections.models import AuditedStudent, Certificate
from corrections.services import graduation as service
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    CertificateState,
    ResultState,
    TakerKind,
)
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.graduation import make_audit, make_audited, make_certificate
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
