"""Rescue cases: opened alike whoever holds the number, objected to, decided by two."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import user_with_number
from accounts.states import NumberSource, Role
from common import outbox
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.evidence import clean_evidence
from common.mailbox import kept
from common.models import AuditEvent, Channel, FileView, OutboxMessage, StoredFile
from common.ratelimit import TooManyError
from common.wording import until_sentence
from enrollment.models import Assignment, Binding, RescueAlert, RescueCase, StudentRecord
from enrollment.policies import available_rescue_actions
from enrollment.selectors import records_at_stake, rescue_timeline, rescues_against
from enrollment.services.rescue import (
    approve_rescue,
    call_in,
    meet,
    object_by_account,
    object_by_link,
    open_evidence,
    open_rescue,
    propose_rescue,
    refuse_rescue,
    restart_rescue,
    send_back_rescue,
    withdraw_rescue,
)
from enrollment.services.rescue.opening import CASES_PER_ACCOUNT, CASES_PER_NUMBER, Claim
from enrollment.states import AssignmentRole, RescueAction, RescueOpinion, RescueProof, RescueState
from tests.factories import enrolment, people, rescue
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NUMBER = people.make_number(777)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
PHOTO = Claim(proof=RescueProof.PHOTO, photo=clean_evidence(rescue.hand_held(), "我.jpg"))
COUNTER = Claim(proof=RescueProof.COUNTER)


@pytest.fixture
def roster(class_group) -> StudentRecord:
    """The record of the number, as the roster has it."""
    return enrolment.make_record(
        class_group=class_group, id_number=NUMBER, name="沈若溪", candidate_no="22990101010777"
    )


@pytest.fixture
def holder(roster: StudentRecord) -> User:
    """The account that the recruiting office opened: bound, with mail and phone."""
    user = people.make_user("old@example.test", phone="+8613800138777")
    enrolment.bind(roster, people.make_identity(user, name=roster.name, number=NUMBER))
    return user


@pytest.fixture
def claimant(holder: User) -> User:
    """The person with a new account, whose number is taken."""
    user = people.make_user("new@example.test")
    rescue.make_claimant(user, number=NUMBER)
    return user


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def identity_of(user: User) -> DeclaredIdentity:
    return DeclaredIdentity.objects.get(user=user)


def opened(user: User, now: datetime, claim: Claim = PHOTO) -> RescueCase:
    return open_rescue(identity=identity_of(user), claim=claim, actor=user, now=now)


def proposed(
    case: RescueCase, actor: User, now: datetime, opinion: RescueOpinion = RescueOpinion.APPROVE
) -> RescueCase:
    return propose_rescue(
        case=case, opinion=opinion, answer="证件和本人一致。", name="李老师", actor=actor, now=now
    )


def approved(case: RescueCase, actor: User, now: datetime) -> RescueCase:
    return approve_rescue(case=case, name="王老师", actor=actor, now=now)


def token_in_mails() -> str:
    link = next(message.body for message in mail.outbox if "objection/" in message.body)
    return link.split("objection/")[1].split("/")[0]


# --- opening ---------------------------------------------------------------------------------


def test_case_has_both_clocks_and_a_timeline(claimant: User, now: datetime) -> None:
    case = opened(claimant, now)

    assert case.state == RescueState.OPEN
    assert case.freeze_ends_at == now + DAY
    # Friday; Monday to Thursday, the festival on the Friday, then Monday.
    assert until_sentence(case.due_at) == "6月22日（星期一）24:00"
    labels = [step.label for step in rescue_timeline(case, now=now)]
    assert labels == ["已提交", "等待 24 小时", "学籍科核实", "第二位老师确认", "答复你"]
    assert AuditEvent.objects.get(action="rescue.opened").object_id == str(case.pk)


def test_every_proved_contact_of_the_holder_is_told_and_no_name(
    claimant: User, holder: User, now: datetime
) -> None:
    EmailAddress.objects.create(user=holder, email="second@example.test", verified=True)
    EmailAddress.objects.create(user=holder, email="unproved@example.test", verified=False)

    case = opened(claimant, now)
    outbox.deliver_pending(now=now)

    told = [message for message in mail.outbox if "用另一个账号提交申请" in message.body]
    assert sorted(message.to[0] for message in told) == ["old@example.test", "second@example.test"]
    sms = next(each for each in kept() if each.kind == "sms" and "8777" in each.to)
    assert "/identity/objection/" in sms.body
    for text in [sms.body, *(message.body for message in told)]:
        assert "沈" not in text
        assert "new@" not in text
        assert NUMBER[6:14] not in text
    notice = OutboxMessage.objects.get(channel=Channel.NOTICE, user=holder)
    assert notice.template == "rescue_alert"
    assert case.alerts.exclude(token_index=None).count() == 3
    assert OutboxMessage.objects.filter(template="rescue_alert", secret_params=None).count() == 4


def test_opening_does_the_same_for_a_held_and_an_unheld_number(
    claimant: User, now: datetime
) -> None:
    free = people.make_user("free@example.test")
    people.make_identity(free, number=people.make_number(778))
    claimant, free = (User.objects.get(pk=each.pk) for each in (claimant, free))  # nothing cached

    with CaptureQueriesContext(connection) as held:
        case = opened(claimant, now)
    with CaptureQueriesContext(connection) as unheld:
        other = opened(free, now)

    verbs = [
        [
            query["sql"].split(" ", 4)[:3]
            for query in seen.captured_queries
            if _is_ours(query["sql"])
        ]
        for seen in (held, unheld)
    ]
    assert verbs[0] == verbs[1]
    assert (case.holder is None, other.holder is None) == (False, True)
    assert [(step.label, step.state, step.note) for step in rescue_timeline(case, now=now)] == [
        (step.label, step.state, step.note) for step in rescue_timeline(other, now=now)
    ]


def _is_ours(sql: str) -> bool:
    """Without what the delivery in this very process does after the commit."""
    return "common_outboxmessage" not in sql and "SAVEPOINT" not in sql


def test_second_case_while_one_runs_is_refused(claimant: User, now: datetime) -> None:
    opened(claimant, now)

    with pytest.raises(NotAllowedError, match="已经有一个申请"):
        opened(claimant, now)


def test_cases_are_limited_per_account(claimant: User, now: datetime) -> None:
    for _ in range(CASES_PER_ACCOUNT.amount):
        withdraw_rescue(case=opened(claimant, now, COUNTER), actor=claimant, now=now)

    with pytest.raises(TooManyError):
        opened(claimant, now, COUNTER)


def test_cases_are_limited_per_number(claimant: User, holder: User, now: datetime) -> None:
    for turn in range(CASES_PER_NUMBER.amount):
        user = people.make_user(f"again{turn}@example.test")
        rescue.make_claimant(user, number=NUMBER)
        opened(user, now, COUNTER)

    with pytest.raises(TooManyError):
        opened(claimant, now, COUNTER)


def test_bound_and_staff_accounts_open_nothing(holder: User, li: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="已经绑定"):
        opened(holder, now)
    with pytest.raises(NotAllowedError, match="工作账号"):
        open_rescue(identity=identity_of(holder), claim=COUNTER, actor=li, now=now)


def test_case_for_somebody_else_is_refused(claimant: User, eve: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        open_rescue(identity=identity_of(claimant), claim=COUNTER, actor=eve, now=now)


@pytest.mark.parametrize("claim", [Claim(proof=RescueProof.PHOTO), Claim(proof=RescueProof.FACTS)])
def test_claim_without_its_proof_is_refused(claimant: User, now: datetime, claim: Claim) -> None:
    with pytest.raises(InvalidInputError):
        opened(claimant, now, claim)


def test_photo_is_sealed_and_has_an_end(claimant: User, now: datetime) -> None:
    case = opened(claimant, now)

    file = StoredFile.objects.get(rescue_evidence__case=case)
    assert file.encrypted
    assert file.retain_until == now + timedelta(days=365)
    withdraw_rescue(case=case, actor=claimant, now=now + DAY)
    file.refresh_from_db()
    assert file.retain_until == now + DAY + timedelta(days=90)


# --- facts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (
            {"candidate_no": "２２990101010777 ", "entry_date": "2022年9月1日", "ethnicity": "汉"},
            [True] * 3,
        ),
        (
            {"candidate_no": "22990101010770", "entry_date": "20220901", "ethnicity": "汉族"},
            [False, True, True],
        ),
        ({"candidate_no": "", "entry_date": "九月", "ethnicity": "回族"}, [False] * 3),
    ],
    ids=["agreeing", "one-wrong", "all-wrong"],
)
def test_facts_are_compared_as_people_write_them(
    claimant: User, roster: StudentRecord, now: datetime, given: dict[str, str], outcome: list[bool]
) -> None:
    claim = Claim(proof=RescueProof.FACTS, school=roster.school, facts=given)

    case = opened(claimant, now, claim)

    assert list(case.facts.values()) == outcome


def test_facts_without_a_record_come_to_nothing(now: datetime, roster: StudentRecord) -> None:
    user = people.make_user()
    people.make_identity(user, number=people.make_number(779))
    facts = {"candidate_no": "22990101010777", "political_status": "群众"}

    case = opened(user, now, Claim(proof=RescueProof.FACTS, school=roster.school, facts=facts))

    assert case.facts == {"candidate_no": None, "political_status": None}


def test_fact_that_the_roster_lacks_is_no_agreement(
    claimant: User, roster: StudentRecord, now: datetime
) -> None:
    claim = Claim(
        proof=RescueProof.FACTS,
        school=roster.school,
        facts={"political_status": "", "ethnicity": ""},
    )

    assert opened(claimant, now, claim).facts == {"ethnicity": False, "political_status": None}


def test_what_was_typed_is_kept_nowhere(
    claimant: User, roster: StudentRecord, now: datetime
) -> None:
    facts = {"candidate_no": "22990101019999"}
    case = opened(claimant, now, Claim(proof=RescueProof.FACTS, school=roster.school, facts=facts))

    kept_text = str(RescueCase.objects.filter(pk=case.pk).values()) + str(
        list(AuditEvent.objects.values())
    )
    assert "22990101019999" not in kept_text


# --- the whole way ---------------------------------------------------------------------------


def test_number_records_and_posts_change_hands(
    claimant: User, holder: User, roster: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    enrolment.assign(holder, AssignmentRole.MONITOR, class_group=roster.class_group)
    second = enrolment.make_record(id_number=NUMBER, name=roster.name)
    case = proposed(opened(claimant, now), li, now + DAY)

    approved(case, wang, now + 2 * DAY)

    holder.refresh_from_db()
    assert set(
        Binding.objects.filter(identity__user=claimant).values_list("record", flat=True)
    ) == {
        roster.pk,
        second.pk,
    }
    assert not Binding.objects.filter(identity__user=holder).exists()
    assert user_with_number(NUMBER) == claimant
    assert (holder.superseded_at, holder.superseded_by) == (now + 2 * DAY, wang.actor_label)
    assert holder.is_active
    assert not Assignment.objects.in_force_at(now + 2 * DAY).filter(user=holder).exists()
    assert (case.state, case.proposer, case.decider) == (RescueState.APPROVED, li, wang)
    actions = set(
        AuditEvent.objects.filter(occurred_at=now + 2 * DAY).values_list("action", flat=True)
    )
    assert {"rescue.approved", "account.superseded", "identity.number_moved"} <= actions
    moved = AuditEvent.objects.filter(action="binding.made", subject_id=str(roster.pk))
    assert moved.get().reason == f"证件号码找回 {case.case_no}"


def test_both_sides_are_told_of_the_end(
    claimant: User, holder: User, li: User, wang: User, now: datetime
) -> None:
    case = proposed(opened(claimant, now), li, now + DAY)

    approved(case, wang, now + DAY)
    outbox.deliver_pending(now=now + DAY)

    ends = [each for each in mail.outbox if "停用" in each.subject or "通过了" in each.subject]
    assert sorted(each.to[0] for each in ends) == ["new@example.test", "old@example.test"]
    assert any(each.kind == "sms" and "停用" in each.body for each in kept())


def test_further_number_of_the_holder_goes_along(
    claimant: User, holder: User, li: User, wang: User, now: datetime
) -> None:
    older = people.make_number(780)
    row = IdentityNumber.objects.get(identity__user=holder)
    row.pk, row.number = None, older
    row.number_index = people.document_index(older)
    row.save()
    old_record = enrolment.make_record(id_number=older, name="沈若溪")
    enrolment.bind(old_record, identity_of(holder))

    approved(proposed(opened(claimant, now), li, now + DAY), wang, now + DAY)

    mine = IdentityNumber.objects.filter(identity__user=claimant, superseded_at=None)
    assert sorted(each.number for each in mine) == sorted([NUMBER, older])
    assert {each.source for each in mine} <= {NumberSource.STAFF, NumberSource.ROSTER}
    assert IdentityNumber.objects.filter(identity__user=holder, superseded_at=None).count() == 0
    assert Binding.objects.get(record=old_record).identity.user == claimant


def test_unheld_number_gets_its_record_without_another_account(
    roster: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    user = people.make_user("alone@example.test")
    people.make_identity(user, number=NUMBER, name=roster.name)

    case = approved(proposed(opened(user, now), li, now + DAY), wang, now + DAY)

    assert case.holder is None
    assert Binding.objects.get().record == roster
    assert not User.objects.exclude(superseded_at=None).exists()


def test_nothing_to_hand_over_is_not_approved(li: User, now: datetime) -> None:
    user = people.make_user()
    people.make_identity(user, number=people.make_number(781))

    with pytest.raises(NotAllowedError, match="没有可以转的"):
        proposed(opened(user, now), li, now + DAY)


def test_record_in_another_name_stops_the_approval(
    claimant: User, roster: StudentRecord, li: User, now: datetime
) -> None:
    enrolment.make_record(id_number=NUMBER, name="秦牧野")

    with pytest.raises(NotAllowedError, match="别的姓名"):
        proposed(opened(claimant, now), li, now + DAY)


def test_record_bound_to_a_third_account_stops_the_approval(
    claimant: User, li: User, eve: User, now: datetime
) -> None:
    other = enrolment.make_record(id_number=NUMBER, name="沈若溪")
    enrolment.bind(other, people.make_identity(eve))

    with pytest.raises(NotAllowedError, match="第三个账号"):
        proposed(opened(claimant, now), li, now + DAY)


def test_refusal_leaves_everything_and_says_why(
    claimant: User, holder: User, roster: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    case = proposed(opened(claimant, now), li, now, RescueOpinion.REFUSE)

    refuse_rescue(case=case, name="王老师", actor=wang, now=now + SECOND)

    holder.refresh_from_db()
    assert (case.state, case.answer) == (RescueState.REFUSED, "证件和本人一致。")
    assert Binding.objects.get().identity.user == holder
    assert holder.superseded_at is None
    assert OutboxMessage.objects.filter(template="rescue_refused", user=claimant).count() == 2


# --- the freeze ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "may"),
    [(-SECOND, False), (timedelta(0), True), (SECOND, True)],
    ids=["-1", "0", "+1"],
)
def test_approval_waits_for_the_end_of_the_freeze(
    claimant: User, li: User, now: datetime, offset: timedelta, may: bool
) -> None:
    case = opened(claimant, now)
    moment = now + DAY + offset

    assert case.is_frozen_at(moment) is not may
    assert RescueCase.objects.frozen_at(moment).exists() is not may
    if may:
        assert proposed(case, li, moment).state == RescueState.AWAITING_SECOND
    else:
        with pytest.raises(NotAllowedError, match="以前不能通过"):
            proposed(case, li, moment)


@pytest.mark.parametrize(
    ("offset", "late"),
    [(-SECOND, False), (timedelta(0), True), (SECOND, True)],
    ids=["-1", "0", "+1"],
)
def test_overdue_begins_with_the_term(
    claimant: User, now: datetime, offset: timedelta, late: bool
) -> None:
    case = opened(claimant, now)

    assert case.is_overdue_at(case.due_at + offset) is late
    assert RescueCase.objects.overdue_at(case.due_at + offset).exists() is late
    withdraw_rescue(case=case, actor=claimant, now=now)
    assert not case.is_overdue_at(case.due_at + DAY)
    assert not RescueCase.objects.overdue_at(case.due_at + DAY).exists()


# --- objection -------------------------------------------------------------------------------


def test_objection_needs_the_counter(claimant: User, holder: User, li: User, now: datetime) -> None:
    case = opened(claimant, now)

    object_by_account(case=case, reason="是我本人", actor=holder, now=now + SECOND)

    assert (case.state, case.objection) == (RescueState.COUNTER, "是我本人")
    with pytest.raises(NotAllowedError, match="当面核对"):
        proposed(case, li, now + DAY)
    meet(case=case, note="看了身份证原件", actor=li, now=now + DAY)
    assert proposed(case, li, now + DAY).state == RescueState.AWAITING_SECOND


def test_meeting_before_the_objection_does_not_count(
    claimant: User, holder: User, li: User, now: datetime
) -> None:
    case = meet(case=opened(claimant, now), note="看了证件", actor=li, now=now + SECOND)

    object_by_account(case=case, reason="", actor=holder, now=now + 2 * SECOND)

    assert case.needs_meeting
    with pytest.raises(NotAllowedError, match="当面核对"):
        proposed(case, li, now + DAY)


def test_objection_takes_the_proposal_away(
    claimant: User, holder: User, li: User, wang: User, now: datetime
) -> None:
    case = proposed(opened(claimant, now), li, now + DAY)
    stale = RescueCase.objects.get(pk=case.pk)

    object_by_account(case=case, reason="", actor=holder, now=now + DAY + SECOND)

    assert (case.opinion, case.proposer) == ("", None)
    with pytest.raises(StaleStateError):
        approved(stale, wang, now + DAY + 2 * SECOND)


def test_link_objects_once_without_logging_in(claimant: User, now: datetime) -> None:
    case = opened(claimant, now)
    outbox.deliver_pending(now=now)
    alert = RescueAlert.objects.filter(case=case, channel=Channel.EMAIL).get()
    assert token_in_mails()

    object_by_link(alert=alert, reason="", now=now + SECOND)

    case.refresh_from_db()
    assert (case.state, case.objected_by) == (RescueState.COUNTER, alert.contact)
    with pytest.raises(StaleStateError, match="用过"):
        object_by_link(alert=alert, reason="", now=now + 2 * SECOND)


def test_only_the_holder_objects(claimant: User, eve: User, li: User, now: datetime) -> None:
    case = opened(claimant, now)

    for stranger in (eve, li, claimant):
        with pytest.raises(NotAllowedError):
            object_by_account(case=case, reason="", actor=stranger, now=now)
        assert not rescues_against(stranger).exists()


def test_claimant_sees_the_same_when_called_in_and_when_objected_to(
    claimant: User, holder: User, li: User, now: datetime
) -> None:
    case = opened(claimant, now)
    call_in(case=case, note="照片不清楚", actor=li, now=now + SECOND)
    called = rescue_timeline(case, now=now + DAY)
    meet(case=case, note="没带证件", actor=li, now=now + SECOND)
    RescueCase.objects.filter(pk=case.pk).update(met_at=None, met_by="")
    case.refresh_from_db()
    object_by_account(case=case, reason="", actor=holder, now=now + 3 * SECOND)

    assert rescue_timeline(case, now=now + DAY) == called
    templates = OutboxMessage.objects.filter(user=claimant, channel=Channel.NOTICE)
    assert [row.template for row in templates.order_by("pk")] == [
        "rescue_opened",
        "rescue_counter",
        "rescue_counter",
    ]


def test_counter_case_is_approved_only_after_the_visit(
    claimant: User, li: User, now: datetime
) -> None:
    case = opened(claimant, now, COUNTER)

    with pytest.raises(NotAllowedError, match="当面核对"):
        proposed(case, li, now + DAY)
    meet(case=case, note="看了护照", actor=li, now=now + DAY)
    assert proposed(case, li, now + DAY).opinion == RescueOpinion.APPROVE


# --- who decides -----------------------------------------------------------------------------


def test_second_decision_is_another_persons(
    claimant: User, li: User, wang: User, now: datetime
) -> None:
    case = proposed(opened(claimant, now), li, now + DAY)

    with pytest.raises(NotAllowedError, match="另一个人"):
        approved(case, li, now + DAY)
    assert RescueAction.APPROVE not in available_rescue_actions(li, case, now=now + DAY)
    assert RescueAction.APPROVE in available_rescue_actions(wang, case, now=now + DAY)
    assert RescueAction.REFUSE not in available_rescue_actions(wang, case, now=now + DAY)


@pytest.mark.parametrize("side", ["identity", "holder"])
def test_nobody_decides_on_a_case_about_oneself(
    claimant: User, holder: User, li: User, now: datetime, side: str
) -> None:
    """Roles and numbers do not mix in one account; should they ever, the case is closed to it."""
    case = opened(claimant, now)
    involved = claimant if side == "identity" else holder
    people.OfficeRole.objects.create(
        user=involved, role=Role.REGISTRAR, granted_at=now, granted_by="测试"
    )
    involved = User.objects.get(pk=involved.pk)

    for act in (
        lambda: proposed(case, involved, now + DAY),
        lambda: meet(case=case, note="看过", actor=involved, now=now),
        lambda: call_in(case=case, note="来", actor=involved, now=now),
    ):
        with pytest.raises(NotAllowedError, match="和你有关"):
            act()


def test_students_and_auditors_decide_nothing(
    claimant: User, auditor: User, eve: User, now: datetime
) -> None:
    case = opened(claimant, now)

    for person in (auditor, eve):
        assert available_rescue_actions(person, case, now=now + DAY) == []
        with pytest.raises(NotAllowedError):
            proposed(case, person, now + DAY)


def test_second_person_sends_back(claimant: User, li: User, wang: User, now: datetime) -> None:
    case = proposed(opened(claimant, now), li, now + DAY)

    send_back_rescue(case=case, note="再看一次照片", actor=wang, now=now + DAY)

    assert (case.state, case.opinion, case.proposer) == (RescueState.OPEN, "", None)


def test_account_that_came_to_the_number_meanwhile_is_told_first(
    claimant: User, holder: User, li: User, wang: User, now: datetime
) -> None:
    rival = people.make_user("rival@example.test")
    rescue.make_claimant(rival, number=NUMBER)
    case = opened(claimant, now)
    approved(proposed(opened(rival, now), li, now + DAY), wang, now + DAY)

    with pytest.raises(NotAllowedError, match="登记这个号码的账号变了"):
        proposed(case, li, now + DAY)
    restart_rescue(case=case, note="号码转过一次", actor=li, now=now + DAY)

    assert case.holder == rival
    assert case.freeze_ends_at == now + 2 * DAY
    assert OutboxMessage.objects.filter(template="rescue_alert", user=rival).count() == 1
    with pytest.raises(NotAllowedError, match="没有变"):
        restart_rescue(case=case, note="再来", actor=li, now=now + DAY)


def test_old_link_does_not_reach_a_restarted_case(
    claimant: User, holder: User, li: User, wang: User, now: datetime
) -> None:
    rival = people.make_user("rival@example.test")
    rescue.make_claimant(rival, number=NUMBER)
    case = opened(claimant, now)
    alert = RescueAlert.objects.filter(case=case, channel=Channel.EMAIL).get()
    approved(proposed(opened(rival, now), li, now + DAY), wang, now + DAY)
    restart_rescue(case=case, note="号码转过一次", actor=li, now=now + DAY)

    with pytest.raises(StaleStateError, match="失效"):
        object_by_link(
            alert=RescueAlert.objects.select_related("case").get(pk=alert.pk), reason="", now=now
        )


def test_withdrawn_case_cannot_be_decided(
    claimant: User, holder: User, li: User, now: datetime
) -> None:
    case = withdraw_rescue(case=opened(claimant, now), actor=claimant, now=now)

    with pytest.raises(StaleStateError):
        proposed(case, li, now + DAY)
    with pytest.raises(StaleStateError):
        object_by_account(case=case, reason="", actor=holder, now=now)


def test_photo_view_is_logged_with_the_record(
    claimant: User, roster: StudentRecord, li: User, now: datetime
) -> None:
    case = opened(claimant, now)

    data = open_evidence(evidence=case.evidence.get(), viewer=li, now=now)

    view = FileView.objects.get()
    assert data[:3] == b"\xff\xd8\xff"
    assert (view.viewer_id, view.subject_id) == (str(li.pk), str(roster.pk))
    assert case.case_no in view.purpose


def test_stake_is_what_an_approval_moves(
    claimant: User, roster: StudentRecord, now: datetime
) -> None:
    case = opened(claimant, now)

    assert [record.pk for record, _ in records_at_stake(case)] == [roster.pk]


# --- races -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_confirmations_and_an_objection_and_one_wins(
    claimant: User, holder: User, li: User, wang: User, roster: StudentRecord, now: datetime
) -> None:
    zhao = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    case = proposed(opened(claimant, now), li, now + DAY)
    copies = [
        RescueCase.objects.select_related("identity__user", "number", "holder").get(pk=case.pk)
        for _ in range(3)
    ]

    told = together(
        [
            partial(approved, copies[0], wang, now + DAY),
            partial(approved, copies[1], zhao, now + DAY),
            partial(object_by_account, case=copies[2], reason="", actor=holder, now=now + DAY),
        ]
    )

    case.refresh_from_db()
    assert sorted(map(bool, told)) == [False, True, True]
    assert all("刚刚" in each or "变了" in each or "办结" in each for each in told if each)
    winner = claimant if case.state == RescueState.APPROVED else holder
    assert Binding.objects.get(record=roster).identity.user == winner
    assert AuditEvent.objects.filter(action__in=["rescue.approved", "rescue.objected"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_registrars_propose_at_once_and_one_wins(
    claimant: User, li: User, wang: User, now: datetime
) -> None:
    case = opened(claimant, now)
    copies = [RescueCase.objects.get(pk=case.pk) for _ in range(2)]

    told = together(
        [
            partial(proposed, copies[0], li, now + DAY),
            partial(proposed, copies[1], wang, now + DAY, RescueOpinion.REFUSE),
        ]
    )

    assert sorted(map(bool, told)) == [False, True]
    assert AuditEvent.objects.filter(action="rescue.proposed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_double_click_opens_one_case(claimant: User, now: datetime) -> None:
    told = together([partial(opened, claimant, now, COUNTER) for _ in range(2)])

    assert sorted(map(bool, told)) == [False, True]
    assert RescueCase.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_link_clicked_twice_at_once_counts_once(claimant: User, now: datetime) -> None:
    case = opened(claimant, now)
    alerts = [
        RescueAlert.objects.select_related("case__identity__user").get(
            case=case, channel=Channel.EMAIL
        )
        for _ in range(2)
    ]

    told = together([partial(object_by_link, alert=each, reason="", now=now) for each in alerts])

    assert sorted(map(bool, told)) == [False, True]
