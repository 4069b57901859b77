"""A rehearsal is over demo schools alone, says so wherever it is named, and no message of it leaves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import User
from common import outbox
from common.errors import InvalidInputError
from common.models import Channel, OutboxMessage
from enrollment.models import School, StudentRecord
from imaging.models import Campaign
from imaging.services.campaign import add_member, create_campaign, propose_members
from imaging.states import CampaignKind
from tests.accounts.smtp_sink import Sink
from tests.accounts.test_mail_server import use_server
from tests.factories.imaging import make_campaign, make_profile
from xuexin.registration.packs import open_pack

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def rehearse(li: User, now: datetime, school: School, **changes: Any) -> Campaign:
    values: dict[str, Any] = {
        "title": "毕业校对",
        "kind": CampaignKind.GRADUATION,
        "graduating_class": 2026,
        "schools": [school],
        "opens_at": now,
        "closes_at": now + timedelta(days=3),
        "sheet_freeze_at": now + timedelta(days=4),
        "profile": make_profile(),
        "is_rehearsal": True,
    }
    return create_campaign(**values | changes, actor=li, now=now)


@pytest.fixture
def demo(record: StudentRecord) -> School:
    """Alice's school, as one for trying out."""
    School.objects.filter(pk=record.school_id).update(is_demo=True)
    return School.objects.get(pk=record.school_id)


def test_rehearsal_is_marked_and_takes_demo_people(
    li: User, now: datetime, demo: School, record: StudentRecord
) -> None:
    campaign = rehearse(li, now, demo)

    assert campaign.title == "【演练】毕业校对"
    assert propose_members(campaign=campaign, actor=li, now=now) == 1


def test_real_school_and_real_record_are_refused(
    li: User, now: datetime, demo: School, record: StudentRecord
) -> None:
    real = School.objects.create(code="19999", name="远岭学院")
    with pytest.raises(InvalidInputError, match="只能选演示学校"):
        rehearse(li, now, demo, schools=[demo, real])

    campaign = rehearse(li, now, demo)
    StudentRecord.objects.filter(pk=record.pk).update(school=real)
    record = StudentRecord.objects.get(pk=record.pk)
    with pytest.raises(InvalidInputError, match="不能加入真的学籍"):
        add_member(campaign=campaign, record=record, actor=li, now=now)
    assert propose_members(campaign=campaign, actor=li, now=now) == 0


def test_mark_and_flag_are_one_in_service_and_database(
    li: User, now: datetime, demo: School
) -> None:
    with pytest.raises(InvalidInputError, match="请勾选"):
        rehearse(li, now, demo, title="【演练】毕业校对", is_rehearsal=False)
    campaign = rehearse(li, now, demo)
    for broken in ({"title": "毕业校对"}, {"is_rehearsal": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Campaign.objects.filter(pk=campaign.pk).update(**broken)
    other = make_campaign()
    with pytest.raises(IntegrityError), transaction.atomic():
        Campaign.objects.filter(pk=other.pk).update(is_rehearsal=True)


def test_rehearsal_opens_no_registration_pack(li: User, now: datetime, demo: School) -> None:
    with pytest.raises(InvalidInputError, match="演练"):
        open_pack(
            campaign=rehearse(li, now, demo),
            school=demo,
            graduating_class=None,
            reason="试",
            actor=li,
            now=now,
        )


def tell(user: User, channel: Channel, campaign: str, now: datetime) -> None:
    message = outbox.Message(
        key=f"{channel}:{campaign}",
        channel=channel,
        template="deadline_moved",
        user_id=user.pk,
        params={"campaign": campaign, "until_at": now.isoformat()},
    )
    outbox.queue(message, now=now, is_awaited=False)


def test_no_message_of_a_rehearsal_leaves(alice: User, now: datetime, settings: Any) -> None:
    with Sink() as server:
        use_server(settings, server.port)
        tell(alice, Channel.EMAIL, "【演练】毕业校对", now)
        tell(alice, Channel.SMS, "【演练】毕业校对", now)
        # Queued past the service: the mark is looked for again at delivery.
        OutboxMessage.objects.filter(channel=Channel.EMAIL).update(is_rehearsal=False)
        tell(alice, Channel.EMAIL, "毕业校对", now)
        assert outbox.deliver_pending(now=now) == 1

    texts = [sent.get_content() for sent in server.mails]  # type: ignore[attr-defined]  # the policy's own class
    assert [("毕业校对" in text, "演练" in text) for text in texts] == [(True, False)]
    assert mail.outbox == []
    held = OutboxMessage.objects.filter(is_rehearsal=True)
    assert [(row.channel, row.sent_at) for row in held] == [(Channel.NOTICE, now)] * 2
    assert outbox.rendered(held[0])[0].startswith("【演练】")
