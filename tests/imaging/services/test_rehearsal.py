"""A rehearsal is over demo schools alone, says so wherever it is named, and no message of it leaves."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import OfficeRole, User, phone_index
from accounts.states import Role
from common import outbox
from common.errors import InvalidInputError
from common.models import Channel, OutboxMessage
from enrollment.models import Assignment, School, StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import Campaign
from imaging.selectors.rehearsals import held_back
from imaging.services.campaign import add_member, create_campaign, propose_members
from imaging.states import CampaignKind
from tests.accounts.smtp_sink import Sink
from tests.accounts.test_mail_server import use_server
from tests.factories import enrolment
from tests.factories.imaging import make_campaign, make_member, make_profile
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


def say(key: str, now: datetime, **fields: Any) -> None:
    """A mail about nothing of the rehearsal."""
    values: dict[str, Any] = {"channel": Channel.EMAIL, "template": "account_password_changed"}
    message = outbox.Message(key=key, **values | {"params": {"at": "今天"}} | fields)
    outbox.queue(message, now=now, is_awaited=False)


def sent_while(settings: Any, now: datetime) -> list[str]:
    """Deliver what waits to a real server; whom it reached."""
    with Sink() as server:
        use_server(settings, server.port)
        outbox.deliver_pending(now=now)
    return [sent["To"] for sent in server.mails]


def test_nothing_leaves_for_demo_people_of_a_rehearsal(
    alice: User,
    chen: User,
    leader: User,
    eve: User,
    li: User,
    demo: School,
    now: datetime,
    settings: Any,
) -> None:
    everybody = (alice, chen, leader, eve, li)
    mails = {user.pk: str(user.email) for user in everybody}
    for user in everybody:
        say(f"before:{user.pk}", now, user_id=user.pk)
    assert sorted(sent_while(settings, now)) == sorted(mails.values())

    propose_members(campaign=rehearse(li, now, demo), actor=li, now=now)
    for user in everybody:
        say(f"account:{user.pk}", now, user_id=user.pk)
        say(f"address:{user.pk}", now, recipient=mails[user.pk].upper())
    say("code", now, user_id=alice.pk, secret_params={"code": "123456"})
    say("sms", now, user_id=chen.pk, channel=Channel.SMS)

    assert sorted(sent_while(settings, now)) == sorted(
        said for user in (eve, li) for said in (mails[user.pk], mails[user.pk].upper())
    )
    assert mail.outbox == []
    held = OutboxMessage.objects.filter(is_rehearsal=True)
    assert sorted(held.filter(sent_at=now).values_list("key", "channel")) == sorted(
        [(f"account:{user.pk}", "NOTICE") for user in (alice, chen, leader)] + [("sms", "NOTICE")]
    )
    ended = held.filter(given_up_at=now)
    assert {(row.secret_params, row.recipient, row.last_error) for row in ended} == {
        (None, None, "演练，不发出")
    }
    assert ended.count() == 4


def test_whoever_has_anything_real_is_no_demo_person(
    alice: User, chen: User, secretary: User, li: User, demo: School, now: datetime, settings: Any
) -> None:
    propose_members(campaign=rehearse(li, now, demo), actor=li, now=now)
    real = enrolment.make_class(
        college=enrolment.make_college(school=School.objects.create(code="19999", name="远岭学院"))
    )
    second = enrolment.make_record(class_group=real)
    enrolment.bind(second, alice.identity)
    enrolment.assign(chen, AssignmentRole.COUNSELLOR, class_group=real)
    OfficeRole.objects.create(user=secretary, role=Role.AUDITOR, granted_at=now, granted_by="测试")
    for user in (alice, chen, secretary):
        say(f"account:{user.pk}", now, user_id=user.pk)

    assert sorted(sent_while(settings, now)) == sorted(
        str(user.email) for user in (alice, chen, secretary)
    )


def test_a_claimed_contact_silences_nobody(
    alice: User,
    eve: User,
    li: User,
    demo: School,
    now: datetime,
    settings: Any,
    django_assert_num_queries: Any,
) -> None:
    phone = "+8613800138555"
    propose_members(campaign=rehearse(li, now, demo), actor=li, now=now)
    EmailAddress.objects.create(user=alice, email=eve.email, verified=False)
    User.objects.filter(pk=alice.pk).update(phone=phone, phone_index=phone_index(phone))
    say("mail", now, recipient=eve.email)
    say("claimed", now, recipient="nobody@example.test")
    say("phone", now, recipient=phone, channel=Channel.SMS)
    say("own", now, recipient=alice.email)
    say("spelt", now, recipient=str(alice.email).upper())
    waiting = list(OutboxMessage.objects.order_by("pk"))
    rows = {row.pk: row.key for row in waiting}

    assert alice.pk < eve.pk
    with django_assert_num_queries(8):
        held = held_back(waiting, now=now)
    assert sorted(rows[pk] for pk in held) == ["own", "spelt"]
    User.objects.filter(pk=alice.pk).update(phone_verified_at=now)
    assert sorted(rows[pk] for pk in held_back(waiting, now=now)) == ["own", "phone", "spelt"]
    assert sorted(sent_while(settings, now)) == [eve.email, "nobody@example.test"]


@pytest.mark.parametrize(("ends_in", "is_held"), [(1, True), (0, False), (-1, False)])
def test_a_post_counts_while_it_is_in_force(
    chen: User,
    alice: User,
    li: User,
    demo: School,
    now: datetime,
    ends_in: int,
    is_held: bool,
) -> None:
    propose_members(campaign=rehearse(li, now, demo), actor=li, now=now)
    Assignment.objects.filter(user=chen).update(
        starts_at=now - timedelta(days=9), ends_at=now + timedelta(seconds=ends_in)
    )
    say("one", now, user_id=chen.pk)

    held = held_back(list(OutboxMessage.objects.all()), now=now)

    assert bool(held) is is_held


def test_a_real_post_of_the_past_still_makes_a_real_person(
    chen: User, alice: User, li: User, demo: School, now: datetime
) -> None:
    propose_members(campaign=rehearse(li, now, demo), actor=li, now=now)
    college = enrolment.make_college(school=School.objects.create(code="19999", name="远岭学院"))
    past = enrolment.assign(
        chen, AssignmentRole.COUNSELLOR, class_group=enrolment.make_class(college=college)
    )
    Assignment.objects.filter(pk=past.pk).update(
        starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=2)
    )
    say("one", now, user_id=chen.pk)

    assert held_back(list(OutboxMessage.objects.all()), now=now) == frozenset()


def test_an_ordinary_campaign_over_a_demo_school_holds_nothing_back(
    alice: User, record: StudentRecord, demo: School, now: datetime, settings: Any
) -> None:
    make_member(record, make_campaign())
    say("one", now, user_id=alice.pk)

    assert sent_while(settings, now) == [alice.email]
