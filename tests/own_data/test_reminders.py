"""Reminders in a person's own data, when the account is closed, and when their time is over."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.models import PurgeProof
from enrollment.models import StudentRecord
from imaging.models import Reminder, ReminderOptOut
from imaging.services.reminder_plan import choose_reminders
from imaging.services.reminders import send_class_reminder
from tests.factories import imaging
from tests.factories.reminding import at
from xuexin.own_data.closing import ERASERS
from xuexin.own_data.parts.reminders import reminder_items
from xuexin.retention import purge_expired

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NOON = at(14, 12)


@pytest.fixture
def reminded(alice: User, record: StudentRecord, chen: User) -> User:
    """Alice, whom her counsellor has reminded once."""
    imaging.make_photo(record)
    member = imaging.make_member(record)
    assert member.class_group is not None
    send_class_reminder(
        campaign=member.campaign, class_group=member.class_group, actor=chen, now=NOON
    )
    return alice


def test_own_data_hold_days_and_choice_and_nobodys_name(reminded: User) -> None:
    choose_reminders(user=reminded, wants=False, now=NOON)

    (item,) = reminder_items(reminded, NOON)

    assert item.path == "提醒.json"
    assert item.data == {
        "opted_out_at": NOON,
        "reminders": [{"date": NOON.date(), "campaign": "2026 届毕业图像校对", "kind": "一键提醒"}],
    }


def test_own_data_say_nothing_where_nothing_is(alice: User, now: datetime) -> None:
    assert list(reminder_items(alice, now)) == []


def test_rows_go_with_the_rows_of_sent_mails(reminded: User) -> None:
    purge_expired(now=NOON + timedelta(days=182))
    assert Reminder.objects.count() == 1

    purge_expired(now=NOON + timedelta(days=183))
    assert Reminder.objects.count() == 0
    assert PurgeProof.objects.get(kind="提醒记录").amount == 1


def test_choice_goes_with_the_account(alice: User, now: datetime) -> None:
    choose_reminders(user=alice, wants=False, now=now)

    for erase in ERASERS:
        erase(alice, now)

    assert ReminderOptOut.objects.count() == 0
