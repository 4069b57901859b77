"""Runs of reminders, openings of notices and saved searches go when their time is over."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from accounts.models import OfficeRole, User
from common.models import PurgeProof, SavedSearch
from common.searches import kept_searches
from enrollment.models import StudentRecord
from imaging.models import Announcement, AnnouncementRead, Campaign, Reminder, ReminderRun
from imaging.states.reminders import ReminderKind
from tests.factories.imaging import make_campaign, make_member
from tests.imaging.services.test_announcements import make
from xuexin.own_data.closing import ERASERS
from xuexin.retention import erase_again, purge_expired

pytestmark = [pytest.mark.unit, pytest.mark.django_db]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def run_of(campaign: Campaign, at: datetime) -> ReminderRun:
    return ReminderRun.objects.create(
        campaign=campaign, kind=ReminderKind.SCHEDULED, due_at=at, asked_at=at, asked_by="系统"
    )


def test_run_goes_when_none_of_its_reminders_is_left(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    member = make_member(record, make_campaign())
    due = now + settings.RETAIN_DAYS["message"] * DAY
    old, held, young = (run_of(member.campaign, at) for at in (now, now, now + SECOND))
    Reminder.objects.create(
        run=held,
        kind=held.kind,
        member=member,
        user=alice,
        remind_date=(now + DAY).date(),
    )

    assert purge_expired(now=due)["reminder_runs"] == 1
    assert set(ReminderRun.objects.all()) == {held, young}
    done = purge_expired(now=due + DAY)
    assert (done["reminders"], done["reminder_runs"]) == (1, 2)
    assert old.pk not in (held.pk, young.pk)
    assert not ReminderRun.objects.exists()


def test_opening_of_a_notice_goes_after_two_years(
    alice: User, eve: User, li: User, now: datetime
) -> None:
    notice = make(li, now)
    for user, at in ((alice, now), (eve, now + SECOND)):
        AnnouncementRead.objects.create(announcement=notice, user=user, read_at=at)

    done = purge_expired(now=now + settings.RETAIN_DAYS["notice"] * DAY)

    assert done["announcement_reads"] == 1
    assert [row.user for row in AnnouncementRead.objects.all()] == [eve]
    assert Announcement.objects.filter(pk=notice.pk).exists()
    proof = PurgeProof.objects.get(kind="公告已读记录")
    assert (proof.amount, proof.owner_id) == (1, "")


def search_of(user: User, at: datetime, name: str = "没绑定的") -> SavedSearch:
    return SavedSearch.objects.create(
        listed="x", name=name, query="q=1", owner=user, is_shared=True, created_at=at
    )


def test_searches_go_half_a_year_after_the_last_role(
    li: User, auditor: User, now: datetime
) -> None:
    gone, kept = search_of(li, now), search_of(auditor, now)
    OfficeRole.objects.filter(user=li).update(ended_at=now + DAY, ended_by="测试")
    due = now + DAY + settings.RETAIN_DAYS["message"] * DAY
    assert len(kept_searches("x", user_id=auditor.pk)) == 2

    assert purge_expired(now=due - SECOND)["searches"] == 0
    assert purge_expired(now=due)["searches"] == 1
    assert purge_expired(now=due)["searches"] == 0

    assert list(SavedSearch.objects.all()) == [kept]
    assert [row["pk"] for row in kept_searches("x", user_id=auditor.pk)] == [kept.pk]
    SavedSearch.objects.create(
        pk=gone.pk, listed="x", name="旧的", query="q=1", owner=li, created_at=now
    )
    assert erase_again(now=due + DAY) == 1


def test_closing_an_account_takes_its_searches(
    alice: User, auditor: User, now: datetime, django_capture_on_commit_callbacks
) -> None:
    kept = search_of(auditor, now)
    search_of(alice, now)
    assert len(kept_searches("x", user_id=auditor.pk)) == 2

    with django_capture_on_commit_callbacks(execute=True):
        for erase in ERASERS:
            erase(alice, now)

    assert [row["pk"] for row in kept_searches("x", user_id=auditor.pk)] == [kept.pk]
