"""申请重新开放: the student asks, one of the office proposes, another decides; once, and not on themself."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common import outbox
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from common.ratelimit import TooManyError
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, ReopenRequest, VerificationConclusion
from imaging.policies import reopen_actions
from imaging.selectors import receipt_digest, verification_of
from imaging.services.reopen import (
    REQUESTS_PER_ACCOUNT,
    decide_reopen,
    propose_for_student,
    propose_reopen,
    send_back_reopen,
    submit_reopen,
    withdraw_reopen,
)
from imaging.services.sweeps import open_due_rounds
from imaging.states import (
    REOPEN,
    Conclusion,
    ConclusionKind,
    ReopenAction,
    ReopenState,
    RoundCause,
)
from tests.factories import enrolment, imaging, people

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
DAY = timedelta(days=1)


@pytest.fixture
def wang(db: None) -> User:
    """Another registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def member(record: StudentRecord, now: datetime) -> CampaignMember:
    """Alice's record, both conclusions locked, with a new deadline far away."""
    imaging.make_photo(record)
    member = imaging.make_member(record)
    imaging.make_conclusion(member, PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY)
    imaging.make_conclusion(member, DATA, at=now - 3 * DAY)
    return member


@pytest.fixture
def asked(alice: User, member: CampaignMember, now: datetime) -> ReopenRequest:
    return submit_reopen(member=member, kinds=[PHOTO], reason=" 当时看错了 ", actor=alice, now=now)


def propose(
    asked: ReopenRequest, actor: User, now: datetime, *, until: datetime | None = None
) -> ReopenRequest:
    return propose_reopen(
        request=asked,
        action=ReopenAction.PROPOSE_GRANT,
        note="可以",
        closes_at=until or now + 10 * DAY,
        actor=actor,
        now=now,
    )


def fresh(asked: ReopenRequest) -> ReopenRequest:
    return ReopenRequest.objects.select_related("member__record", "member__campaign").get(
        pk=asked.pk
    )


def decide(asked: ReopenRequest, action: ReopenAction, actor: User, now: datetime) -> None:
    decide_reopen(request=fresh(asked), action=action, answer="答复", actor=actor, now=now)


def test_two_open_a_new_round_with_a_deadline(
    alice: User,
    li: User,
    wang: User,
    member: CampaignMember,
    asked: ReopenRequest,
    now: datetime,
) -> None:
    until = now + 10 * DAY
    propose(asked, li, now, until=until)
    decide(asked, ReopenAction.GRANT, wang, now)

    done = fresh(asked)
    current = member.rounds.get(is_current=True)
    member.refresh_from_db()
    rows = {row.kind: row for row in current.conclusions.all()}
    assert (done.state, done.opened_round, done.answer) == ("GRANTED", current, "答复")
    assert (done.proposed_by, done.closed_by) == (li.actor_label, wang.actor_label)
    assert (current.round_no, current.cause) == (2, RoundCause.REOPENED)
    assert member.closes_at == until
    assert member.sheet_freeze_at >= until
    assert rows["PHOTO"].state == Conclusion.PENDING
    assert rows["DATA"].state == Conclusion.CORRECT
    told = OutboxMessage.objects.filter(user=alice, template="verification_again")
    assert sorted(told.values_list("channel", flat=True)) == [Channel.EMAIL, Channel.NOTICE]
    assert "教务处重新开放了你的核对" in outbox.rendered(told[0])[1]
    actions = AuditEvent.objects.filter(object_type="imaging.reopenrequest").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "reopen.submitted",
        "reopen.proposed",
        "reopen.granted",
    ]
    assert set(actions.values_list("subject_id", flat=True)) == {str(member.record_id)}


