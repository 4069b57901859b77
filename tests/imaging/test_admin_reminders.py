"""提醒 at the desk: the plan of a campaign, the rules of a school, and what was sent."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import Campaign, ReminderPlan, ReminderRules
from imaging.services.reminders import send_class_reminder
from tests.factories import imaging
from tests.factories.enrolment import make_school
from tests.factories.reminding import make_plan

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    """Pages read the clock."""
    return timezone.now()


@pytest.fixture
def campaign(today: datetime) -> Campaign:
    return imaging.make_campaign(
        opens_at=today - DAY, closes_at=today + 9 * DAY, sheet_freeze_at=today + 10 * DAY
    )


def plan(client: Client, campaign: Campaign, **given: object) -> str:
    address = reverse("admin:imaging_campaign_do", args=[campaign.pk, "reminders"])
    values = {"days_before": "7，2、0", "hour": 9, "has_digest": "on", "reason": "按惯例", **given}
    return client.post(address, values, follow=True).content.decode()


def test_campaign_without_a_plan_says_so_and_gets_one(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    client = client_of(li)
    page = client.get(reverse("admin:imaging_campaign_change", args=[campaign.pk]))
    assert "没有设定，不会自动提醒" in page.content.decode()

    page_after = plan(client, campaign)

    assert "7、2、0（9:00）" in page_after
    held = ReminderPlan.objects.get()
    assert (held.days_before, held.hour, held.has_digest) == ([7, 2, 0], 9, True)
    assert AuditEvent.objects.get(action="campaign.reminders_set").reason == "按惯例"


def test_plan_is_changed_and_emptied(campaign: Campaign, li: User, client_of: ClientOf) -> None:
    make_plan(campaign)

    plan(client_of(li), campaign, days_before="", has_digest="", hour=10)

    held = ReminderPlan.objects.get()
    assert (held.days_before, held.hour, held.has_digest) == ([], 10, False)


@pytest.mark.parametrize(
    "given", [{"days_before": "七"}, {"days_before": "61"}, {"hour": 22}, {"reason": ""}]
)
def test_plan_that_makes_no_sense_is_refused(
    campaign: Campaign, li: User, client_of: ClientOf, given: dict[str, object]
) -> None:
    plan(client_of(li), campaign, **given)

    assert ReminderPlan.objects.count() == 0


def test_auditor_sets_no_plan(campaign: Campaign, auditor: User, client_of: ClientOf) -> None:
    plan(client_of(auditor), campaign)

    assert ReminderPlan.objects.count() == 0


def test_rules_of_a_school_are_set_once(li: User, client_of: ClientOf) -> None:
    client, url = client_of(li), reverse("admin:imaging_reminderrules_add")
    given = {"school": make_school().pk, "per_day": 2, "quiet_start": 21, "quiet_end": 7}

    client.post(url, given)
    again = client.post(url, given).content.decode()

    held = ReminderRules.objects.get()
    assert (held.per_day, held.quiet_start, held.quiet_end, held.monitor_reminds) == (
        2,
        21,
        7,
        False,
    )
    assert "这所学校已经有提醒规则" in again
    assert AuditEvent.objects.filter(action="reminderrules.created").count() == 1


@pytest.mark.parametrize("name", ["reminderrun", "reminder", "reminderplan", "reminderoptout"])
def test_lists_open(
    name: str,
    alice: User,
    record: StudentRecord,
    campaign: Campaign,
    li: User,
    client_of: ClientOf,
    today: datetime,
) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record, campaign)
    assert member.class_group is not None
    send_class_reminder(campaign=campaign, class_group=member.class_group, actor=li, now=today)

    response = client_of(li).get(reverse(f"admin:imaging_{name}_changelist"))

    assert response.status_code == 200
    assert record.name not in response.content.decode()


def test_a_plan_says_where_it_is_changed(
    campaign: Campaign, li: User, client_of: ClientOf, today: datetime
) -> None:
    plan = ReminderPlan.objects.create(
        campaign=campaign, days_before=[2, 0], hour=9, set_at=today, set_by="李老师"
    )

    page = client_of(li).get(reverse("admin:imaging_reminderplan_change", args=[plan.pk]))

    assert reverse("admin:imaging_campaign_change", args=[campaign.pk]) in page.content.decode()
