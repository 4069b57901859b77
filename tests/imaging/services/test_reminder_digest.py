"""The counsellors' digest: once a day, all classes in one message, none where nothing is open."""

from datetime import datetime
from functools import partial

import pytest
from django.core import mail

from accounts.models import User
from common import outbox
from common.models import OutboxMessage
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Campaign, CampaignMember
from imaging.services.campaign import grant_extension
from imaging.services.reminder_digest import announce_digests
from imaging.states import ConclusionKind
from tests.factories import imaging
from tests.factories.enrolment import assign, make_class, make_record
from tests.factories.racing import together
from tests.factories.reminding import at, make_plan

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

MORNING = at(14, 9)


@pytest.fixture
def campaign(chen: User) -> Campaign:
    campaign = imaging.make_campaign()
    make_plan(campaign, (), has_digest=True)
    return campaign


@pytest.fixture
def member(record: StudentRecord, campaign: Campaign) -> CampaignMember:
    return imaging.make_member(record, campaign)


def test_digest_says_how_many_are_open_in_each_class(
    member: CampaignMember, chen: User, campaign: Campaign
) -> None:
    other = make_class("历史学 2202 班")
    assign(chen, AssignmentRole.COUNSELLOR, class_group=other)
    for _ in range(2):
        imaging.make_member(make_record(class_group=other), campaign)
    done = make_record(class_group=other)
    imaging.make_photo(done)
    for kind in ConclusionKind:
        imaging.make_conclusion(
            CampaignMember.objects.filter(record=done).first()
            or imaging.make_member(done, campaign),
            kind,
        )

    assert announce_digests(now=MORNING) == 1
    assert outbox.deliver_pending(now=MORNING) == 1
    (sent,) = mail.outbox
    assert sent.to == ["chen@example.test"]
    assert sent.subject == "【毕业核对】你带的班还有 3 人没核完"
    body = str(sent.body)
    assert "历史学 2202 班，2026 届毕业图像校对：2 人没核完（共 3 人），还有 2 天截止。" in body
    assert "汉语言文学 2201 班，2026 届毕业图像校对：1 人没核完（共 1 人）" in body


def test_digest_names_the_deadline_of_who_is_awaited(
    member: CampaignMember, chen: User, campaign: Campaign, li: User
) -> None:
    other = make_class("历史学 2202 班")
    assign(chen, AssignmentRole.COUNSELLOR, class_group=other)
    imaging.make_member(make_record(class_group=other), campaign)
    grant_extension(
        campaign=campaign,
        class_group=other,
        closes_at=at(19, 23),
        sheet_freeze_at=at(20, 11),
        reason="实习",
        actor=li,
        now=at(10, 9),
    )

    announce_digests(now=MORNING)

    (message,) = OutboxMessage.objects.filter(template="reminder_digest")
    assert [(line["name"], line["days"]) for line in message.params["lines"]] == [
        ("汉语言文学 2201 班", 2),
        ("历史学 2202 班", 5),
    ]


def test_digest_holds_no_name(member: CampaignMember) -> None:
    announce_digests(now=MORNING)

    assert member.record.name not in str(OutboxMessage.objects.get().params)


def test_digest_comes_once_a_day_and_again_the_next(member: CampaignMember) -> None:
    moments = [at(14, 8, 59), MORNING, at(14, 9, 5), at(14, 20), at(15, 9)]

    assert [announce_digests(now=now) for now in moments] == [0, 1, 0, 0, 1]


@pytest.mark.parametrize("now", [at(14, 22), at(15, 7), at(17, 9)])
def test_no_digest_in_the_quiet_or_when_it_is_over(member: CampaignMember, now: datetime) -> None:
    assert announce_digests(now=now) == 0


def test_no_digest_where_nothing_is_open(member: CampaignMember, record: StudentRecord) -> None:
    imaging.make_photo(record)
    for kind in ConclusionKind:
        imaging.make_conclusion(member, kind)

    assert announce_digests(now=MORNING) == 0
    assert OutboxMessage.objects.count() == 0


def test_no_digest_without_a_plan_or_where_it_is_switched_off(
    record: StudentRecord, chen: User
) -> None:
    campaign = imaging.make_campaign()
    imaging.make_member(record, campaign)
    assert announce_digests(now=MORNING) == 0

    make_plan(campaign, has_digest=False)
    assert announce_digests(now=MORNING) == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_one_moment_send_one(member: CampaignMember) -> None:
    together([partial(announce_digests, now=MORNING) for _ in range(2)])

    assert OutboxMessage.objects.filter(template="reminder_digest").count() == 1