def test_refusal_has_an_answer_and_changes_nothing(
    alice: User, li: User, wang: User, member: CampaignMember, asked: ReopenRequest, now: datetime
) -> None:
    propose_reopen(
        request=asked, action=ReopenAction.PROPOSE_REFUSE, note="没有理由", actor=li, now=now
    )
    with pytest.raises(InvalidInputError, match="答复"):
        decide_reopen(
            request=fresh(asked), action=ReopenAction.REFUSE, answer=" ", actor=wang, now=now
        )
    decide(asked, ReopenAction.REFUSE, wang, now)

    assert fresh(asked).state == ReopenState.REFUSED
    assert member.rounds.count() == 1
    told = OutboxMessage.objects.filter(user=alice, template="reopen_refused")
    assert sorted(told.values_list("channel", flat=True)) == [Channel.EMAIL, Channel.NOTICE]
    assert "没有重新开放" in outbox.rendered(told[0])[1]
    assert "没有理由" not in "".join(str(each.params) for each in told)


@pytest.mark.parametrize("action", [ReopenAction.PROPOSE_GRANT, ReopenAction.PROPOSE_REFUSE])
def test_whoever_proposed_does_not_decide(
    action: ReopenAction, li: User, asked: ReopenRequest, now: datetime
) -> None:
    propose_reopen(
        request=asked, action=action, note="意见", closes_at=now + DAY, actor=li, now=now
    )
    decision = {
        ReopenAction.PROPOSE_GRANT: ReopenAction.GRANT,
        ReopenAction.PROPOSE_REFUSE: ReopenAction.REFUSE,
    }[action]

    with pytest.raises(NotAllowedError, match="另一位老师"):
        decide(asked, decision, li, now)

    assert reopen_actions(li, fresh(asked)) == [ReopenAction.SEND_BACK]
    assert fresh(asked).member.rounds.count() == 1


def test_second_person_decides_only_what_was_proposed(
    li: User, wang: User, asked: ReopenRequest, now: datetime
) -> None:
    with pytest.raises(StaleStateError):
        decide(asked, ReopenAction.GRANT, wang, now)
    propose(asked, li, now)
    with pytest.raises(StaleStateError):
        decide(asked, ReopenAction.REFUSE, wang, now)

    assert reopen_actions(wang, fresh(asked)) == [ReopenAction.GRANT, ReopenAction.SEND_BACK]


def test_sent_back_is_proposed_anew_by_anybody(
    li: User, wang: User, asked: ReopenRequest, now: datetime
) -> None:
    propose(asked, li, now)
    with pytest.raises(InvalidInputError, match="为什么退回"):
        send_back_reopen(request=fresh(asked), note="", actor=wang, now=now)
    send_back_reopen(request=fresh(asked), note="时间太长", actor=wang, now=now)
    again = fresh(asked)
    propose(again, wang, now, until=now + 5 * DAY)
    decide(asked, ReopenAction.GRANT, li, now)

    assert fresh(asked).proposed_by == wang.actor_label
    event = AuditEvent.objects.get(action="reopen.sent_back")
    assert (event.reason, event.actor_id) == ("时间太长", wang.actor_id)


def test_nobody_decides_on_themself(
    li: User, wang: User, record: StudentRecord, now: datetime
) -> None:
    own = people.make_identity(li, name=record.name, number=record.id_number)
    enrolment.bind(record, own)
    imaging.make_photo(record)
    member = imaging.make_member(record)
    imaging.make_conclusion(member, PHOTO, at=now - 3 * DAY)
    asked = imaging.make_reopen(member, at=now)

    with pytest.raises(NotAllowedError, match="你自己的申请"):
        propose(fresh(asked), li, now)
    propose(fresh(asked), wang, now)
    with pytest.raises(NotAllowedError, match="你自己的申请"):
        decide(asked, ReopenAction.GRANT, li, now)


