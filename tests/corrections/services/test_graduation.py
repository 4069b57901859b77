"""A round from the list to the archive; every state × action × role of rounds and results."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from common import outbox
from common.admin import rehearsal
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from corrections.models import AuditedStudent, AuditItem, GraduationAudit
from corrections.policies.graduation import audit_actions, result_actions
from corrections.selectors.graduation import checklist_of
from corrections.services import graduation as service
from corrections.services.graduation import NewItem
from corrections.states.graduation import (
    AUDIT,
    RESULT,
    AuditAction,
    AuditOutcome,
    AuditState,
    ItemSource,
    ItemState,
    ObjectionAction,
    ResultAction,
    ResultState,
)
from enrollment.models import StudentRecord
from enrollment.states import EnrollmentStatus
from tests.factories import enrolment, people
from tests.factories.graduation import (
    NOTICE_CLOSES,
    UNTIL,
    make_audit,
    make_audited,
    make_certificate,
    make_sanction,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)
GRADUATE, COMPLETE, DEFER = AuditOutcome.GRADUATE, AuditOutcome.COMPLETE, AuditOutcome.DEFER
PEOPLE = ("alice", "chen", "secretary", "leader", "li", "auditor", "eve")
RESULT_ROLES = {
    ResultAction.PROPOSE: {"secretary", "leader"},
    ResultAction.RETURN: {"li"},
    ResultAction.DECIDE: {"li"},
    ResultAction.REOPEN: {"li"},
    ResultAction.DROP: {"li"},
}


@pytest.fixture
def everybody(request: pytest.FixtureRequest) -> dict[str, User]:
    """All of the people by name."""
    return {name: request.getfixturevalue(name) for name in PEOPLE}


def move_audit(action: AuditAction, audit: GraduationAudit, actor: User, now: datetime) -> Any:
    acts: dict[AuditAction, Callable[[], Any]] = {
        AuditAction.OPEN: lambda: service.open_audit(audit=audit, actor=actor, now=now),
        AuditAction.PUBLISH: lambda: service.publish_notice(
            audit=audit, opens_at=now, closes_at=now + timedelta(days=3), actor=actor, now=now
        ),
        AuditAction.RETRACT: lambda: service.retract_notice(
            audit=audit, reason="写错了", actor=actor, now=now
        ),
        AuditAction.CLOSE: lambda: service.close_audit(audit=audit, actor=actor, now=now),
    }
    return acts[action]()


@pytest.mark.parametrize("action", AuditAction)
@pytest.mark.parametrize("state", AuditState)
def test_round_moves_as_the_table_says(
    state: AuditState, action: AuditAction, everybody: dict[str, User], record: StudentRecord
) -> None:
    now = NOTICE_CLOSES  # the notice is over, so that archiving depends on the table alone
    audit = make_audit(state)
    make_audited(record, audit, ResultState.DECIDED, now=now)

    for who, actor in everybody.items():
        is_allowed = who == "li" and AUDIT.allows(action, source=state)
        fresh = GraduationAudit.objects.get()
        assert (who, action in audit_actions(actor, fresh, now=now)) == (who, is_allowed)
        target = AUDIT.transitions[action].target if is_allowed else state
        with rehearsal():
            assert attempted(lambda: move_audit(action, fresh, actor, now)) == is_allowed  # noqa: B023 -- called at once
            assert (who, GraduationAudit.objects.get().state) == (who, target)


def attempted(act: Callable[[], Any]) -> bool:
    """Whether it was done; what the domain refuses is not."""
    try:
        act()
    except DomainError:
        return False
    return True


def move_result(action: ResultAction, student: AuditedStudent, actor: User, now: datetime) -> Any:
    given: dict[str, Any] = {"student": student, "actor": actor, "now": now}
    acts: dict[ResultAction, Callable[[], Any]] = {
        ResultAction.PROPOSE: lambda: service.propose_result(outcome=GRADUATE, **given),
        ResultAction.RETURN: lambda: service.return_result(note="再核学分", **given),
        ResultAction.DECIDE: lambda: service.decide_result(outcome=GRADUATE, **given),
        ResultAction.REOPEN: lambda: service.reopen_result(note="有变化", **given),
        ResultAction.DROP: lambda: service.drop_student(note="转学了", **given),
    }
    return acts[action]()


@pytest.mark.parametrize("action", ResultAction)
@pytest.mark.parametrize("state", ResultState)
def test_result_moves_as_the_table_says(
    state: ResultState,
    action: ResultAction,
    everybody: dict[str, User],
    record: StudentRecord,
    now: datetime,
) -> None:
    make_audited(record, make_audit(), state)

    for who, actor in everybody.items():
        is_allowed = who in RESULT_ROLES[action] and RESULT.allows(action, source=state)
        fresh = AuditedStudent.objects.get()
        assert (who, action in result_actions(actor, fresh, now=now)) == (who, is_allowed)
        target = RESULT.transitions[action].target if is_allowed else state
        with rehearsal():
            assert attempted(lambda: move_result(action, fresh, actor, now)) == is_allowed  # noqa: B023 -- called at once
            assert (who, AuditedStudent.objects.get().state) == (who, target)


@pytest.mark.parametrize("state", ResultState)
def test_office_proposes_for_who_has_no_college(
    state: ResultState, everybody: dict[str, User], record: StudentRecord, now: datetime
) -> None:
    make_audited(record, make_audit(), state, college=None)

    for who, actor in everybody.items():
        is_allowed = who == "li" and state is ResultState.PENDING
        fresh = AuditedStudent.objects.get()
        offered = ResultAction.PROPOSE in result_actions(actor, fresh, now=now)
        assert (who, offered) == (who, is_allowed)
        with rehearsal():
            done = attempted(lambda: move_result(ResultAction.PROPOSE, fresh, actor, now))  # noqa: B023 -- called at once
            assert (who, done) == (who, is_allowed)


def test_round_with_a_student_without_a_college_gets_its_notice(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit()
    student = make_audited(record, audit, college=None)
    second = people.make_staff(Role.REGISTRAR, "wang@example.test")

    proposed = service.propose_all(audit=audit, actor=li, now=now)
    student.refresh_from_db()
    with pytest.raises(NotAllowedError):
        service.decide_result(student=student, outcome=GRADUATE, actor=li, now=now)
    alone = service.decide_all(audit=audit, actor=li, now=now)
    decided = service.decide_all(audit=audit, actor=second, now=now)
    shown = service.publish_notice(
        audit=audit, opens_at=now, closes_at=now + timedelta(days=3), actor=li, now=now
    )

    assert (proposed, alone, decided) == (1, 0, 1)
    assert shown.state == AuditState.NOTICE


@pytest.mark.parametrize("state", [AuditState.DRAFT, AuditState.NOTICE, AuditState.CLOSED])
def test_results_move_only_while_the_round_is_checked(
    record: StudentRecord, secretary: User, now: datetime, state: AuditState
) -> None:
    student = make_audited(record, make_audit(state))

    with pytest.raises(NotAllowedError):
        service.propose_result(student=student, outcome=GRADUATE, actor=secretary, now=now)


def test_round_begins_with_the_usual_items(li: User, now: datetime) -> None:
    audit = service.create_audit(
        school=enrolment.make_school(),
        graduating_class=2026,
        title="2026 届毕业资格审核",
        confirm_until=UNTIL,
        actor=li,
        now=now,
    )

    assert audit.items.count() == 9
    with pytest.raises(InvalidInputError):
        service.create_audit(
            school=enrolment.make_school(),
            graduating_class=2026,
            title="又一次",
            confirm_until=UNTIL,
            actor=li,
            now=now,
        )


@pytest.mark.parametrize("title", ["【演练】2026 届毕业资格审核", " 【演练】审核"])
def test_only_a_rehearsal_bears_its_mark(li: User, now: datetime, title: str) -> None:
    """A marked title keeps every message at home, which a real round would not notice."""
    create = partial(
        service.create_audit,
        graduating_class=2026,
        title=title,
        confirm_until=UNTIL,
        actor=li,
        now=now,
    )
    real = enrolment.make_school(code="99991", name="云岭学院", is_demo=False)

    with pytest.raises(InvalidInputError, match="不能以【演练】开头") as told:
        create(school=real)
    assert told.value.field == "title"
    made = create(school=enrolment.make_school())

    assert made.title == title.strip()


def test_only_enrolled_students_of_the_cohort_are_drawn_and_once(
    li: User, record: StudentRecord, now: datetime
) -> None:
    enrolment.make_record(graduating_class=2027)
    enrolment.make_record(enrollment_status=EnrollmentStatus.WITHDRAWN)
    audit = make_audit(AuditState.DRAFT)

    drawn = [service.draw_students(audit=audit, actor=li, now=now) for _ in range(2)]

    assert drawn == [1, 0]
    assert list(audit.students.values_list("record", "college")) == [(record.pk, record.college_id)]


def test_items_change_only_before_the_round_begins(li: User, now: datetime) -> None:
    new = NewItem(title="劳动教育", source=ItemSource.IMPORT, ask_whom="学院")
    draft = make_audit(AuditState.DRAFT)
    begun = make_audit(AuditState.CHECKING, round_no=2)

    service.add_item(audit=draft, new=new, actor=li, now=now)
    service.remove_item(item=draft.items.get(title="学分"), actor=li, now=now)

    assert list(draft.items.values_list("title", flat=True)) == ["劳动教育"]
    with pytest.raises(NotAllowedError):
        service.add_item(audit=begun, new=new, actor=li, now=now)
    with pytest.raises(NotAllowedError):
        service.remove_item(item=begun.items.get(), actor=li, now=now)


def test_own_source_stands_once(li: User, now: datetime) -> None:
    audit = make_audit(AuditState.DRAFT, items=[("处分", ItemSource.SANCTIONS)])

    with pytest.raises(InvalidInputError):
        service.add_item(
            audit=audit,
            new=NewItem(title="又是处分", source=ItemSource.SANCTIONS, ask_whom="学院"),
            actor=li,
            now=now,
        )


def test_beginning_tells_the_students_once(
    li: User, alice: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.DRAFT)
    make_audited(record, audit)
    make_audited(enrolment.make_record(), audit)  # without an account

    service.open_audit(audit=audit, actor=li, now=now)

    told = OutboxMessage.objects.filter(template="graduation_opened")
    assert sorted(told.values_list("user", "channel")) == [
        (alice.pk, "EMAIL"),
        (alice.pk, "NOTICE"),
    ]
    assert [outbox.rendered(each)[1].count("以前核对清单") for each in told] == [1, 1]
    with pytest.raises(StaleStateError):
        service.open_audit(audit=audit, actor=li, now=now)


@pytest.mark.parametrize(
    ("mark", "outcome", "note", "is_allowed"),
    [
        (ItemState.MET, GRADUATE, "", True),
        (ItemState.MET, DEFER, "", False),
        (ItemState.MET, DEFER, "本人申请延期", True),
        (ItemState.NOT_MET, GRADUATE, "想让他毕业", False),
        (ItemState.NOT_MET, COMPLETE, "", True),
        (ItemState.NOT_MET, DEFER, "补考没出分", True),
        (None, GRADUATE, "想让他毕业", False),
        (None, COMPLETE, "想结业", False),
        (None, DEFER, "", False),
        (None, DEFER, "等成绩", True),
    ],
)
def test_college_proposes_what_the_items_bear(
    secretary: User,
    record: StudentRecord,
    now: datetime,
    mark: ItemState | None,
    outcome: AuditOutcome,
    note: str,
    is_allowed: bool,
) -> None:
    marks = {} if mark is None else {"学分": mark}
    student = make_audited(record, make_audit(), marks=marks)

    def propose() -> Any:
        return service.propose_result(
            student=student, outcome=outcome, note=note, actor=secretary, now=now
        )

    if not is_allowed:
        with pytest.raises(DomainError):
            propose()
        return
    assert propose().proposed == outcome


def test_who_proposed_does_not_decide(li: User, record: StudentRecord, now: datetime) -> None:
    student = make_audited(record, make_audit(), ResultState.PROPOSED, proposer=li)

    with pytest.raises(NotAllowedError):
        service.decide_result(student=student, outcome=GRADUATE, actor=li, now=now)


def test_nobody_decides_on_the_own_record(li: User, record: StudentRecord, now: datetime) -> None:
    enrolment.bind(record, people.make_identity(li, name=record.name, number=record.id_number))
    student = make_audited(record, make_audit(), ResultState.PROPOSED)

    assert result_actions(li, student, now=now) == []


def test_decision_is_told_and_bound_to_the_facts(
    li: User, alice: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(items=[("处分", ItemSource.SANCTIONS)])
    student = make_audited(record, audit, ResultState.PROPOSED)
    student = service.decide_result(student=student, outcome=GRADUATE, actor=li, now=now)
    make_sanction(record)

    with pytest.raises(NotAllowedError) as refused:
        service.publish_notice(audit=audit, opens_at=now, closes_at=now + SECOND, actor=li, now=now)

    assert "1 人审定以后情况变了" in str(refused.value)
    assert OutboxMessage.objects.filter(template="graduation_decided", user=alice).count() == 2
    assert AuditEvent.objects.filter(action="auditresult.decided", subject_id=record.pk).exists()


def test_everybody_whose_items_are_settled_is_done_at_once(
    secretary: User, li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit()
    passed = make_audited(record, audit)
    failed = make_audited(enrolment.make_record(), audit, marks={"学分": ItemState.NOT_MET})
    waiting = make_audited(enrolment.make_record(), audit, marks={})

    proposed = service.propose_all(audit=audit, actor=secretary, now=now)
    decided = service.decide_all(audit=audit, actor=li, now=now)

    assert (proposed, decided) == (2, 2)
    found = dict(AuditedStudent.objects.values_list("pk", "decided"))
    assert found == {passed.pk: GRADUATE, failed.pk: COMPLETE, waiting.pk: ""}


def test_batch_leaves_what_the_college_sees_differently(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit()
    make_audited(record, audit, ResultState.PROPOSED, DEFER)

    assert service.decide_all(audit=audit, actor=li, now=now) == 0


def test_notice_needs_everybody_decided(li: User, record: StudentRecord, now: datetime) -> None:
    audit = make_audit()
    make_audited(record, audit, ResultState.PROPOSED)

    with pytest.raises(NotAllowedError):
        service.publish_notice(audit=audit, opens_at=now, closes_at=now + SECOND, actor=li, now=now)

    assert GraduationAudit.objects.get().state == AuditState.CHECKING


@pytest.mark.parametrize(("seconds", "is_over"), [(-1, False), (0, True), (1, True)])
def test_round_is_archived_when_the_notice_is_over(
    li: User, record: StudentRecord, now: datetime, seconds: int, is_over: bool
) -> None:
    audit = make_audit(AuditState.NOTICE)
    make_audited(record, audit, ResultState.DECIDED)
    at = NOTICE_CLOSES + timedelta(seconds=seconds)

    assert (AuditAction.CLOSE in audit_actions(li, audit, now=at)) == is_over


def test_archive_waits_for_answers_and_keeps_its_figures(
    li: User, eve: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    make_audited(record, audit, ResultState.DECIDED)
    objection = service.object_to_notice(
        audit=audit, name="周全", contact="010", reason="不符", actor=eve, now=now
    )
    with pytest.raises(NotAllowedError):
        service.close_audit(audit=audit, actor=li, now=NOTICE_CLOSES)
    audit.refresh_from_db()
    service.answer_objection(
        objection=objection,
        action=ObjectionAction.REJECT,
        answer="已核实",
        actor=li,
        now=NOTICE_CLOSES,
    )

    closed = service.close_audit(audit=audit, actor=li, now=NOTICE_CLOSES)

    assert closed.totals["listed"] == 1
    assert closed.totals["lines"][0]["graduate"] == 1


def test_second_round_takes_who_failed_or_was_put_off(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(
        AuditState.CLOSED, items=[("学分", ItemSource.IMPORT), ("论文", ItemSource.IMPORT)]
    )
    make_audited(record, audit, ResultState.DECIDED, GRADUATE)
    failed = make_audited(
        enrolment.make_record(),
        audit,
        ResultState.DECIDED,
        COMPLETE,
        marks={"学分": ItemState.NOT_MET, "论文": ItemState.MET},
    )

    second = service.next_round(audit=audit, confirm_until=UNTIL, actor=li, now=now)

    (student,) = second.students.all()
    assert (second.round_no, student.record_id) == (2, failed.record_id)
    assert list(student.marks.values_list("item__title", "state")) == [("论文", "MET")]
    assert list(second.items.values_list("title", flat=True)) == ["学分", "论文"]
    assert audit.items.count() == 2


def test_student_confirms_what_was_shown(alice: User, record: StudentRecord, now: datetime) -> None:
    student = make_audited(record, make_audit())
    seen = checklist_of(student, now=now).digest

    done = service.confirm_list(student=student, seen_digest=seen, actor=alice, now=now)

    assert (done.confirmed_at, done.confirmed_digest) == (now, seen)
    with pytest.raises(StaleStateError):
        service.confirm_list(student=student, seen_digest="other", actor=alice, now=now)


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_answers_end_to_the_second(
    alice: User, record: StudentRecord, seconds: int, is_open: bool
) -> None:
    student = make_audited(record, make_audit())
    item = AuditItem.objects.get()
    at = UNTIL + timedelta(seconds=seconds)

    def object_to_it() -> Any:
        return service.object_to_item(
            student=student, item=item, reason="少算一门", actor=alice, now=at
        )

    if is_open:
        assert object_to_it().seen_state == ItemState.MET
        return
    with pytest.raises(NotAllowedError):
        object_to_it()


def test_mark_by_hand_needs_a_reason_and_leaves_own_facts_alone(
    li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(items=[("学分", ItemSource.IMPORT), ("处分", ItemSource.SANCTIONS)])
    student = make_audited(record, audit, marks={})
    imported, own = audit.items.order_by("position")

    def mark(item: AuditItem, reason: str) -> Any:
        return service.set_mark(
            student=student,
            item=item,
            state=ItemState.MET,
            note="152/150",
            reason=reason,
            actor=li,
            now=now,
        )

    assert mark(imported, "补录").note == "152/150"
    with pytest.raises(InvalidInputError):
        mark(imported, " ")
    with pytest.raises(InvalidInputError):
        mark(own, "改")


def test_result_with_a_certificate_is_not_reopened(
    record: StudentRecord, li: User, now: datetime
) -> None:
    student = make_audited(record, make_audit(AuditState.CHECKING), ResultState.DECIDED)
    make_certificate(student)

    with pytest.raises(NotAllowedError, match="先把证书作废"):
        service.reopen_result(student=student, note="有变化", actor=li, now=now)

    student.refresh_from_db()
    assert student.state == ResultState.DECIDED
