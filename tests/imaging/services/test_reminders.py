"""Reminders by the schedule: whom, on which day, once, and not any more when it is done."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common import outbox
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from enrollment.services.status import NewStatus, change_status
from enrollment.states import EnrollmentStatus
from imaging.models import Campaign, CampaignMember, Reminder, ReminderRun
from imaging.services.campaign import create_campaign, grant_extension
from imaging.services.reminder_plan import choose_reminders, set_reminder_plan
from imaging.services.reminders import remind_due
from imaging.states import CampaignKind, Conclusion, ConclusionKind
from tests.factories import imaging
from tests.factories.enrolment import bind, make_record, make_school
from tests.factories.people import make_identity, make_user
from tests.factories.racing import together
from tests.factories.reminding import at, make_bound, make_plan, make_rules, reminders

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

# The deadline is 16 June, 23:00 in Shanghai.
TWO_BEFORE = at(14, 9)


@pytest.fixture
def campaign(db: None) -> Campaign:
    return imaging.make_campaign()


@pytest.fixture
def member(alice: User, record: StudentRecord, campaign: Campaign) -> CampaignMember:
    """Alice, who has a photo and has concluded nothing."""
    imaging.make_photo(record)
    return imaging.make_member(record, campaign)


@pytest.mark.parametrize(
    ("now", "sent"),
    [
        (at(9, 8, 59, 59), 0),
        (at(9, 9), 1),
        (at(9, 21, 59, 59), 1),
        (at(9, 22), 0),
        (at(10, 9), 0),
        (at(11, 12), 0),
        (at(13, 21), 0),
        (at(14, 8, 59, 59), 0),
        (at(14, 9), 1),
        (at(15, 9), 0),
        (at(16, 9), 1),
        (at(16, 21, 59), 1),
        (at(16, 23), 0),
        (at(17, 9), 0),
    ],
)
def test_each_step_has_its_local_day_from_the_hour_until_the_quiet(
    member: CampaignMember, now: datetime, sent: int
) -> None:
    make_plan(member.campaign)

    assert remind_due(now=now) == sent


@pytest.mark.parametrize(("now", "sent"), [(at(14, 9), 0), (at(15, 9), 1), (at(16, 9), 0)])
def test_deadline_at_midnight_belongs_to_the_day_that_it_ends(
    alice: User, record: StudentRecord, now: datetime, sent: int
) -> None:
    campaign = imaging.make_campaign(closes_at=at(16, 0), sheet_freeze_at=at(17, 11))
    imaging.make_photo(record)
    imaging.make_member(record, campaign)
    make_plan(campaign, (0,))

    assert remind_due(now=now) == sent


def test_deadline_that_has_passed_on_its_last_day_is_not_reminded_of(
    alice: User, record: StudentRecord
) -> None:
    campaign = imaging.make_campaign(closes_at=at(16, 12), sheet_freeze_at=at(17, 11))
    imaging.make_photo(record)
    imaging.make_member(record, campaign)
    make_plan(campaign, (0,))

    assert remind_due(now=at(16, 12)) == 0
    assert remind_due(now=at(16, 11, 59, 59)) == 1


def test_reminder_is_a_row_an_event_and_a_mail_with_the_days_left(
    member: CampaignMember, alice: User
) -> None:
    make_plan(member.campaign)

    assert remind_due(now=TWO_BEFORE) == 1
    assert reminders() == [("EMAIL", TWO_BEFORE, at(14, 22))]
    row = Reminder.objects.get()
    assert (row.member, row.user, f"{row.remind_date}", row.slot) == (
        member,
        alice,
        "2026-06-14",
        1,
    )
    event = AuditEvent.objects.get(action="reminder.sent")
    assert event.details == {"campaign": member.campaign.title, "kind": "SCHEDULED", "amount": 1}
    assert ReminderRun.objects.get().amount == 1
    assert outbox.deliver_pending(now=TWO_BEFORE) == 1
    (sent,) = mail.outbox
    assert sent.to == ["alice@example.test"]
    assert sent.subject == "【毕业核对】还有 2 天：2026 届毕业图像校对你还没核完"
    assert "6月16日（星期二）23:00 截止" in str(sent.body)


@pytest.mark.parametrize(("day", "words"), [(15, "明天截止"), (16, "今天截止"), (9, "还有 7 天")])
def test_subject_says_how_many_days_are_left(member: CampaignMember, day: int, words: str) -> None:
    make_plan(member.campaign, (7, 1, 0))
    remind_due(now=at(day, 9))

    outbox.deliver_pending(now=at(day, 9))

    assert mail.outbox[0].subject.removeprefix("【毕业核对】").partition("：")[0] == words


def test_second_run_of_the_day_sends_nothing(member: CampaignMember) -> None:
    make_plan(member.campaign)

    assert remind_due(now=TWO_BEFORE) == 1
    assert remind_due(now=TWO_BEFORE + timedelta(minutes=5)) == 0
    assert (Reminder.objects.count(), ReminderRun.objects.count(), len(reminders())) == (1, 1, 1)


def test_second_run_sends_nothing_even_where_more_a_day_are_allowed(
    member: CampaignMember,
) -> None:
    make_rules(per_day=3)
    make_plan(member.campaign)

    assert [remind_due(now=TWO_BEFORE), remind_due(now=TWO_BEFORE)] == [1, 0]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_one_moment_send_once(member: CampaignMember) -> None:
    make_plan(member.campaign)

    together([partial(remind_due, now=TWO_BEFORE) for _ in range(2)])

    assert (Reminder.objects.count(), len(reminders())) == (1, 1)
    assert AuditEvent.objects.filter(action="reminder.sent").count() == 1


def test_days_that_were_missed_are_not_made_up_for(member: CampaignMember) -> None:
    make_plan(member.campaign, (7, 6, 5))

    assert remind_due(now=at(11, 21)) == 1
    assert len(reminders()) == 1


def test_extension_moves_the_reminders_of_that_student_alone(
    member: CampaignMember, li: User
) -> None:
    other = make_bound()
    imaging.make_photo(other)
    imaging.make_member(other, member.campaign)
    make_plan(member.campaign)
    grant_extension(
        campaign=member.campaign,
        record=member.record,
        closes_at=at(18, 23),
        sheet_freeze_at=at(19, 11),
        reason="住院",
        actor=li,
        now=at(10, 9),
    )

    remind_due(now=TWO_BEFORE)
    assert list(Reminder.objects.values_list("member__record", flat=True)) == [other.pk]
    remind_due(now=at(16, 9))
    assert remind_due(now=at(16, 9)) == 0
    assert Reminder.objects.filter(member=member).count() == 1
    assert remind_due(now=at(18, 9)) == 1


def test_who_acts_between_sending_and_delivery_gets_no_mail(
    member: CampaignMember, record: StudentRecord
) -> None:
    make_plan(member.campaign)
    remind_due(now=TWO_BEFORE)
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind, at=TWO_BEFORE)

    assert outbox.deliver_pending(now=TWO_BEFORE) == 0
    message = OutboxMessage.objects.get(template="reminder")
    assert (message.given_up_at, message.last_error) == (TWO_BEFORE, "已经不需要")
    assert mail.outbox == []


def test_who_opts_out_between_sending_and_delivery_gets_no_mail(
    member: CampaignMember, alice: User
) -> None:
    make_plan(member.campaign)
    remind_due(now=TWO_BEFORE)
    choose_reminders(user=alice, wants=False, now=TWO_BEFORE)

    assert outbox.deliver_pending(now=TWO_BEFORE) == 0


def test_late_delivery_does_not_break_the_quiet(member: CampaignMember) -> None:
    make_plan(member.campaign)
    remind_due(now=TWO_BEFORE)

    assert outbox.deliver_pending(now=at(14, 22)) == 0
    assert OutboxMessage.objects.get(template="reminder").last_error == "过期未发"


def test_only_those_who_owe_something_are_reminded(
    member: CampaignMember, campaign: Campaign
) -> None:
    done, half = make_bound(), make_bound()
    for record in (done, half):
        imaging.make_photo(record)
        own = imaging.make_member(record, campaign)
        imaging.make_conclusion(own, ConclusionKind.DATA, Conclusion.INCORRECT)
    imaging.make_conclusion(CampaignMember.objects.get(record=done), ConclusionKind.PHOTO)
    make_plan(campaign)

    remind_due(now=TWO_BEFORE)

    told = set(Reminder.objects.values_list("member__record", flat=True))
    assert told == {member.record_id, half.pk}


def test_who_waits_for_the_photo_alone_is_left_in_peace(
    member: CampaignMember, campaign: Campaign
) -> None:
    waiting = imaging.make_member(make_bound(), campaign)
    imaging.make_conclusion(waiting, ConclusionKind.DATA)
    make_plan(campaign)

    remind_due(now=TWO_BEFORE)

    assert list(Reminder.objects.values_list("member", flat=True)) == [member.pk]


def test_nobody_is_reminded_before_the_cohorts_photos_are_there(
    alice: User, record: StudentRecord, campaign: Campaign
) -> None:
    imaging.make_member(record, campaign)
    make_plan(campaign)

    assert remind_due(now=TWO_BEFORE) == 0


@pytest.mark.parametrize("status", [EnrollmentStatus.SUSPENDED, EnrollmentStatus.DECEASED])
def test_who_does_not_take_part_is_not_reminded(
    member: CampaignMember, status: EnrollmentStatus
) -> None:
    new = NewStatus(status=status, effective_from=at(1, 9).date())
    change_status(record=member.record, new=new, reason="决定", actor=make_user(), now=at(2, 9))
    make_plan(member.campaign)

    assert remind_due(now=TWO_BEFORE) == 0


def test_removed_hidden_unbound_and_silenced_are_not_reminded(campaign: Campaign) -> None:
    make_plan(campaign)
    removed, hidden, silenced = make_bound(), make_bound(), make_bound()
    for record in (removed, hidden, silenced, make_record()):
        imaging.make_photo(record)
        imaging.make_member(record, campaign)
    CampaignMember.objects.filter(record=removed).update(removed_at=at(2, 9), removed_by="测试")
    StudentRecord.objects.filter(pk=hidden.pk).update(
        hidden_at=at(2, 9), hidden_by="测试", hidden_reason="核实"
    )
    User.objects.filter(pk=silenced.binding.identity.user_id).update(
        silenced_at=at(2, 9), silenced_by="测试"
    )

    assert remind_due(now=TWO_BEFORE) == 0


def test_opt_out_stops_the_schedule_and_opting_in_lets_it_run(
    member: CampaignMember, alice: User
) -> None:
    make_plan(member.campaign)
    choose_reminders(user=alice, wants=False, now=at(1, 9))
    assert remind_due(now=TWO_BEFORE) == 0

    choose_reminders(user=alice, wants=True, now=at(15, 9))
    assert remind_due(now=at(16, 9)) == 1
    actions = AuditEvent.objects.filter(action__startswith="reminder.opted").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "reminder.opted_out",
        "reminder.opted_in",
    ]


def test_opt_out_does_not_stop_a_notice_of_more_time(
    member: CampaignMember, alice: User, li: User
) -> None:
    choose_reminders(user=alice, wants=False, now=at(1, 9))

    grant_extension(
        campaign=member.campaign,
        record=member.record,
        closes_at=at(18, 23),
        sheet_freeze_at=at(19, 11),
        reason="住院",
        actor=li,
        now=at(10, 9),
    )

    assert OutboxMessage.objects.filter(template="deadline_moved", user=alice).count() == 2


def test_freshman_is_reminded_without_a_photo_and_told_what_silence_means(
    alice: User, record: StudentRecord
) -> None:
    campaign = imaging.make_campaign(kind=CampaignKind.FRESHMAN, title="2026 级新生学籍自查")
    imaging.make_member(record, campaign)
    make_plan(campaign)

    assert remind_due(now=TWO_BEFORE) == 1
    outbox.deliver_pending(now=TWO_BEFORE)
    assert "到时没有提交，就按“信息正确”算。" in str(mail.outbox[0].body)


def test_phone_account_gets_an_sms(campaign: Campaign, record: StudentRecord) -> None:
    user = make_user(phone="+8613800138000")
    bind(record, make_identity(user, name=record.name, number=record.id_number))
    imaging.make_photo(record)
    imaging.make_member(record, campaign)
    make_plan(campaign)

    remind_due(now=TWO_BEFORE)

    assert reminders() == [("SMS", TWO_BEFORE, at(14, 22))]


def test_new_campaign_begins_with_the_usual_plan_and_an_old_one_has_none(
    member: CampaignMember, li: User
) -> None:
    assert remind_due(now=TWO_BEFORE) == 0

    made = create_campaign(
        title="2027 届",
        kind=CampaignKind.GRADUATION,
        graduating_class=2027,
        schools=[make_school()],
        opens_at=at(1, 9),
        closes_at=at(16, 23),
        sheet_freeze_at=at(17, 11),
        profile=imaging.make_profile(),
        actor=li,
        now=at(1, 8),
    )
    plan = made.reminder_plan
    assert (plan.days_before, plan.hour, plan.has_digest) == ([7, 2, 0], 9, True)


def test_plan_that_was_emptied_sends_nothing(member: CampaignMember, li: User) -> None:
    make_plan(member.campaign)
    set_reminder_plan(
        campaign=member.campaign,
        days_before=[],
        hour=9,
        has_digest=False,
        actor=li,
        now=at(1, 9),
        reason="由学院提醒",
    )

    assert remind_due(now=TWO_BEFORE) == 0
    event = AuditEvent.objects.get(action="campaign.reminders_set")
    assert event.details["after"] == {"days_before": [], "hour": 9, "has_digest": False}


@pytest.mark.parametrize("people", [1, 3])
def test_queries_do_not_grow_with_the_people(campaign: Campaign, people: int) -> None:
    for _ in range(people):
        record = make_bound()
        imaging.make_photo(record)
        imaging.make_member(record, campaign)
    make_plan(campaign)

    with CaptureQueriesContext(connection) as queries:
        assert remind_due(now=TWO_BEFORE) == people

    assert len(queries) == 15
