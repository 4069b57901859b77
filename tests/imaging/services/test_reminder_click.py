"""One click: whom it reaches, how often a day, the quiet hours, who may; and what is said."""

from datetime import datetime
from functools import partial

import pytest
from django.core import mail

from accounts.models import User
from common import outbox
from common.errors import NotAllowedError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Campaign, CampaignMember, Reminder, ReminderRun
from imaging.policies.reminders import may_remind
from imaging.selectors.reminders import rules_of
from imaging.services.reminder_digest import announce_digests
from imaging.services.reminder_plan import choose_reminders
from imaging.services.reminders import Reminded, remind_due, send_class_reminder
from imaging.states import ConclusionKind
from tests.factories import imaging
from tests.factories.enrolment import assign, make_record
from tests.factories.people import make_user
from tests.factories.racing import together
from tests.factories.reminding import at, make_bound, make_plan, make_rules, reminders

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NOON = at(14, 12)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return imaging.make_campaign()


@pytest.fixture
def member(alice: User, record: StudentRecord, campaign: Campaign) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(record, campaign)


def click(member: CampaignMember, actor: User, now: datetime = NOON) -> Reminded:
    """The class of the member, reminded by this person."""
    assert member.class_group is not None
    return send_class_reminder(
        campaign=member.campaign, class_group=member.class_group, actor=actor, now=now
    )


def test_click_reaches_those_who_have_not_acted(
    member: CampaignMember, chen: User, campaign: Campaign
) -> None:
    done = make_bound()
    imaging.make_photo(done)
    own = imaging.make_member(done, campaign)
    for kind in ConclusionKind:
        imaging.make_conclusion(own, kind)

    found = click(member, chen)

    assert (found.reminded, found.is_put_off) == (1, False)
    assert list(Reminder.objects.values_list("member", "kind")) == [(member.pk, "BY_HAND")]
    run = ReminderRun.objects.get()
    assert (run.class_group, run.amount, run.asked_by) == (
        member.class_group,
        1,
        chen.actor_label,
    )
    assert AuditEvent.objects.get(action="reminder.sent").actor_id == chen.actor_id
    assert outbox.deliver_pending(now=NOON) == 1
    assert [sent.to for sent in mail.outbox] == [["alice@example.test"]]


def test_second_click_of_the_day_reaches_nobody_whoever_clicks(
    member: CampaignMember, chen: User, li: User
) -> None:
    click(member, chen)

    found = click(member, li)

    assert (found.reminded, found.others.already) == (0, 1)
    assert ReminderRun.objects.count() == 1
    assert click(member, li, at(15, 9)).reminded == 1


def test_schedule_and_click_share_the_bound(member: CampaignMember, chen: User) -> None:
    make_plan(member.campaign)
    assert click(member, chen, at(14, 8)).reminded == 1

    assert remind_due(now=at(14, 9)) == 0
    assert remind_due(now=at(16, 9)) == 1
    assert click(member, chen, at(16, 10)).reminded == 0


