"""Two accounts of one person: chosen value by value, merged by two people in one piece."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection

from accounts.models import AccountClosure, DeclaredIdentity, IdentityNumber, User
from accounts.selectors import declared_number_of, proved_contacts, user_with_number
from accounts.states import MergeSide, Role
from common import outbox
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import Assignment, Binding, DuplicateCase, PersonMerge, StudentRecord
from enrollment.policies import available_merge_actions
from enrollment.selectors import records_of
from enrollment.selectors.merge import likely_same, side_by_side, values_left_behind
from enrollment.services.merge import (
    RecordChoice,
    confirm_merge,
    drop_merge,
    open_merge,
    propose_merge,
    send_back_merge,
)
from enrollment.states import AssignmentRole, EnrollmentStatus, MergeAction, MergeState
from tests.factories import enrolment, merging, people, rescue
from tests.factories.merging import DAY, make_plan, merged, opened

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

SECOND = timedelta(seconds=1)
NEWER = people.make_number(941, birth="18860313")
ELSE = people.make_number(950, birth="18870101")


@pytest.fixture
def theirs(record: StudentRecord) -> StudentRecord:
    """The same enrolment once more, under the number of an old document, with another ethnicity."""
    return enrolment.make_record(
        class_group=record.class_group,
        id_number=NEWER,
        name="沈若汐",
        student_no="2022049999",
        ethnicity="回族",
        remark="补录",
    )


@pytest.fixture
def other(theirs: StudentRecord) -> User:
    """Her second account: another name on it, a phone beside the mail, monitor of the class."""
    user = people.make_user("other@example.test", phone="+8613800138941")
    identity = people.make_identity(user, name="沈若汐", number=NEWER)
    DeclaredIdentity.objects.filter(pk=identity.pk).update(birth_date=date(1886, 3, 13), sex="女")
    enrolment.bind(theirs, identity)
    enrolment.assign(user, AssignmentRole.MONITOR, class_group=theirs.class_group)
    return user


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def state_of(case: PersonMerge) -> str:
    return PersonMerge.objects.get(pk=case.pk).state


def live_numbers(user: User) -> set[str]:
    rows = IdentityNumber.objects.filter(identity__user=user, superseded_at=None)
    return {str(row.number) for row in rows}


# --- opening ---------------------------------------------------------------------------------


def test_opening_changes_nothing_and_is_written_down(
    alice: User, other: User, li: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)

    assert case.state == MergeState.OPEN
    assert User.objects.get(pk=other.pk).superseded_at is None
    assert OutboxMessage.objects.count() == 0
    event = AuditEvent.objects.get(action="merge.opened")
    assert (event.object_id, event.actor_id) == (str(case.pk), str(li.pk))
    assert "other@example.test" not in str(event.details)


def test_account_in_an_open_case_is_not_taken_into_another(
    alice: User, other: User, eve: User, li: User, wang: User, now: datetime
) -> None:
    opened(alice, other, li, at=now)
    people.make_identity(eve, number=ELSE)

    for stays, goes in ((alice, eve), (eve, other), (eve, alice), (other, eve)):
        with pytest.raises(NotAllowedError, match="没办结的合并"):
            opened(stays, goes, wang, at=now)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ("closed", "已经注销"),
        ("replaced", "取代"),
        ("staff", "工作账号"),
        ("rescue", "证件号码找回"),
        ("claim", "学籍认领"),
        ("closing", "注销申请"),
    ],
)
def test_what_is_open_about_either_account_comes_first(
    alice: User, other: User, li: User, now: datetime, prepare: str, message: str
) -> None:
    if prepare == "closed":
        User.objects.filter(pk=other.pk).update(
            closed_at=now, is_active=False, email=None, phone=None, phone_index=None
        )
    elif prepare == "replaced":
        User.objects.filter(pk=other.pk).update(superseded_at=now, superseded_by="测试")
    elif prepare == "staff":
        enrolment.assign(other, AssignmentRole.COUNSELLOR, class_group=enrolment.make_class())
    elif prepare == "rescue":
        rescue.make_rescue(other, at=now)
    elif prepare == "claim":
        enrolment.make_claim(other.identity)
    else:
        AccountClosure.objects.create(user=other, requested_at=now, due_at=now + DAY)

    with pytest.raises(NotAllowedError, match=message):
        opened(alice, User.objects.get(pk=other.pk), li, at=now)


def test_account_without_identity_can_go_and_not_stay(
    alice: User, eve: User, li: User, wang: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError, match="换一个方向"):
        opened(eve, alice, li, at=now)

    merged(alice, eve, li, wang, at=now)
    assert User.objects.get(pk=eve.pk).superseded_at == now


def test_same_account_twice_is_refused(alice: User, li: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="同一个账号"):
        opened(alice, alice, li, at=now)


@pytest.mark.parametrize("who", ["alice", "auditor", "chen", "eve"])
def test_only_uninvolved_registrars_open(
    request: pytest.FixtureRequest, alice: User, other: User, who: str, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        opened(alice, other, request.getfixturevalue(who), at=now)


def test_reason_is_needed(alice: User, other: User, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError):
        open_merge(stays=alice, goes=other, reason=" ", actor=li, now=now)


# --- choosing --------------------------------------------------------------------------------


def test_proposal_tells_both_and_changes_nothing(
    alice: User, other: User, li: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    before = side_by_side(alice, other)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=li, now=now)
    outbox.deliver_pending(now=now)

    assert side_by_side(*(User.objects.get(pk=user.pk) for user in (alice, other))) == before
    assert case.freeze_ends_at == now + DAY
    told = [message for message in mail.outbox if "打算合并" in message.subject]
    assert sorted(message.to[0] for message in told) == ["alice@example.test", "other@example.test"]
    assert "6月13日（星期六）14:32以前不会合并" in told[0].body
    channels = OutboxMessage.objects.filter(template="merge_proposed")
    assert sorted(channels.values_list("channel", flat=True)) == [
        "EMAIL",
        "EMAIL",
        "NOTICE",
        "NOTICE",
        "SMS",
    ]
    for message in told:
        other_side = {"alice": "other@", "other": "alice@"}[message.to[0].split("@")[0]]
        assert other_side not in message.body
        assert "沈" not in message.body
    assert not DuplicateCase.objects.exists()


def test_plan_that_cannot_be_is_refused_at_once(
    alice: User, eve: User, other: User, li: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    stranger = people.make_identity(eve, number=ELSE).numbers.get()
    bad: list[dict[str, Any]] = [
        {"primary": stranger.pk},
        {"former": (stranger.pk,)},
        {"former": (merging.number_of(alice),)},
    ]
    for person in bad:
        with pytest.raises(InvalidInputError):
            propose_merge(
                case=case, plan=make_plan(alice, **person), reason="核", actor=li, now=now
            )
    assert state_of(case) == MergeState.OPEN
    assert OutboxMessage.objects.count() == 0


def test_contact_that_is_not_there_or_not_proved_cannot_be_chosen(
    alice: User, other: User, li: User, now: datetime
) -> None:
    case = opened(other, alice, li, at=now)
    plan = make_plan(other, phone=MergeSide.GOES)
    with pytest.raises(InvalidInputError, match="没有这种联系方式"):
        propose_merge(case=case, plan=plan, reason="核", actor=li, now=now)

    EmailAddress.objects.filter(user=alice).update(verified=False)
    User.objects.filter(pk=other.pk).update(phone=None, phone_index=None, phone_verified_at=None)
    plan = make_plan(other, email=MergeSide.GOES)
    with pytest.raises(InvalidInputError, match="没有验证过"):
        propose_merge(case=case, plan=plan, reason="核", actor=li, now=now)


def test_records_of_strangers_and_other_fields_are_refused(
    alice: User, other: User, record: StudentRecord, theirs: StudentRecord, li: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    foreign = enrolment.make_record()
    for choices in (
        (RecordChoice(cancelled=foreign.pk, kept=record.pk),),
        (RecordChoice(cancelled=theirs.pk, kept=record.pk, values=("id_number",)),),
        (
            RecordChoice(cancelled=theirs.pk, kept=record.pk),
            RecordChoice(cancelled=record.pk, kept=theirs.pk),
        ),
    ):
        with pytest.raises(InvalidInputError):
            propose_merge(
                case=case, plan=make_plan(alice, records=choices), reason="核", actor=li, now=now
            )


# --- confirming ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "may"),
    [(-SECOND, False), (timedelta(0), True), (SECOND, True)],
    ids=["-1", "0", "+1"],
)
def test_confirmation_waits_for_the_end_of_the_freeze(
    alice: User, other: User, li: User, wang: User, now: datetime, offset: timedelta, may: bool
) -> None:
    case = opened(alice, other, li, at=now)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=li, now=now)
    moment = now + DAY + offset

    assert PersonMerge.objects.second_at(moment).exists() is may
    assert (MergeAction.CONFIRM in available_merge_actions(wang, case, now=moment)) is may
    if may:
        assert confirm_merge(case=case, reason="核", actor=wang, now=moment).state == "MERGED"
    else:
        with pytest.raises(NotAllowedError, match="以前不能确认"):
            confirm_merge(case=case, reason="核", actor=wang, now=moment)


def test_neither_opener_nor_chooser_confirms(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=wang, now=now)

    for actor in (li, wang):
        with pytest.raises(NotAllowedError, match="另一个人"):
            confirm_merge(case=case, reason="核", actor=actor, now=now + DAY)
    assert state_of(case) == MergeState.PROPOSED


def test_everything_chosen_happens(
    alice: User,
    other: User,
    record: StudentRecord,
    theirs: StudentRecord,
    li: User,
    wang: User,
    now: datetime,
) -> None:
    old_number = merging.number_of(alice)
    plan = make_plan(
        alice,
        records=(
            RecordChoice(cancelled=theirs.pk, kept=record.pk, values=("ethnicity", "remark")),
        ),
        name=MergeSide.GOES,
        birth_date=MergeSide.GOES,
        phone=MergeSide.GOES,
        primary=merging.number_of(other),
        former=(old_number,),
    )
    case = merged(alice, other, li, wang, at=now, plan=plan)

    alice, other = (User.objects.get(pk=user.pk) for user in (alice, other))
    assert (alice.email, alice.phone) == ("alice@example.test", "+8613800138941")
    assert (other.email, other.phone, other.superseded_at) == ("other@example.test", None, now)
    identity = DeclaredIdentity.objects.get(user=alice)
    assert (identity.name, identity.birth_date) == ("沈若汐", date(1886, 3, 13))
    assert live_numbers(alice) == {NEWER}
    assert live_numbers(other) == set()
    main = declared_number_of(identity)
    assert main is not None
    assert (main.number, main.is_primary) == (NEWER, True)
    assert user_with_number(NEWER) == alice
    assert list(records_of(alice)) == [record]
    record.refresh_from_db()
    theirs.refresh_from_db()
    assert (record.ethnicity, record.remark, record.name) == ("回族", "补录", "沈若溪")
    assert (theirs.duplicate_of, theirs.enrollment_status) == (record, EnrollmentStatus.CANCELLED)
    assert Binding.objects.get(record=theirs).identity == identity
    pair = DuplicateCase.objects.get()
    assert (pair.proposer_id, pair.decided_by) == (str(li.pk), wang.actor_label)
    held = Assignment.objects.in_force_at(now + SECOND).get(role=AssignmentRole.MONITOR)
    assert held.user == alice
    assert (case.state, case.decider) == (MergeState.MERGED, wang)


def test_chosen_mail_changes_places_and_logs_in(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    EmailAddress.objects.create(user=alice, email="other@example.test", verified=False)
    merged(alice, other, li, wang, at=now, plan=make_plan(alice, email=MergeSide.GOES))

    alice, other = (User.objects.get(pk=user.pk) for user in (alice, other))
    assert (alice.email, other.email) == ("other@example.test", "alice@example.test")
    assert proved_contacts(alice) == [("EMAIL", "other@example.test")]
    assert EmailAddress.objects.get(user=alice, primary=True).email == "other@example.test"
    assert EmailAddress.objects.get(user=other, primary=True).email == "alice@example.test"


def test_superseded_account_may_be_left_without_any_contact(
    alice: User, eve: User, li: User, wang: User, now: datetime
) -> None:
    by_phone = people.make_user(phone="+8613800138942")
    people.make_identity(by_phone, name="沈若溪", number=ELSE)
    merged(by_phone, eve, li, wang, at=now, plan=make_plan(by_phone, email=MergeSide.GOES))

    eve.refresh_from_db()
    assert (eve.email, eve.phone) == (None, None)
    assert eve.contact_label == f"账号 {eve.pk}"


def test_both_sides_are_told_by_the_contacts_they_had(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    merged(alice, other, li, wang, at=now, plan=make_plan(alice, phone=MergeSide.GOES))
    outbox.deliver_pending(now=now)

    ends = {message.to[0]: message.body for message in mail.outbox if "合并了" in message.subject}
    assert sorted(ends) == ["alice@example.test", "other@example.test"]
    assert "这个账号保留" in ends["alice@example.test"]
    assert "这个账号停用" in ends["other@example.test"]
    assert "alice@example.test" not in ends["other@example.test"]
    sms = OutboxMessage.objects.get(template="merge_done", channel="SMS")
    assert sms.params["is_kept"] is False


def test_audit_names_every_part_and_no_number(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    merged(alice, other, li, wang, at=now)

    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert {
        "merge.opened",
        "merge.proposed",
        "merge.confirmed",
        "account.joined",
        "account.superseded",
        "binding.removed",
        "binding.made",
    } <= set(actions)
    assert actions.count("account.joined") == 1  # the rehearsal left nothing
    text = str(list(AuditEvent.objects.values_list("details", "reason", "actor_label")))
    for secret in (NEWER, "other@example.test", "13800138941", "沈若汐"):
        assert secret not in text


def test_change_after_the_proposal_stops_the_confirmation(
    alice: User, other: User, record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=li, now=now)
    StudentRecord.objects.filter(pk=record.pk).update(ethnicity="满族", updated_at=now)

    with pytest.raises(NotAllowedError, match="有了变化"):
        confirm_merge(case=case, reason="核", actor=wang, now=now + DAY)
    assert state_of(case) == MergeState.PROPOSED

    send_back_merge(case=case, reason="民族改过", actor=wang, now=now + DAY)
    case.refresh_from_db()
    assert (case.state, case.choices, case.proposer) == (MergeState.OPEN, None, None)


def test_failure_in_the_middle_leaves_nothing_done(
    alice: User,
    other: User,
    record: StudentRecord,
    theirs: StudentRecord,
    li: User,
    wang: User,
    now: datetime,
) -> None:
    case = opened(alice, other, li, at=now)
    plan = make_plan(alice, records=(RecordChoice(cancelled=theirs.pk, kept=record.pk),))
    propose_merge(case=case, plan=plan, reason="核对过", actor=li, now=now)
    DuplicateCase.objects.create(  # somebody else works on the pair meanwhile
        record=theirs,
        stays=record,
        reason="别人提的",
        former_status=theirs.enrollment_status,
        proposer_id="0",
        proposed_at=now,
        proposed_by="别人",
    )

    with pytest.raises(StaleStateError):
        confirm_merge(case=case, reason="核", actor=wang, now=now + DAY)

    assert state_of(case) == MergeState.PROPOSED
    assert User.objects.get(pk=other.pk).superseded_at is None
    assert Binding.objects.get(record=theirs).identity.user == other
    assert not AuditEvent.objects.filter(action="merge.confirmed").exists()


def test_dropping_tells_those_who_were_told(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=li, now=now)
    drop_merge(case=case, reason="是两个人", actor=wang, now=now)

    assert state_of(case) == MergeState.DROPPED
    assert OutboxMessage.objects.filter(template="merge_dropped").count() == 5
    opened(alice, other, li, at=now)  # and it can be looked into again


def test_dropping_before_a_proposal_tells_nobody(
    alice: User, other: User, li: User, now: datetime
) -> None:
    drop_merge(case=opened(alice, other, li, at=now), reason="看错了", actor=li, now=now)

    assert OutboxMessage.objects.count() == 0


def test_two_who_confirm_at_once_find_one_merge(
    transactional_db: None, alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=li, now=now)
    zhao = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    start = Barrier(2)

    def confirm(actor: User) -> str:
        try:
            mine = PersonMerge.objects.select_related("stays", "goes", "proposer").get(pk=case.pk)
            start.wait()
            confirm_merge(case=mine, reason="核", actor=actor, now=now + DAY)
        except DomainError as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(confirm, [wang, zhao]))

    assert ends.count("done") == 1
    assert AuditEvent.objects.filter(action="merge.confirmed").count() == 1
    assert AuditEvent.objects.filter(action="account.superseded").count() == 1


def test_confirming_and_dropping_at_once_has_one_winner(
    transactional_db: None, alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    case = opened(alice, other, li, at=now)
    propose_merge(case=case, plan=make_plan(alice), reason="核对过", actor=li, now=now)
    start = Barrier(2)

    def act(deed: Any) -> str:
        try:
            mine = PersonMerge.objects.select_related("stays", "goes", "proposer").get(pk=case.pk)
            start.wait()
            deed(case=mine, reason="核", actor=wang, now=now + DAY)
        except DomainError as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(act, [confirm_merge, drop_merge]))

    assert ends.count("done") == 1
    is_merged = state_of(case) == MergeState.MERGED
    assert is_merged is (ends[0] == "done")
    assert (User.objects.get(pk=other.pk).superseded_at is not None) is is_merged


# --- finding ---------------------------------------------------------------------------------


def test_likely_same_names_its_grounds(alice: User, other: User, eve: User) -> None:
    assert likely_same(alice) == []
    DeclaredIdentity.objects.filter(user=other).update(name_key=alice.identity.name_key)
    DeclaredIdentity.objects.all().update(birth_date=date(1886, 3, 12))
    claimed = people.make_identity(eve, name="别人", number=ELSE)
    IdentityNumber.objects.create(
        identity=alice.identity,
        id_type="RESIDENT_ID",
        number=claimed.numbers.get().number,
        number_index=claimed.numbers.get().number_index,
        source="DECLARED",
        added_at=people.JOINED,
        added_by="本人",
        superseded_at=people.JOINED,
    )

    alice = User.objects.get(pk=alice.pk)
    assert {each.user.email: each.grounds for each in likely_same(alice)} == {
        "other@example.test": ("姓名和出生日期都一样",),
        "eve@example.test": ("登记过同一个证件号码",),
    }


def test_what_stays_behind_is_counted_by_its_name(
    alice: User, other: User, li: User, wang: User, now: datetime
) -> None:
    assert values_left_behind(other) == []
    enrolment.make_claim(other.identity, state="REFUSED", closed_at=now, closed_by="测试")
    enrolment.make_claim(other.identity, state="REFUSED", closed_at=now, closed_by="测试")

    assert values_left_behind(other) == [("学籍认领", 2)]
    merged(alice, other, li, wang, at=now)
    assert ("学籍认领", 2) in values_left_behind(other)