@pytest.mark.parametrize("person", ["alice", "chen", "auditor", "eve", "secretary"])
def test_only_the_office_moves_it(
    person: str, request: pytest.FixtureRequest, asked: ReopenRequest, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        propose(asked, request.getfixturevalue(person), now)

    assert fresh(asked).state == ReopenState.SUBMITTED


def test_student_takes_it_back_and_asks_again(
    alice: User, li: User, wang: User, member: CampaignMember, asked: ReopenRequest, now: datetime
) -> None:
    with pytest.raises(StaleStateError, match="已经有一份申请"):
        submit_reopen(member=member, kinds=[DATA], reason="再来", actor=alice, now=now)
    propose(asked, li, now)
    withdraw_reopen(request=fresh(asked), actor=alice, now=now)

    assert fresh(asked).state == ReopenState.WITHDRAWN
    assert reopen_actions(wang, fresh(asked)) == []
    assert submit_reopen(member=member, kinds=[DATA], reason="再来", actor=alice, now=now).pk


def test_only_locked_conclusions_are_asked_for(
    alice: User, eve: User, member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, DATA, at=now)

    for kinds, said in (([], "至少选一项"), ([DATA], "没锁定的"), ([DATA, PHOTO], "没锁定的")):
        with pytest.raises(InvalidInputError, match=said):
            submit_reopen(member=member, kinds=kinds, reason="错了", actor=alice, now=now)
    with pytest.raises(InvalidInputError, match="为什么"):
        submit_reopen(member=member, kinds=[PHOTO], reason="  ", actor=alice, now=now)
    with pytest.raises(InvalidInputError, match="1000 字"):
        submit_reopen(member=member, kinds=[PHOTO], reason="字" * 1001, actor=alice, now=now)
    with pytest.raises(NotAllowedError, match="本人"):
        submit_reopen(member=member, kinds=[PHOTO], reason="错了", actor=eve, now=now)

    assert not ReopenRequest.objects.exists()


def test_account_asks_a_few_times_a_day(alice: User, member: CampaignMember, now: datetime) -> None:
    for _ in range(REQUESTS_PER_ACCOUNT.amount):
        made = submit_reopen(member=member, kinds=[PHOTO], reason="错", actor=alice, now=now)
        withdraw_reopen(request=made, actor=alice, now=now)

    with pytest.raises(TooManyError):
        submit_reopen(member=member, kinds=[PHOTO], reason="错", actor=alice, now=now)


def test_time_that_has_passed_cannot_be_granted(
    li: User, wang: User, asked: ReopenRequest, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="晚于现在"):
        propose(asked, li, now, until=now)
    propose(asked, li, now, until=now + DAY)

    with pytest.raises(NotAllowedError, match="已经过了"):
        decide(asked, ReopenAction.GRANT, wang, now + DAY)


def test_new_photo_overtakes_the_request(
    alice: User, li: User, wang: User, member: CampaignMember, asked: ReopenRequest, now: datetime
) -> None:
    propose(asked, li, now)
    imaging.make_photo(member.record, at=now)

    assert open_due_rounds(now=now) == 1

    assert fresh(asked).state == ReopenState.WITHDRAWN
    assert AuditEvent.objects.filter(action="reopen.overtaken").count() == 1
    with pytest.raises(StaleStateError):
        decide(asked, ReopenAction.GRANT, wang, now)


def test_office_proposes_for_who_cannot_ask(
    li: User, wang: User, member: CampaignMember, now: datetime
) -> None:
    made = propose_for_student(
        member=member,
        kinds=[PHOTO, DATA],
        reason="学生来电",
        closes_at=now + 10 * DAY,
        actor=li,
        now=now,
    )

    assert (made.state, made.is_by_staff) == (ReopenState.TO_GRANT, True)
    with pytest.raises(NotAllowedError, match="另一位"):
        decide(made, ReopenAction.GRANT, li, now)
    decide(made, ReopenAction.GRANT, wang, now)
    pending = VerificationConclusion.objects.filter(
        round__member=member, round__is_current=True, state=Conclusion.PENDING
    )
    assert pending.count() == 2


def test_old_receipt_can_still_be_checked(
    li: User, wang: User, member: CampaignMember, asked: ReopenRequest, now: datetime
) -> None:
    found = verification_of(member.record, now=now)
    assert found is not None
    digest = receipt_digest(found)

    propose(asked, li, now)
    decide(asked, ReopenAction.GRANT, wang, now)

    assert member.rounds.get(round_no=1).receipt_digest == digest
    assert member.rounds.get(round_no=2).receipt_digest == ""


def test_table_and_checks_agree_on_every_state(alice: User, li: User, asked: ReopenRequest) -> None:
    for state in ReopenState:
        asked.state = state
        offered = {*reopen_actions(li, asked), *reopen_actions(alice, asked)}
        assert offered == set(REOPEN.actions_from(state))
