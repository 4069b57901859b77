"""Objections and certificates: windows to the second, every state × action × role, one hand-out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.admin import rehearsal
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import OutboxMessage
from corrections.models import (
    AuditObjection,
    Certificate,
    CertificateCorrection,
)
from corrections.policies.graduation import certificate_actions, objection_actions
from corrections.services import graduation as service
from corrections.states.graduation import (
    CERTIFICATE,
    OBJECTION,
    AuditOutcome,
    AuditState,
    CertificateAction,
    CertificateState,
    ObjectionAction,
    ObjectionKind,
    ObjectionState,
    ResultState,
    TakerKind,
)
from enrollment.models import StudentRecord
from tests.factories import enrolment, people
from tests.factories.graduation import (
    BEGAN,
    NOTICE_CLOSES,
    NOTICE_OPENS,
    make_audit,
    make_audited,
    make_certificate,
)
from tests.factories.registering import register

pytestmark = pytest.mark.django_db

PEOPLE = ("alice", "chen", "secretary", "leader", "li", "auditor", "eve")
ITEM_ROLES = {
    ObjectionAction.UPHOLD: {"secretary", "leader", "li"},
    ObjectionAction.REJECT: {"secretary", "leader", "li"},
    ObjectionAction.WITHDRAW: {"alice"},
}
NOTICE_ROLES = {
    ObjectionAction.UPHOLD: {"li"},
    ObjectionAction.REJECT: {"li"},
    ObjectionAction.WITHDRAW: {"alice"},
}
AT_COLLEGE = {"secretary", "leader", "li"}


@pytest.fixture
def everybody(request: pytest.FixtureRequest) -> dict[str, User]:
    """All of the people by name."""
    return {name: request.getfixturevalue(name) for name in PEOPLE}


def attempted(act: Callable[[], Any]) -> bool:
    """Whether it was done; what the domain refuses is not."""
    try:
        act()
    except DomainError:
        return False
    return True


def make_objection(
    record: StudentRecord, user: User, kind: ObjectionKind, state: ObjectionState
) -> AuditObjection:
    is_item = kind == ObjectionKind.ITEM
    audit = make_audit(AuditState.CHECKING if is_item else AuditState.NOTICE)
    student = make_audited(record, audit)
    answered = state in {ObjectionState.UPHELD, ObjectionState.REJECTED}
    return AuditObjection.objects.create(
        audit=audit,
        kind=kind,
        student=student if is_item else None,
        item=audit.items.get() if is_item else None,
        reason="少算一门",
        objector=user,
        state=state,
        received_at=BEGAN,
        received_by="本人",
        answer="已核" if answered else None,
        answered_at=BEGAN if answered else None,
        answered_by="学院" if answered else "",
    )


def move(objection: AuditObjection, action: ObjectionAction, actor: User, now: datetime) -> Any:
    if action is ObjectionAction.WITHDRAW:
        return service.withdraw_objection(objection=objection, actor=actor, now=now)
    return service.answer_objection(
        objection=objection, action=action, answer="已核实", actor=actor, now=now
    )


@pytest.mark.parametrize("kind", ObjectionKind)
@pytest.mark.parametrize("state", ObjectionState)
def test_objection_moves_as_the_table_says(
    kind: ObjectionKind,
    state: ObjectionState,
    everybody: dict[str, User],
    record: StudentRecord,
    now: datetime,
) -> None:
    make_objection(record, everybody["alice"], kind, state)
    roles = ITEM_ROLES if kind == ObjectionKind.ITEM else NOTICE_ROLES

    for action in ObjectionAction:
        for who, actor in everybody.items():
            is_allowed = who in roles[action] and OBJECTION.allows(action, source=state)
            fresh = AuditObjection.objects.get()
            offered = action in objection_actions(actor, fresh, now=now)
            assert (action, who, offered) == (action, who, is_allowed)
            target = OBJECTION.transitions[action].target if is_allowed else state
            with rehearsal():
                assert attempted(lambda: move(fresh, action, actor, now)) == is_allowed  # noqa: B023 -- called at once
                assert (who, AuditObjection.objects.get().state) == (who, target)


def test_item_has_one_open_objection_and_answer_is_told(
    alice: User, secretary: User, record: StudentRecord, now: datetime
) -> None:
    student = make_audited(record, make_audit())
    given: dict[str, Any] = {
        "student": student,
        "item": student.audit.items.get(),
        "actor": alice,
        "now": now,
    }
    made = service.object_to_item(reason="少算一门", **given)
    with pytest.raises(NotAllowedError):
        service.object_to_item(reason="再说一次", **given)

    service.answer_objection(
        objection=made,
        action=ObjectionAction.REJECT,
        answer="成绩单上没有",
        actor=secretary,
        now=now,
    )

    assert OutboxMessage.objects.filter(template="graduation_answered", user=alice).count() == 2
    assert service.object_to_item(reason="有新的成绩单", **given).pk != made.pk


def test_open_objection_holds_the_result(
    alice: User, secretary: User, record: StudentRecord, now: datetime
) -> None:
    student = make_audited(record, make_audit())
    service.object_to_item(
        student=student, item=student.audit.items.get(), reason="不对", actor=alice, now=now
    )

    with pytest.raises(NotAllowedError):
        service.propose_result(
            student=student, outcome=AuditOutcome.GRADUATE, actor=secretary, now=now
        )


def test_stranger_objects_to_no_item(eve: User, record: StudentRecord, now: datetime) -> None:
    student = make_audited(record, make_audit())

    with pytest.raises(NotAllowedError):
        service.object_to_item(
            student=student, item=student.audit.items.get(), reason="不对", actor=eve, now=now
        )


@pytest.mark.parametrize(
    ("moment", "seconds", "is_open"),
    [
        (NOTICE_OPENS, -1, False),
        (NOTICE_OPENS, 0, True),
        (NOTICE_OPENS, 1, True),
        (NOTICE_CLOSES, -1, True),
        (NOTICE_CLOSES, 0, False),
        (NOTICE_CLOSES, 1, False),
    ],
)
def test_notice_takes_objections_in_its_window(
    eve: User, li: User, moment: datetime, seconds: int, is_open: bool
) -> None:
    audit = make_audit(AuditState.NOTICE)
    at = moment + timedelta(seconds=seconds)
    given: dict[str, Any] = {
        "audit": audit,
        "name": "周全",
        "contact": "010",
        "reason": "不符",
        "now": at,
    }

    assert attempted(lambda: service.object_to_notice(actor=eve, **given)) == is_open
    assert attempted(lambda: service.record_notice_objection(actor=li, **given)) == is_open


def receipt(action: CertificateAction, row: Certificate, actor: User, now: datetime) -> Any:
    if action is CertificateAction.FETCH:
        return service.fetch_certificates(
            audit=row.student.audit,
            college=row.student.college,  # type: ignore[arg-type]  # the record has one
            fetcher="周老师",
            actor=actor,
            now=now,
        )
    if action is CertificateAction.HAND:
        return service.hand_out(certificate=row, taker=TakerKind.SELF, actor=actor, now=now)
    if action is CertificateAction.VOID:
        return service.void_certificate(certificate=row, reason="印坏", actor=actor, now=now)
    return service.correct_receipt(
        certificate=row,
        taker=TakerKind.PROXY,
        taker_name="母亲",
        proxy_reason="委托书",
        reason="登记错了",
        actor=actor,
        now=now,
    )


@pytest.mark.parametrize("state", CertificateState)
def test_certificate_moves_as_the_table_says(
    state: CertificateState, everybody: dict[str, User], record: StudentRecord, now: datetime
) -> None:
    student = make_audited(record, make_audit(AuditState.CLOSED), ResultState.DECIDED)
    make_certificate(student, state)

    for action in CertificateAction:
        is_office = action in {CertificateAction.FETCH, CertificateAction.VOID}
        who_may = {"li"} if is_office or state == CertificateState.PRINTED else AT_COLLEGE
        for who, actor in everybody.items():
            is_allowed = who in who_may and CERTIFICATE.allows(action, source=state)
            fresh = Certificate.objects.select_related("student__record", "student__audit").get()
            offered = action in certificate_actions(actor, fresh, now=now)
            assert (action, who, offered) == (action, who, is_allowed)
            target = CERTIFICATE.transitions[action].target if is_allowed else state
            with rehearsal():
                assert attempted(lambda: receipt(action, fresh, actor, now)) == is_allowed  # noqa: B023 -- called at once
                assert (who, Certificate.objects.get().state) == (who, target)


def test_number_is_used_once_even_after_it_was_voided(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    first = make_audited(record, audit, ResultState.DECIDED)
    second = make_audited(enrolment.make_record(), audit, ResultState.DECIDED)
    make_certificate(first, CertificateState.VOID, number="999991202605000001")

    with pytest.raises(InvalidInputError):
        service.print_certificate(student=second, number="9999 9120-2605000001", actor=li, now=now)

    assert service.print_certificate(student=first, number="A2", actor=li, now=now).number == "A2"


def test_who_was_put_off_gets_no_certificate(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    student = make_audited(record, audit, ResultState.DECIDED, AuditOutcome.DEFER)

    with pytest.raises(NotAllowedError):
        service.print_certificate(student=student, number="A1", actor=li, now=now)


def test_registered_certificates_are_entered_once(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    make_audited(record, audit, ResultState.DECIDED)
    put_off = enrolment.make_record()
    make_audited(put_off, audit, ResultState.DECIDED, AuditOutcome.COMPLETE)  # says 毕业 there
    make_audited(enrolment.make_record(), audit, ResultState.DECIDED)  # not registered
    graduation = register(record, at=now)
    register(put_off, at=now)

    done = [service.print_registered(audit=audit, actor=li, now=now) for _ in range(2)]

    assert done == [1, 0]
    assert Certificate.objects.get().number == graduation.certificate_no


def test_college_fetches_its_own_and_students_hear(
    li: User, alice: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.CLOSED)
    mine = make_certificate(make_audited(record, audit, ResultState.DECIDED))
    science = enrolment.make_class(college=enrolment.make_college("理学院"))
    elsewhere = enrolment.make_record(class_group=science)
    other = make_certificate(make_audited(elsewhere, audit, ResultState.DECIDED))

    done = service.fetch_certificates(
        audit=audit,
        college=record.college,  # type: ignore[arg-type]  # it has one
        fetcher="周老师",
        actor=li,
        now=now,
    )

    states = dict(Certificate.objects.values_list("pk", "state"))
    assert done == 1
    assert states == {mine.pk: CertificateState.AT_COLLEGE, other.pk: CertificateState.PRINTED}
    assert OutboxMessage.objects.filter(template="graduation_certificate").count() == 2


def test_proxy_needs_name_and_reason(li: User, record: StudentRecord, now: datetime) -> None:
    audit = make_audit(AuditState.CLOSED)
    row = make_certificate(make_audited(record, audit, ResultState.DECIDED))

    for name, reason in (("", "委托书"), ("母亲", "")):
        with pytest.raises(InvalidInputError):
            service.hand_out(
                certificate=row,
                taker=TakerKind.PROXY,
                taker_name=name,
                proxy_reason=reason,
                actor=li,
                now=now,
            )

    done = service.hand_out(
        certificate=row,
        taker=TakerKind.PROXY,
        taker_name="母亲",
        proxy_reason="委托书",
        actor=li,
        now=now,
    )
    assert (done.taker_name, done.handed_at) == ("母亲", now)


def test_corrected_receipt_keeps_what_stood_there(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.CLOSED)
    student = make_audited(record, audit, ResultState.DECIDED)
    row = make_certificate(student, CertificateState.HANDED)
    stale = Certificate.objects.select_related("student__record").get()

    receipt(CertificateAction.CORRECT, row, li, now)

    kept = CertificateCorrection.objects.get()
    row.refresh_from_db()
    assert (kept.former_taker, kept.former_name) == (TakerKind.SELF, "沈若溪")
    assert (row.taker, row.taker_name, row.handed_at) == (TakerKind.PROXY, "母亲", BEGAN)
    with pytest.raises(StaleStateError):
        receipt(CertificateAction.CORRECT, stale, li, now)


@pytest.mark.parametrize(
    ("is_own", "said"),
    [
        (True, "这个学院等着领的只有你本人的证书，请教务处另一位老师登记领取。"),
        (False, "这个学院没有等着领的证书。"),
    ],
)
def test_college_without_a_certificate_to_fetch_hears_why(
    li: User, record: StudentRecord, now: datetime, *, is_own: bool, said: str
) -> None:
    audit = make_audit(AuditState.CLOSED)
    if is_own:
        enrolment.bind(record, people.make_identity(li, name=record.name, number=record.id_number))
        make_certificate(make_audited(record, audit, ResultState.DECIDED))

    with pytest.raises(NotAllowedError) as refused:
        service.fetch_certificates(
            audit=audit,
            college=record.college,  # type: ignore[arg-type]  # it has one
            fetcher="周老师",
            actor=li,
            now=now,
        )

    assert str(refused.value) == said


def test_nobody_hands_out_the_own_certificate(
    li: User, record: StudentRecord, now: datetime
) -> None:
    enrolment.bind(record, people.make_identity(li, name=record.name, number=record.id_number))
    audit = make_audit(AuditState.CLOSED)
    row = make_certificate(make_audited(record, audit, ResultState.DECIDED))

    assert certificate_actions(li, row, now=now) == []
