"""A certificate leaves the office when the notice is over and what was objected to it is answered."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.errors import NotAllowedError
from common.policy import allowed
from corrections.models import AuditObjection, Certificate, GraduationAudit
from corrections.policies.graduation import (
    audit_actions,
    certificate_actions,
    check_notice_is_over,
)
from corrections.services import graduation as service
from corrections.states.graduation import (
    AuditAction,
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
from tests.factories.graduation import (
    BEGAN,
    NOTICE_CLOSES,
    make_audit,
    make_audited,
    make_certificate,
)

pytestmark = pytest.mark.django_db

LEAVES = {CertificateAction.FETCH, CertificateAction.HAND}
SECOND = timedelta(seconds=1)


def make_row(
    record: StudentRecord,
    audit: AuditState,
    state: CertificateState = CertificateState.PRINTED,
) -> Certificate:
    """A certificate in a round of that state."""
    student = make_audited(record, make_audit(audit), ResultState.DECIDED)
    return make_certificate(student, state)


def object_to(audit: GraduationAudit) -> AuditObjection:
    """Somebody's objection to the notice, not answered."""
    return AuditObjection.objects.create(
        audit=audit,
        kind=ObjectionKind.NOTICE,
        reason="不符",
        received_at=BEGAN,
        received_by="本人",
    )


@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (0, True), (1, True)])
def test_certificates_leave_from_the_end_of_the_notice(
    record: StudentRecord, li: User, seconds: int, is_over: bool
) -> None:
    row = make_row(record, AuditState.NOTICE)
    at = NOTICE_CLOSES + timedelta(seconds=seconds)

    offered = LEAVES & set(certificate_actions(li, row, now=at))

    assert offered == (LEAVES if is_over else set())
    given: dict[str, Any] = {"actor": li, "now": at}
    if is_over:
        assert service.hand_out(certificate=row, taker=TakerKind.SELF, **given).handed_at == at
        return
    for act in (
        lambda: service.hand_out(certificate=row, taker=TakerKind.SELF, **given),
        lambda: service.fetch_certificates(
            audit=row.student.audit,
            college=record.college,  # type: ignore[arg-type]  # it has one
            fetcher="周老师",
            **given,
        ),
    ):
        with pytest.raises(NotAllowedError) as refused:
            act()
        assert str(refused.value) == "公示还没有结束，结束以后才能发证。"
    assert Certificate.objects.get().state == CertificateState.PRINTED


def test_unanswered_objection_holds_the_certificates(
    record: StudentRecord, li: User, eve: User
) -> None:
    row = make_row(record, AuditState.NOTICE)
    objection = object_to(row.student.audit)

    with pytest.raises(NotAllowedError) as refused:
        service.hand_out(certificate=row, taker=TakerKind.SELF, actor=li, now=NOTICE_CLOSES)
    assert str(refused.value) == "对公示的异议还没有都答复，答复以后才能发证。"
    assert not LEAVES & set(certificate_actions(li, row, now=NOTICE_CLOSES))

    service.answer_objection(
        objection=objection,
        action=ObjectionAction.REJECT,
        answer="已核实",
        actor=li,
        now=NOTICE_CLOSES,
    )

    handed = service.hand_out(certificate=row, taker=TakerKind.SELF, actor=li, now=NOTICE_CLOSES)
    assert handed.state == CertificateState.HANDED


@pytest.mark.parametrize("state", AuditState)
def test_only_a_notice_that_is_over_or_archived_lets_them_leave(
    state: AuditState, record: StudentRecord
) -> None:
    audit = make_audit(state)

    is_over = allowed(check_notice_is_over, audit, now=NOTICE_CLOSES + SECOND)

    assert is_over == (state in {AuditState.NOTICE, AuditState.CLOSED})


def test_notice_is_not_retracted_after_the_first_certificate(
    record: StudentRecord, li: User, now: datetime
) -> None:
    row = make_row(record, AuditState.NOTICE, CertificateState.HANDED)
    audit = row.student.audit

    with pytest.raises(NotAllowedError):
        service.retract_notice(audit=audit, reason="写错了", actor=li, now=now)

    assert AuditAction.RETRACT not in audit_actions(li, audit, now=now)


def test_upheld_objection_holds_certificates_and_archive_until_a_new_notice(
    record: StudentRecord, li: User, now: datetime
) -> None:
    row = make_row(record, AuditState.NOTICE)
    audit = row.student.audit
    said = "有一份对公示的异议成立：先撤回公示，改好以后再公示。"
    service.answer_objection(
        objection=object_to(audit),
        action=ObjectionAction.UPHOLD,
        answer="学分少算一门",
        actor=li,
        now=NOTICE_CLOSES,
    )
    given: dict[str, Any] = {"actor": li, "now": NOTICE_CLOSES + SECOND}

    for act in (
        lambda: service.hand_out(certificate=row, taker=TakerKind.SELF, **given),
        lambda: service.fetch_certificates(
            audit=audit,
            college=record.college,  # type: ignore[arg-type]  # it has one
            fetcher="周老师",
            **given,
        ),
        lambda: service.close_audit(audit=audit, **given),
    ):
        with pytest.raises(NotAllowedError) as refused:
            act()
        assert str(refused.value) == said
    assert not LEAVES & set(certificate_actions(li, row, now=NOTICE_CLOSES))
    assert audit_actions(li, audit, now=NOTICE_CLOSES) == [AuditAction.RETRACT]

    service.retract_notice(audit=audit, reason="学分少算一门", **given)
    again = NOTICE_CLOSES + timedelta(days=1)
    ends = again + timedelta(days=3)
    service.publish_notice(audit=audit, opens_at=again, closes_at=ends, actor=li, now=again)

    service.hand_out(certificate=row, taker=TakerKind.SELF, actor=li, now=ends)
    closed = service.close_audit(audit=audit, actor=li, now=ends)
    assert closed.state == AuditState.CLOSED


def test_upheld_objection_to_an_item_holds_no_certificate(record: StudentRecord, li: User) -> None:
    row = make_row(record, AuditState.NOTICE)
    AuditObjection.objects.create(
        audit=row.student.audit,
        kind=ObjectionKind.ITEM,
        student=row.student,
        item=row.student.audit.items.get(),
        reason="少算一门",
        received_at=BEGAN,
        received_by="本人",
        state=ObjectionState.UPHELD,
        answer="已补上",
        answered_at=NOTICE_CLOSES,
        answered_by="学院",
    )

    assert set(certificate_actions(li, row, now=NOTICE_CLOSES)) >= LEAVES
