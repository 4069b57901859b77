"""A student hears of a photo once, when it can be seen: at once, or at the moment of publication."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from common.models import OutboxMessage
from common.outbox import rendered
from enrollment.models import StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import CampaignMember, PhotoVersion
from imaging.services.capture import attach_entry, detach_entry
from imaging.services.photo_arrivals import announce_published
from imaging.states import CampaignKind
from tests.factories import enrolment, imaging, people
from tests.factories.imaging import CLOSES, OPENS, portrait
from tests.factories.racing import together
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)
PUBLISHES = datetime(2026, 5, 28, 9, 0, tzinfo=UTC)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice in a campaign whose photos are published on the 28th of May, four days before it opens."""
    return imaging.make_member(record, imaging.make_campaign(publishes_at=PUBLISHES))


def arrive(record: StudentRecord, *, now: datetime, serial: int = 1) -> PhotoVersion:
    deliver({f"{record.student_no}.jpg": portrait(serial)}, now=now)
    return PhotoVersion.objects.get(record=record, is_current=True)


def told() -> list[tuple[str, User | None]]:
    rows = OutboxMessage.objects.filter(template="photo_arrived").order_by("pk")
    return [(row.channel, row.user) for row in rows]


def text_of() -> str:
    message = OutboxMessage.objects.filter(template="photo_arrived").earliest("pk")
    return " ".join(rendered(message))


def test_photo_that_came_early_is_told_at_its_publication(
    alice: User, member: CampaignMember
) -> None:
    version = arrive(member.record, now=PUBLISHES - 9 * DAY)
    assert announce_published(now=PUBLISHES - timedelta(minutes=1)) == 0
    assert told() == []

    assert announce_published(now=PUBLISHES) == 1
    assert announce_published(now=PUBLISHES + DAY) == 0

    assert told() == [("NOTICE", alice), ("EMAIL", alice)]
    version.refresh_from_db()
    assert version.announced_at == PUBLISHES
    assert "核对 6月1日（星期一）08:00 开始" in text_of()


def test_photo_that_comes_later_is_told_at_once_and_not_by_the_sweep(
    alice: User, member: CampaignMember
) -> None:
    arrive(member.record, now=OPENS + DAY)

    assert announce_published(now=OPENS + DAY) == 0
    assert told() == [("NOTICE", alice), ("EMAIL", alice)]
    assert "请在 6月16日（星期二）23:00 以前登录" in text_of()


def test_same_delivery_twice_or_late_is_told_once(alice: User, member: CampaignMember) -> None:
    for moment in (PUBLISHES - DAY, PUBLISHES + DAY, CLOSES + timedelta(hours=1)):
        arrive(member.record, now=moment)
        announce_published(now=moment)

    assert told() == [("NOTICE", alice), ("EMAIL", alice)]


def test_photo_after_the_deadline_says_whom_to_ask(member: CampaignMember) -> None:
    arrive(member.record, now=CLOSES + timedelta(hours=1))

    assert "截止时间已经过了" in text_of()
    assert "请在" not in text_of()


def test_photo_put_forward_again_is_no_news_and_a_new_one_is(
    li: User, member: CampaignMember
) -> None:
    version = arrive(member.record, now=OPENS + DAY)
    detach_entry(entry=version.entry, actor=li, now=OPENS + 2 * DAY, reason="再看看")
    version.entry.refresh_from_db()
    attach_entry(
        entry=version.entry, record=member.record, actor=li, now=OPENS + 3 * DAY, reason="是她"
    )
    assert len(told()) == 2

    arrive(member.record, now=OPENS + 4 * DAY, serial=2)

    assert len(told()) == 4


def test_without_mail_it_goes_by_sms(class_group) -> None:
    record = enrolment.make_record(class_group=class_group, student_no="2022040131", name="周野")
    user = people.make_user(phone="+8613900000001")
    enrolment.bind(record, people.make_identity(user, name="周野", number=record.id_number))
    imaging.make_member(record)

    arrive(record, now=OPENS)

    assert [channel for channel, _ in told()] == ["NOTICE", "SMS"]


@pytest.mark.parametrize("why", ["nobody", "hidden", "dead", "removed", "freshman"])
def test_whom_nobody_tells(why: str, li: User, class_group, now: datetime) -> None:
    record = enrolment.make_record(class_group=class_group, student_no="2022040130", name="周野")
    if why != "nobody":
        user = people.make_user("zhou@example.test")
        enrolment.bind(record, people.make_identity(user, name="周野", number=record.id_number))
    kind = CampaignKind.FRESHMAN if why == "freshman" else CampaignKind.GRADUATION
    member = imaging.make_member(record, imaging.make_campaign(kind=kind))
    records = StudentRecord.objects.filter(pk=record.pk)
    if why == "hidden":
        records.update(hidden_at=now, hidden_by="李老师", hidden_reason="身份复核")
    if why == "dead":
        records.update(enrollment_status=EnrollmentStatus.DECEASED)
    if why == "removed":
        CampaignMember.objects.filter(pk=member.pk).update(removed_at=now, removed_by="李老师")

    version = imaging.make_photo(record)

    assert announce_published(now=now) == 0
    assert told() == []
    version.refresh_from_db()
    is_done = why in {"nobody", "hidden", "dead"}
    assert (version.announced_at == now) is is_done
    assert announce_published(now=now + DAY) == 0


def test_many_are_told_in_few_queries(class_group, django_assert_max_num_queries, now) -> None:
    for _ in range(12):
        imaging.make_photo(imaging.make_member(enrolment.make_record()).record)

    with django_assert_max_num_queries(8):
        announce_published(now=now)

    assert not PhotoVersion.objects.filter(announced_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_tell_once(alice: User, record: StudentRecord, now: datetime) -> None:
    imaging.make_member(record)
    imaging.make_photo(record)

    together([partial(announce_published, now=now) for _ in range(2)])

    assert len(told()) == 2
