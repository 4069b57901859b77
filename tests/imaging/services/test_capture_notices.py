"""A new session is told to whom it concerns: once, as it is by then, and never out of a rehearsal."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.models import AuditEvent, Channel, OutboxMessage
from common.outbox import deliver_pending, rendered
from common.rehearsal import REHEARSAL_MARK
from enrollment.models import StudentRecord
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureAbsence,
    CapturePlace,
    CaptureSession,
    PhotoVersion,
)
from imaging.selectors.capture_desk import to_be_told
from imaging.selectors.capture_plan import CaptureStep, plan_of
from imaging.services.bookings import book_seat, take_leave
from imaging.services.capture_notices import tell_planned
from imaging.services.retakes import grant_retake
from imaging.services.sessions import SessionTerms, cancel_session, create_session, move_session
from imaging.states import SessionKind
from tests.factories import capture, enrolment, imaging, people

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


@pytest.fixture
def place() -> CapturePlace:
    """A room."""
    return capture.make_place(name="图书馆 105", address="远山路 1 号")


def plan_session(
    campaign: Campaign,
    place: CapturePlace,
    li: User,
    now: datetime,
    kind: SessionKind = SessionKind.CLASS,
    **fields: Any,
) -> CaptureSession:
    groups = fields.pop("class_groups", [])
    values = {"starts_at": now + DAY, "ends_at": now + DAY + HOUR, **fields}
    if kind == SessionKind.MAKEUP:
        values["capacity"] = 5
    return create_session(
        campaign=campaign,
        kind=kind,
        class_groups=groups,
        terms=SessionTerms(place=place, **values),
        actor=li,
        now=now,
    )


def told(template: str) -> set[tuple[int | None, str]]:
    rows = OutboxMessage.objects.filter(template=template)
    return {(row.user_id, row.channel) for row in rows}


def test_class_session_is_told_to_its_class_and_nobody_else(
    member: CampaignMember, place: CapturePlace, alice: User, li: User, now: datetime
) -> None:
    other = enrolment.make_record(class_group=enrolment.make_class("哲学 2201 班"))
    enrolment.bind(other, people.make_identity(people.make_user(phone="+8613800000099")))
    imaging.make_member(other, member.campaign)

    plan_session(member.campaign, place, li, now, class_groups=[member.class_group])

    assert told("capture_planned") == {(alice.pk, Channel.NOTICE), (alice.pk, Channel.EMAIL)}
    subject, body = rendered(OutboxMessage.objects.filter(channel=Channel.NOTICE).get())
    assert subject == "你们班的拍照时间定了"
    assert "6月13日（星期六）14:32 开始，在图书馆 105（远山路 1 号）" in body
    event = AuditEvent.objects.get(action="capturesession.created")
    assert event.details["members"] == 1


@pytest.mark.parametrize("has_photo", [True, False])
def test_who_has_a_photo_or_was_at_a_counter_is_not_called(
    has_photo: bool, member: CampaignMember, place: CapturePlace, li: User, now: datetime
) -> None:
    earlier = capture.make_session(
        member.campaign, starts_at=now - DAY, place=capture.make_place(name="旧礼堂")
    )
    if has_photo:
        imaging.make_photo(member.record)
    else:
        capture.make_visit(earlier, member, at=now - DAY)

    plan_session(member.campaign, place, li, now, class_groups=[member.class_group])

    assert told("capture_planned") == set()


def test_telling_again_adds_nothing(
    member: CampaignMember, place: CapturePlace, li: User, now: datetime
) -> None:
    session = plan_session(member.campaign, place, li, now, class_groups=[member.class_group])

    tell_planned(session, now=now + HOUR)

    assert OutboxMessage.objects.count() == 2


def test_rehearsal_stays_in_the_house(
    alice: User,
    record: StudentRecord,
    place: CapturePlace,
    li: User,
    now: datetime,
    mailoutbox: list[Any],
) -> None:
    campaign = imaging.make_campaign(title=f"{REHEARSAL_MARK}毕业校对", is_rehearsal=True)
    imaging.make_member(record, campaign)

    plan_session(campaign, place, li, now, class_groups=[record.class_group])
    deliver_pending(now=now)

    rows = OutboxMessage.objects.filter(template="capture_planned")
    assert [(row.is_rehearsal, row.channel) for row in rows] == [(True, Channel.NOTICE)] * 2
    assert mailoutbox == []


def test_mail_says_what_the_session_is_when_it_leaves(
    member: CampaignMember,
    place: CapturePlace,
    li: User,
    now: datetime,
    mailoutbox: list[Any],
) -> None:
    session = plan_session(member.campaign, place, li, now, class_groups=[member.class_group])
    hall = capture.make_place(name="大礼堂")
    terms = SessionTerms(place=hall, starts_at=session.starts_at, ends_at=session.ends_at)
    move_session(session=session, terms=terms, actor=li, now=now, reason="停电")

    deliver_pending(now=now)

    assert ["大礼堂" in mail.body for mail in mailoutbox] == [True, True]
    assert not any("图书馆" in mail.body for mail in mailoutbox)


@pytest.mark.parametrize(
    ("after", "leaves"), [(-SECOND, True), (timedelta(), False), (SECOND, False)]
)
def test_mail_of_a_session_that_is_over_stays(
    after: timedelta,
    leaves: bool,
    member: CampaignMember,
    place: CapturePlace,
    li: User,
    now: datetime,
    mailoutbox: list[Any],
) -> None:
    session = plan_session(member.campaign, place, li, now, class_groups=[member.class_group])

    deliver_pending(now=session.ends_at + after)

    assert bool(mailoutbox) is leaves


def test_mail_of_a_cancelled_session_stays(
    member: CampaignMember,
    place: CapturePlace,
    li: User,
    now: datetime,
    mailoutbox: list[Any],
) -> None:
    session = plan_session(member.campaign, place, li, now, class_groups=[member.class_group])
    cancel_session(session=session, actor=li, now=now, reason="停电")

    deliver_pending(now=now)

    assert [mail.subject.partition("】")[2] for mail in mailoutbox] == ["拍照取消了，请等新的安排"]


def test_makeup_that_can_no_more_be_booked_is_not_mailed(
    member: CampaignMember,
    place: CapturePlace,
    alice: User,
    li: User,
    now: datetime,
    mailoutbox: list[Any],
) -> None:
    capture.make_session(member.campaign, starts_at=now - DAY, classes=[member.class_group])
    session = plan_session(member.campaign, place, li, now, SessionKind.MAKEUP)
    assert told("capture_makeup") == {(alice.pk, Channel.NOTICE), (alice.pk, Channel.EMAIL)}

    assert session.bookable_until is not None
    deliver_pending(now=session.bookable_until)

    assert mailoutbox == []


def test_makeup_is_told_to_who_was_missed_or_is_on_leave_as_their_page_says(
    member: CampaignMember, place: CapturePlace, alice: User, li: User, now: datetime
) -> None:
    session = capture.make_session(member.campaign, starts_at=now, classes=[member.class_group])
    makeup = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 2 * DAY)

    def agree(at: datetime, expected: CaptureStep) -> None:
        plan = plan_of(member.record, now=at)
        assert plan is not None
        assert plan.step is expected
        is_told = to_be_told(makeup, now=at).filter(pk=member.pk).exists()
        assert is_told is (expected in {CaptureStep.AWAY, CaptureStep.MISSED})

    agree(session.ends_at - SECOND, CaptureStep.COMING)
    agree(session.ends_at, CaptureStep.MISSED)
    agree(session.ends_at + SECOND, CaptureStep.MISSED)
    take_leave(member=member, session=session, reason="实习", actor=alice, now=now - HOUR)
    agree(now, CaptureStep.AWAY)
    second = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )
    agree(now, CaptureStep.COMING)
    CaptureAbsence.objects.create(
        session=second, member=member, reason="实习", told_at=now, told_by="本人"
    )
    agree(now, CaptureStep.AWAY)
    book_seat(member=member, session=makeup, actor=alice, now=now)
    agree(now, CaptureStep.BOOKED)
    agree(makeup.ends_at - SECOND, CaptureStep.BOOKED)
    agree(makeup.ends_at, CaptureStep.MISSED)
    capture.make_visit(makeup, member, at=makeup.starts_at)
    agree(makeup.ends_at, CaptureStep.ARRIVED)


def test_makeup_is_told_to_whose_photo_is_gone_until_they_came_again(
    member: CampaignMember, li: User, now: datetime
) -> None:
    earlier = capture.make_session(member.campaign, starts_at=now - 9 * DAY)
    capture.make_visit(earlier, member, at=now - 9 * DAY)
    makeup = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + DAY)

    def standing() -> tuple[CaptureStep, bool]:
        plan = plan_of(member.record, now=now)
        assert plan is not None
        return plan.step, to_be_told(makeup, now=now).filter(pk=member.pk).exists()

    assert standing() == (CaptureStep.ARRIVED, False)
    photo = imaging.make_photo(member.record)
    assert standing() == (CaptureStep.DONE, False)
    PhotoVersion.objects.filter(pk=photo.pk).update(
        is_current=False, ended_at=now - DAY, ended_by=li.actor_label
    )
    assert standing() == (CaptureStep.AGAIN, True)
    capture.make_visit(makeup, member, at=now - HOUR)
    assert standing() == (CaptureStep.ARRIVED, False)


@pytest.mark.parametrize("has_photo", [True, False])
def test_makeup_is_told_to_whom_the_office_arranged_a_retake_for(
    has_photo: bool, member: CampaignMember, li: User, now: datetime
) -> None:
    capture.make_session(member.campaign, starts_at=now + DAY, classes=[member.class_group])
    makeup = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + DAY)
    if has_photo:
        imaging.make_photo(member.record, at=now - 5 * DAY)

    def standing(at: datetime) -> tuple[CaptureStep, bool]:
        plan = plan_of(StudentRecord.objects.get(pk=member.record_id), now=at)
        assert plan is not None
        return plan.step, to_be_told(makeup, now=at).filter(pk=member.pk).exists()

    before = CaptureStep.DONE if has_photo else CaptureStep.COMING
    assert standing(now) == (before, False)
    grant_retake(member=member, case="勘误单 7", actor=li, now=now)
    assert standing(now) == (CaptureStep.AGAIN, True)
    imaging.make_photo(member.record, at=now + SECOND)
    assert standing(now + HOUR) == (CaptureStep.DONE, False)


def test_arranged_retake_is_told_until_a_photo_or_its_end_overtakes_it(
    member: CampaignMember, li: User, now: datetime
) -> None:
    capture.make_session(member.campaign, starts_at=now + HOUR, classes=[member.class_group])
    makeup = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + DAY)
    photo = imaging.make_photo(member.record)

    def standing(granted_at: datetime | None) -> tuple[CaptureStep, bool]:
        member.retake_granted_at = granted_at
        member.retake_granted_by = li.actor_label if granted_at else ""
        member.save()
        plan = plan_of(member.record, now=now)
        assert plan is not None
        return plan.step, to_be_told(makeup, now=now).filter(pk=member.pk).exists()

    attached_at = photo.attached_at
    assert standing(None) == (CaptureStep.DONE, False)
    assert standing(attached_at - SECOND) == (CaptureStep.DONE, False)
    assert standing(attached_at) == (CaptureStep.AGAIN, True)
    assert standing(attached_at + SECOND) == (CaptureStep.AGAIN, True)
    ended_at = attached_at + DAY
    PhotoVersion.objects.filter(pk=photo.pk).update(
        is_current=False, ended_at=ended_at, ended_by=li.actor_label
    )
    # The photo is gone since, and the class's own session is the way.
    assert standing(ended_at - SECOND) == (CaptureStep.COMING, False)
    assert standing(ended_at) == (CaptureStep.COMING, False)
    assert standing(ended_at + SECOND) == (CaptureStep.AGAIN, True)
    capture.make_visit(makeup, member, at=ended_at + HOUR)
    assert standing(ended_at + SECOND) == (CaptureStep.ARRIVED, False)


def test_makeup_of_other_classes_and_without_any_class_session_tells_nobody(
    member: CampaignMember, place: CapturePlace, li: User, now: datetime
) -> None:
    plan_session(member.campaign, place, li, now, SessionKind.MAKEUP)
    capture.make_session(member.campaign, starts_at=now - DAY, classes=[member.class_group])
    other = enrolment.make_class("哲学 2201 班")
    plan_session(member.campaign, place, li, now, SessionKind.MAKEUP, class_groups=[other])

    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_telling_takes_the_same_queries_for_any_number(
    count: int, member: CampaignMember, now: datetime
) -> None:
    for serial in range(count - 1):
        mate = enrolment.make_record(class_group=member.class_group)
        enrolment.bind(mate, people.make_identity(people.make_user(phone=f"+861380000001{serial}")))
        imaging.make_member(mate, member.campaign)
    session = capture.make_session(
        member.campaign, starts_at=now + DAY, classes=[member.class_group]
    )

    with CaptureQueriesContext(connection) as queries:
        assert tell_planned(session, now=now) == count

    assert len(queries) == 2
