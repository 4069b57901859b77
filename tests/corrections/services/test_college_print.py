"""全院打印: once, in the background, resumed, scoped, erased after a week."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common import files
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, Channel, FileView, OutboxMessage, PurgeProof
from common.outbox import rendered
from corrections.models import CollegePrint
from corrections.services import college_print as service
from corrections.services.college_print import (
    PRINT_RULE,
    STALE_AFTER,
    build_print,
    hand_out_print,
    request_print,
    resume_prints,
)
from corrections.states import PRINT_LIVES, Layout, PrintState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from tests.factories import enrolment
from tests.factories.imaging import make_campaign, make_member
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """The campaign with Alice, and with somebody of a second class of the college."""
    campaign = make_campaign()
    make_member(record, campaign)
    make_member(enrolment.make_record(class_group=enrolment.make_class("历史学 2201 班")), campaign)
    return campaign


def asked(campaign: Campaign, class_group: ClassGroup, actor: User, now: datetime) -> CollegePrint:
    """A file that nobody has begun."""
    assert class_group.college is not None
    return request_print(
        campaign=campaign,
        college=class_group.college,
        layout=Layout.ROSTER,
        actor=actor,
        now=now,
    )


def content_of(row: CollegePrint) -> bytes:
    """The clear bytes."""
    row.refresh_from_db()
    assert row.file is not None
    with files.open_sealed(row.file) as content:
        return content.read()


def test_all_classes_of_the_college_are_in_one_file(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    other = enrolment.make_class("物理学 2201 班", college=enrolment.make_college("理学院"))
    make_member(enrolment.make_record(class_group=other), campaign)
    row = asked(campaign, class_group, secretary, now)

    assert build_print(print_id=row.pk, now=now + MINUTE)

    pdf = content_of(row)
    assert pdf.startswith(b"%PDF-")
    assert (row.state, row.progress, row.total) == (PrintState.READY, 2, 2)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 2
    assert row.file is not None
    assert (row.file.encrypted, row.file.kind) == (True, "print")
    assert row.ready_at is not None
    assert row.expires_at == row.ready_at + PRINT_LIVES
    actions = AuditEvent.objects.filter(action__startswith="print.").order_by("pk")
    assert [event.action for event in actions] == ["print.requested", "print.built"]


def test_asking_again_while_it_is_built_gives_the_same(
    campaign: Campaign, class_group: ClassGroup, secretary: User, leader: User, now: datetime
) -> None:
    first = asked(campaign, class_group, secretary, now)

    assert asked(campaign, class_group, secretary, now) == first
    assert asked(campaign, class_group, leader, now) != first


@pytest.mark.parametrize("name", ["eve", "alice", "monitor", "chen", "auditor"])
def test_only_the_college_and_the_office_may_ask(
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    with pytest.raises(NotAllowedError):
        asked(campaign, class_group, request.getfixturevalue(name), now)

    assert not CollegePrint.objects.exists()


def test_another_college_is_refused(
    campaign: Campaign, secretary: User, li: User, now: datetime
) -> None:
    other = enrolment.make_class("物理学 2201 班", college=enrolment.make_college("理学院"))

    with pytest.raises(NotAllowedError):
        asked(campaign, other, secretary, now)
    with pytest.raises(InvalidInputError, match="没有班级"):
        asked(campaign, other, li, now)


def test_two_builders_make_one_file(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)

    assert build_print(print_id=row.pk, now=now)
    assert not build_print(print_id=row.pk, now=now)


def test_lost_task_is_taken_up_after_five_minutes(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    asked(campaign, class_group, secretary, now)

    assert resume_prints(now=now + STALE_AFTER - MINUTE) == 0
    assert resume_prints(now=now + STALE_AFTER) == 1
    assert resume_prints(now=now + STALE_AFTER) == 0


def test_dead_worker_is_replaced_and_its_result_refused(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)
    CollegePrint.objects.filter(pk=row.pk).update(attempts=1, heartbeat_at=now, progress=1)

    assert not build_print(print_id=row.pk, now=now + MINUTE)
    assert resume_prints(now=now + STALE_AFTER + MINUTE) == 1


def test_file_that_breaks_each_time_is_given_up(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)
    CollegePrint.objects.filter(pk=row.pk).update(attempts=3, heartbeat_at=now)

    assert resume_prints(now=now + STALE_AFTER + MINUTE) == 0

    row.refresh_from_db()
    assert (row.state, bool(row.failure)) == (PrintState.FAILED, True)
    assert AuditEvent.objects.filter(action="print.failed").count() == 1


def test_who_asked_is_told_when_it_is_ready(
    campaign: Campaign, class_group: ClassGroup, secretary: User, leader: User, now: datetime
) -> None:
    """The other one of the college did not ask."""
    row = asked(campaign, class_group, secretary, now)

    build_print(print_id=row.pk, now=now)
    build_print(print_id=row.pk, now=now)

    told = list(OutboxMessage.objects.filter(template="print_ready").order_by("pk"))
    assert [(each.user, each.channel) for each in told] == [
        (secretary, Channel.NOTICE),
        (secretary, Channel.EMAIL),
    ]
    subject, body = rendered(told[1])
    assert subject == "人文学院的全班签名表可以下载了"
    assert "共 2 个班" in body
    assert "/papers/" in body


def test_who_asked_is_told_when_it_is_given_up(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)
    CollegePrint.objects.filter(pk=row.pk).update(attempts=3, heartbeat_at=now)

    for _ in range(2):
        resume_prints(now=now + STALE_AFTER + MINUTE)

    told = OutboxMessage.objects.filter(template="print_failed", channel=Channel.NOTICE)
    assert [each.user for each in told] == [secretary]
    assert "再申请一次" in rendered(told[0])[1]
    assert not OutboxMessage.objects.filter(template="print_ready").exists()


def test_download_is_written_down(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)
    build_print(print_id=row.pk, now=now)

    file = hand_out_print(row=row, actor=secretary, now=now + MINUTE)

    assert FileView.objects.get().file == file
    assert AuditEvent.objects.get(action="print.downloaded").actor_id == str(secretary.pk)


def test_who_left_the_college_does_not_get_it(
    campaign: Campaign, class_group: ClassGroup, secretary: User, leader: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)
    build_print(print_id=row.pk, now=now)

    with pytest.raises(NotAllowedError):
        hand_out_print(row=row, actor=leader, now=now)
    secretary.assignments.all().delete()
    with pytest.raises(NotAllowedError):
        hand_out_print(row=row, actor=secretary, now=now)


def test_file_is_erased_after_a_week_and_the_row_stays(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    row = asked(campaign, class_group, secretary, now)
    build_print(print_id=row.pk, now=now)
    row.refresh_from_db()
    assert row.expires_at is not None

    assert PRINT_RULE.erase(row.expires_at - MINUTE, 10) == 0
    assert PRINT_RULE.count(row.expires_at) == 1
    assert PRINT_RULE.erase(row.expires_at, 10) == 1

    row.refresh_from_db()
    assert row.state == PrintState.ERASED
    assert PurgeProof.objects.get().kind == "全院打印文件"
    with pytest.raises(NotAllowedError, match="到期"):
        hand_out_print(row=row, actor=secretary, now=row.expires_at)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_row(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    said = together([lambda: asked(campaign, class_group, secretary, now)] * 2)

    assert said == ["", ""]
    assert CollegePrint.objects.count() == 1


def test_limit_of_builds_is_small(
    campaign: Campaign, class_group: ClassGroup, secretary: User, now: datetime
) -> None:
    assert service.BUILDS.amount <= 20