def test_school_may_allow_more_a_day(member: CampaignMember, chen: User) -> None:
    make_rules(per_day=2)

    assert [click(member, chen).reminded for _ in range(3)] == [1, 1, 0]
    assert sorted(Reminder.objects.values_list("slot", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_two_counsellors_at_one_moment_remind_once(
    member: CampaignMember, chen: User, li: User
) -> None:
    assert together([partial(click, member, chen), partial(click, member, li)]) == ["", ""]

    assert (Reminder.objects.count(), len(reminders()), ReminderRun.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("now", "due_at"),
    [
        (at(14, 7, 59, 59), at(14, 8)),
        (at(14, 8), at(14, 8)),
        (at(14, 21, 59, 59), at(14, 21, 59, 59)),
        (at(14, 22), at(15, 8)),
        (at(15, 0), at(15, 8)),
        (at(15, 3), at(15, 8)),
    ],
)
def test_quiet_hours_put_it_off_to_the_morning(
    member: CampaignMember, chen: User, now: datetime, due_at: datetime
) -> None:
    found = click(member, chen, now)

    assert (found.reminded, found.due_at, found.is_put_off) == (1, due_at, due_at > now)
    assert reminders()[0][1] == due_at
    assert outbox.deliver_pending(now=now) == int(due_at == now)
    assert outbox.deliver_pending(now=due_at) == int(due_at > now)


def test_put_off_reminder_takes_the_slot_of_the_morning(member: CampaignMember, chen: User) -> None:
    click(member, chen, at(14, 20))

    assert click(member, chen, at(14, 23)).reminded == 1
    assert click(member, chen, at(15, 10)).reminded == 0


def test_who_acts_in_the_night_is_not_reminded_in_the_morning(
    member: CampaignMember, chen: User
) -> None:
    click(member, chen, at(14, 23))
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=at(15, 1))

    assert outbox.deliver_pending(now=at(15, 8)) == 0
    assert OutboxMessage.objects.get(template="reminder").last_error == "已经不需要"


def test_morning_after_the_deadline_is_too_late(member: CampaignMember, chen: User) -> None:
    found = click(member, chen, at(16, 22))

    assert (found.reminded, found.others.too_late) == (0, 1)


def test_click_counts_everybody_who_is_awaited_once(
    member: CampaignMember, chen: User, campaign: Campaign
) -> None:
    out, waiting = make_bound(), make_bound()
    imaging.make_photo(out)
    imaging.make_member(out, campaign)
    choose_reminders(user=out.binding.identity.user, wants=False, now=at(1, 9))
    imaging.make_conclusion(imaging.make_member(waiting, campaign), ConclusionKind.DATA)
    imaging.make_member(make_record(), campaign)

    found = click(member, chen)

    others = found.others
    assert found.reminded == 1
    assert (others.opted_out, others.no_photo, others.no_account) == (1, 1, 1)
    assert (others.to_remind, others.already, others.too_late) == (1, 0, 0)


def test_class_whose_photos_are_not_there_is_left_in_peace(
    alice: User, record: StudentRecord, chen: User, campaign: Campaign
) -> None:
    found = click(imaging.make_member(record, campaign), chen)

    assert (found.reminded, found.others.no_photo) == (0, 1)


@pytest.mark.parametrize("now", [at(1, 7), at(20, 9)])
def test_click_before_and_after_the_campaign_is_refused(
    alice: User, record: StudentRecord, chen: User, now: datetime
) -> None:
    campaign = imaging.make_campaign(ends_at=at(19, 0))
    member = imaging.make_member(record, campaign)

    with pytest.raises(NotAllowedError):
        click(member, chen, now)


@pytest.mark.parametrize(
    ("name", "monitor_reminds", "expected"),
    [
        ("alice", False, False),
        ("monitor", False, False),
        ("monitor", True, True),
        ("chen", False, True),
        ("secretary", False, True),
        ("leader", False, True),
        ("li", False, True),
        ("auditor", True, False),
        ("eve", True, False),
    ],
)
def test_who_may_remind(
    name: str,
    monitor_reminds: bool,
    expected: bool,
    class_group: ClassGroup,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    make_rules(class_group.school, monitor_reminds=monitor_reminds)
    rules = rules_of(class_group.school)

    assert may_remind(request.getfixturevalue(name), class_group, rules=rules, now=now) is expected


def test_click_on_anothers_class_is_refused(member: CampaignMember) -> None:
    other = make_user()
    assign(
        other,
        AssignmentRole.COUNSELLOR,
        class_group=ClassGroup.objects.create(
            school=member.record.school, name="历史学 2201 班", entry_grade=2022
        ),
    )

    with pytest.raises(NotAllowedError):
        click(member, other)
    assert Reminder.objects.count() == 0


def test_rehearsal_reminds_nobody(member: CampaignMember, chen: User) -> None:
    Campaign.objects.filter(pk=member.campaign_id).update(
        title="【演练】2026 届毕业图像校对", is_rehearsal=True
    )
    member.campaign.refresh_from_db()
    make_plan(member.campaign, has_digest=True)

    assert remind_due(now=at(14, 9)) == 0
    assert announce_digests(now=at(14, 9)) == 0
    with pytest.raises(NotAllowedError, match="演练批次不发提醒"):
        click(member, chen)
    assert OutboxMessage.objects.count() == 0
