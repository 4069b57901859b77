"""An approved rescue case taken back: by two, whole, and only while nothing was built on it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection

from accounts.models import DeclaredIdentity, IdentityNumber, User, document_index
from accounts.selectors import user_with_number
from accounts.states import Role
from common import audit, outbox
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import Assignment, Binding, RescueCase, StudentRecord
from enrollment.policies import available_rescue_actions
from enrollment.selectors import reasons_to_keep, rescue_receipt, rescue_timeline
from enrollment.services.binding import detach_record
from enrollment.services.rescue import (
    approve_rescue,
    ask_undo_rescue,
    keep_rescue,
    propose_rescue,
    undo_rescue,
)
from enrollment.states import AssignmentRole, RescueAction, RescueOpinion, RescueState
from tests.factories import enrolment, people, rescue

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NUMBER = people.make_number(787)
FURTHER = people.make_number(788)
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)


@pytest.fixture
def roster(class_group) -> StudentRecord:
    """The record of the number."""
    return enrolment.make_record(class_group=class_group, id_number=NUMBER, name="沈若溪")


@pytest.fixture
def holder(roster: StudentRecord) -> User:
    """The account that was there first: bound, a monitor, with mail and phone and a further number."""
    user = people.make_user("old@example.test", phone="+8613800138787")
    identity = people.make_identity(user, name=roster.name, number=NUMBER)
    enrolment.bind(roster, identity)
    IdentityNumber.objects.create(
        identity=identity,
        id_type="PASSPORT",
        number=FURTHER,
        number_index=document_index(FURTHER),
        source="STAFF",
        added_at=people.JOINED,
        added_by="测试",
    )
    enrolment.assign(user, AssignmentRole.MONITOR, class_group=roster.class_group)
    return user


@pytest.fixture
def claimant(holder: User) -> User:
    """Who says that the number is theirs."""
    user = people.make_user("new@example.test")
    rescue.make_claimant(user, number=NUMBER)
    return user


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def case(claimant: User, holder: User, li: User, wang: User, now: datetime) -> RescueCase:
    """An approved case: li proposed, wang confirmed."""
    found = rescue.make_rescue(claimant, holder=holder, at=now - 2 * DAY)
    propose_rescue(
        case=found,
        opinion=RescueOpinion.APPROVE,
        answer="一致。",
        name="李老师",
        actor=li,
        now=now - HOUR,
    )
    return approve_rescue(case=found, name="王老师", actor=wang, now=now - HOUR)


def everything() -> dict[str, object]:
    """What an approval moves, as plain values; moments of changes and ids of new rows left out."""
    return {
        "numbers": sorted(
            (row.identity.user.email, row.number, row.source, row.superseded_at is None)
            for row in IdentityNumber.objects.select_related("identity__user")
        ),
        "bindings": [
            (row.identity.user.email, row.source, row.bound_at, row.bound_by)
            for row in Binding.objects.select_related("identity__user")
        ],
        "accounts": sorted(
            (user.email, user.superseded_at, user.superseded_by)
            for user in User.objects.filter(identity__isnull=False)
        ),
        "posts": [
            (row.user.email, row.role)
            for row in Assignment.objects.select_related("user").filter(ends_at=None)
        ],
    }


def test_undo_brings_back_everything(
    claimant: User, holder: User, li: User, wang: User, now: datetime
) -> None:
    before = everything()
    case = rescue.make_rescue(claimant, holder=holder, at=now - 2 * DAY)
    propose_rescue(
        case=case, opinion=RescueOpinion.APPROVE, answer="一致。", name="李", actor=li, now=now
    )
    approve_rescue(case=case, name="王", actor=wang, now=now)
    assert everything() != before
    assert user_with_number(NUMBER) == claimant

    ask_undo_rescue(case=case, note="材料是假的", actor=li, now=now + HOUR)
    undo_rescue(case=case, note="核实过", actor=wang, now=now + HOUR)

    assert everything() == before
    assert user_with_number(NUMBER) == holder
    case.refresh_from_db()
    assert case.state == RescueState.UNDONE
    assert (case.undo_asker, case.undoer) == (li, wang)


def test_asking_changes_nothing_and_the_claimant_reads_nothing_of_it(
    case: RescueCase, li: User, now: datetime
) -> None:
    before = everything()
    told = OutboxMessage.objects.count()

    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)

    assert everything() == before
    assert OutboxMessage.objects.count() == told
    assert case.shown_state == "已通过"
    assert [step.label for step in rescue_timeline(case, now=now)][-1] == "已通过"


def test_both_sides_are_told_and_it_is_written_down(
    case: RescueCase, holder: User, li: User, wang: User, now: datetime
) -> None:
    ask_undo_rescue(case=case, note="材料是假的", actor=li, now=now)
    undo_rescue(case=case, note="看过原件", actor=wang, now=now)
    outbox.deliver_pending(now=now)

    assert {message.to[0] for message in mail.outbox if "撤销" in message.body} >= {
        "new@example.test",
        "old@example.test",
    }
    sms = OutboxMessage.objects.filter(template="rescue_revived", channel="SMS")
    assert sms.count() == 1
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {
        "rescue.undo_asked",
        "rescue.undone",
        "account.revived",
        "identity.numbers_returned",
    } <= actions
    assert AuditEvent.objects.get(action="rescue.undone").reason == "看过原件"
    for event in AuditEvent.objects.all():
        assert NUMBER not in str(event.details)
    assert "撤销" in {row.label: row.value for row in rescue_receipt(case)}["结果"]
    assert [step.label for step in rescue_timeline(case, now=now)][-1] == "通过后又撤销"


def test_who_asked_does_not_confirm(case: RescueCase, li: User, now: datetime) -> None:
    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)

    assert available_rescue_actions(li, case, now=now) == [RescueAction.KEEP]
    with pytest.raises(NotAllowedError, match="另一个人"):
        undo_rescue(case=case, note="核实过", actor=li, now=now)


@pytest.mark.parametrize("who", ["claimant", "holder", "auditor", "eve"])
def test_nobody_but_uninvolved_registrars_takes_it_back(
    request: pytest.FixtureRequest, case: RescueCase, who: str, now: datetime
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(NotAllowedError):
        ask_undo_rescue(case=case, note="有疑问", actor=actor, now=now)


def test_registrar_who_is_the_claimant_is_involved(
    case: RescueCase, claimant: User, now: datetime
) -> None:
    claimant.office_roles.create(role=Role.REGISTRAR, granted_at=now, granted_by="测试")
    with pytest.raises(NotAllowedError, match="和你有关"):
        ask_undo_rescue(case=case, note="有疑问", actor=User.objects.get(pk=claimant.pk), now=now)


def test_reason_is_needed(case: RescueCase, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError):
        ask_undo_rescue(case=case, note="  ", actor=li, now=now)


def test_keeping_leaves_the_approval(case: RescueCase, li: User, wang: User, now: datetime) -> None:
    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)
    keep_rescue(case=case, note="原件对", actor=wang, now=now)

    case.refresh_from_db()
    assert (case.state, case.undo_asker, case.undo_asked_by) == (RescueState.APPROVED, None, "")
    ask_undo_rescue(case=case, note="又有疑问", actor=wang, now=now)


def test_what_the_claimant_did_with_the_record_since_stops_it(
    case: RescueCase, claimant: User, roster: StudentRecord, li: User, now: datetime
) -> None:
    audit.record("record.viewed", actor=claimant, now=now, subject=roster)
    assert reasons_to_keep(case) == []
    audit.record("verification.concluded", actor=claimant, now=now, subject=roster)

    with pytest.raises(NotAllowedError, match=f"学号 {roster.student_no} 的学籍上办过 1 件事"):
        ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)


def test_work_between_asking_and_confirming_stops_it_too(
    case: RescueCase, claimant: User, roster: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)
    audit.record("report.made", actor=claimant, now=now, subject=roster)
    before = everything()

    with pytest.raises(NotAllowedError, match="不能撤销"):
        undo_rescue(case=case, note="核实过", actor=wang, now=now)

    assert everything() == before


def test_record_that_left_again_stops_it(
    case: RescueCase, roster: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)
    detach_record(record=StudentRecord.objects.get(pk=roster.pk), reason="另查", actor=li, now=now)
    before = everything()

    with pytest.raises(NotAllowedError, match="改过绑定"):
        undo_rescue(case=case, note="核实过", actor=wang, now=now)

    assert everything() == before
    assert RescueCase.objects.get(pk=case.pk).state == RescueState.UNDOING


def test_number_that_was_changed_since_stops_it(
    case: RescueCase, claimant: User, li: User, wang: User, now: datetime
) -> None:
    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)
    identity = DeclaredIdentity.objects.get(user=claimant)
    identity.numbers.filter(source="STAFF").exclude(number_index=case.number.number_index).update(
        superseded_at=now
    )

    with pytest.raises(NotAllowedError, match="证件号码后来又改过"):
        undo_rescue(case=case, note="核实过", actor=wang, now=now)


def test_approval_from_before_memos_is_refused(case: RescueCase, li: User, now: datetime) -> None:
    RescueCase.objects.update(memo=None)
    case.refresh_from_db()

    with pytest.raises(NotAllowedError, match="没有留下"):
        ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)


def test_two_who_confirm_at_once_find_one_undo(
    transactional_db: None, case: RescueCase, li: User, wang: User, now: datetime
) -> None:
    ask_undo_rescue(case=case, note="有疑问", actor=li, now=now)
    zhao = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    start = Barrier(2)

    def confirm(actor: User) -> str:
        try:
            mine = RescueCase.objects.get(pk=case.pk)
            start.wait()
            undo_rescue(case=mine, note="核实过", actor=actor, now=now)
        except DomainError as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(partial(confirm), [wang, zhao]))

    assert ends == [StaleStateError.__name__, "done"]
    assert AuditEvent.objects.filter(action="rescue.undone").count() == 1
