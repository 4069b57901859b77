"""一键提醒 on the class page: the question, the answer, and who finds it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, Reminder, ReminderOptOut
from imaging.services.reminder_plan import choose_reminders
from tests.factories import imaging
from tests.factories.reminding import make_bound, make_rules

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    """Pages read the clock."""
    return timezone.now()


@pytest.fixture
def member(alice: User, record: StudentRecord, today: datetime) -> CampaignMember:
    campaign = imaging.make_campaign(
        opens_at=today - DAY, closes_at=today + 5 * DAY, sheet_freeze_at=today + 6 * DAY
    )
    imaging.make_photo(record)
    return imaging.make_member(record, campaign)


def address(name: str, member: CampaignMember) -> str:
    return reverse(f"corrections:{name}", args=[member.class_group_id, member.campaign_id])


def never_quiet(member: CampaignMember) -> None:
    """No hour of the day is quiet as far as a school may say so; what remains the test looks at."""
    make_rules(member.record.school, quiet_start=24, quiet_end=6)


def test_page_says_how_many_and_what(
    member: CampaignMember, chen: User, client_of: ClientOf
) -> None:
    page = client_of(chen).get(address("class_remind", member)).content.decode()

    assert "提醒 1 人" in page
    assert "2026 届毕业图像校对你还没核完" in page
    assert member.record.name not in page
    assert Reminder.objects.count() == 0


def test_class_page_leads_there_only_for_those_who_may(
    member: CampaignMember, chen: User, monitor: User, auditor: User, client_of: ClientOf
) -> None:
    link = address("class_remind", member)

    shown = [
        link in client_of(user).get(address("class_page", member)).content.decode()
        for user in (chen, monitor, auditor)
    ]

    assert shown == [True, False, False]


def test_click_says_what_it_has_done(
    member: CampaignMember, chen: User, client_of: ClientOf, today: datetime
) -> None:
    never_quiet(member)
    out = make_bound()
    imaging.make_photo(out)
    imaging.make_member(out, member.campaign)
    choose_reminders(user=out.binding.identity.user, wants=False, now=today)
    client = client_of(chen)

    first = client.post(address("class_remind", member), follow=True).content.decode()
    second = client.post(address("class_remind", member), follow=True).content.decode()

    assert "提醒 1 人，1 人不接收提醒。" in first
    assert "已提醒 0 人，1 人今天已被提醒过，1 人不接收提醒。" in second
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["eve", "alice", "monitor", "auditor"])
def test_strangers_find_nothing(
    member: CampaignMember,
    name: str,
    method: str,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
) -> None:
    client = client_of(request.getfixturevalue(name))

    assert getattr(client, method)(address("class_remind", member)).status_code == 404
    assert Reminder.objects.count() == 0


def test_monitor_clicks_where_the_school_allows_it(
    member: CampaignMember, monitor: User, client_of: ClientOf
) -> None:
    make_rules(member.record.school, monitor_reminds=True)

    response = client_of(monitor).post(address("class_remind", member))

    assert response.status_code == 302
    assert Reminder.objects.count() == 1


def test_student_chooses_and_chooses_back(alice: User, client_of: ClientOf) -> None:
    client, url = client_of(alice), reverse("imaging:reminder_choice")
    assert "现在会提醒你" in client.get(url).content.decode()

    page = client.post(url, {"wants": "no"}, follow=True).content.decode()
    assert "现在不提醒你" in page
    assert ReminderOptOut.objects.filter(user=alice).exists()

    client.post(url, {"wants": "yes"})
    assert not ReminderOptOut.objects.exists()
