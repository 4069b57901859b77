"""Reminders where a school or a class has another time than the campaign."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from common.policy import allowed
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign, CampaignMember
from imaging.policies.reminders import check_can_remind
from imaging.selectors.reminders import rules_of
from imaging.services.campaign import grant_extension
from imaging.services.reminder_digest import announce_digests
from imaging.services.reminders import remind_due
from imaging.services.timetable import move_timetable, set_school_timetable
from tests.factories import imaging
from tests.factories.reminding import at, make_plan

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

TWO_BEFORE = at(14, 9)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(record)


def test_school_that_opens_before_the_campaign_is_reminded_before_it(
    member: CampaignMember, chen: User, li: User, class_group: ClassGroup
) -> None:
    campaign = member.campaign
    make_plan(campaign, (0, 2), has_digest=True)
    rest: dict[str, Any] = {"actor": li, "reason": "实习", "now": at(1, 7)}
    move_timetable(
        campaign=campaign, timetable=replace(campaign.timetable, opens_at=at(15, 9)), **rest
    )
    assert click_refused(member, chen, TWO_BEFORE)

    set_school_timetable(
        campaign=campaign, school=class_group.school, moments={"opens_at": at(2, 9)}, **rest
    )

    assert remind_due(now=TWO_BEFORE) == 1
    assert announce_digests(now=TWO_BEFORE) == 1
    assert not click_refused(member, chen, TWO_BEFORE)


def test_class_with_more_time_than_the_campaign_is_reminded_after_its_end(
    member: CampaignMember, chen: User, li: User, class_group: ClassGroup
) -> None:
    campaign = member.campaign
    Campaign.objects.filter(pk=campaign.pk).update(ends_at=at(18, 0))
    campaign.refresh_from_db()
    make_plan(campaign, (0,), has_digest=True)
    last = at(20, 9)
    assert click_refused(member, chen, last)

    grant_extension(
        campaign=campaign,
        class_group=class_group,
        closes_at=at(20, 23),
        sheet_freeze_at=at(21, 11),
        reason="实习",
        actor=li,
        now=at(10, 9),
    )

    assert remind_due(now=last) == 1
    assert announce_digests(now=last) == 1
    assert not click_refused(member, chen, last)
    assert click_refused(member, chen, at(20, 23))


def click_refused(member: CampaignMember, user: User, now: datetime) -> bool:
    """Whether the class of the member may not be reminded with a click."""
    group = member.record.class_group
    assert group is not None
    rules = rules_of(group.school)
    return not allowed(check_can_remind, user, member.campaign, group, rules=rules, now=now)
