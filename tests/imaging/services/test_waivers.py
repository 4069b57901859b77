"""免交照片: who refuses or is exempt is asked for no photo, and a delivered one waits for staff."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from imaging.matching import MatchReason
from imaging.models import (
    CampaignMember,
    CaptureBooking,
    CaptureEntry,
    VerificationConclusion,
    VerificationRound,
)
from imaging.selectors import receipt_digest, verification_of
from imaging.selectors.capture_desk import members_for_tickets
from imaging.selectors.capture_plan import plan_of
from imaging.selectors.reminders import awaited
from imaging.selectors.timetables import arrivals
from imaging.selectors.verification import Phase
from imaging.selectors.waivers import records_waived
from imaging.services.arrivals import check_in
from imaging.services.bookings import book_seat
from imaging.services.capture import attach_entry
from imaging.services.rematch import rematch_unmatched
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.services.waivers import ask_for_photo, waive_photo
from imaging.states import (
    BookingEnd,
    CampaignKind,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    MatchState,
    PhotoKind,
    RoundCause,
    SessionKind,
)
from tests.factories import capture, enrolment, imaging, people
from tests.factories.finding import make_photo_claim
from tests.factories.imaging import portrait
from tests.factories.registering import register
from tests.imaging.services.deliveries import counts, deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
DAY = timedelta(days=1)
WHY = "本人书面说明不拍照"


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign; no photo is there."""
    return imaging.make_member(record)


def waive(member: CampaignMember, actor: User, now: datetime) -> CampaignMember:
    return waive_photo(member=member, actor=actor, now=now, reason=f" {WHY} ")


def asked(member: CampaignMember) -> dict[str, str]:
    rows = VerificationConclusion.objects.filter(round__member=member, round__is_current=True)
    return dict(rows.values_list("kind", "state"))


def accept_data(member: CampaignMember, actor: User, now: datetime) -> None:
    record = StudentRecord.objects.get(pk=member.record_id)
    verdict = Verdict(action=ConclusionAction.ACCEPT, seen=seen_of(record, None, DATA))
    conclude(member=member, kind=DATA, verdict=verdict, actor=actor, now=now)


def test_waiver_is_kept_with_its_reason_and_written_down(
    li: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)

    assert (member.photo_waived_at, member.photo_waived_by) == (now, li.actor_label)
    assert member.photo_waived_reason == WHY
    assert member.asked == (DATA,)
    assert asked(member) == {DATA: Conclusion.PENDING}
    event = AuditEvent.objects.get(action="campaign.photo_waived")
    assert (event.subject_id, event.reason) == (str(member.record_id), WHY)


def test_data_alone_are_checked_locked_and_receipted(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    before = verification_of(member.record, now=now)
    accept_data(member, alice, now)

    found = verification_of(member.record, now=member.sheet_freeze_at)

    assert before is not None
    assert found is not None
    assert [part.kind for part in before.to_give] == [DATA]
    assert before.lacks_cohort_photos is False
    assert (found.phase, len(found.parts)) == (Phase.CLOSED, 1)
    assert len(receipt_digest(found)) == 64


def test_photo_part_is_refused_after_the_waiver(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    verdict = Verdict(
        action=ConclusionAction.DISPUTE,
        seen=seen_of(member.record, None, PHOTO),
        reasons=("MISSING",),
    )

    with pytest.raises(InvalidInputError, match="不看这一项"):
        conclude(member=member, kind=PHOTO, verdict=verdict, actor=alice, now=now)


@pytest.mark.parametrize("who", ["alice", "chen", "auditor"])
def test_only_the_registrar_waives(
    who: str, request: pytest.FixtureRequest, member: CampaignMember, now: datetime
) -> None:
    actor = (
        people.make_staff(Role.AUDITOR, "sun@example.test")
        if who == "auditor"
        else request.getfixturevalue(who)
    )

    with pytest.raises(NotAllowedError):
        waive(member, actor, now)
    with pytest.raises(NotAllowedError):
        ask_for_photo(member=member, actor=actor, now=now, reason="恢复")


@pytest.mark.parametrize("reason", [" ", "长" * 301])
def test_reason_is_asked_for(reason: str, li: User, member: CampaignMember, now: datetime) -> None:
    with pytest.raises(InvalidInputError):
        waive_photo(member=member, actor=li, now=now, reason=reason)


def _has_photo(member: CampaignMember, _now: datetime) -> None:
    imaging.make_photo(member.record)


def _is_claimed(member: CampaignMember, now: datetime) -> None:
    make_photo_claim(member.record.binding.identity.user, member.record, at=now)


def _has_concluded(member: CampaignMember, now: datetime) -> None:
    imaging.make_conclusion(member, PHOTO, Conclusion.INCORRECT, at=now)


def _asks_to_reopen(member: CampaignMember, now: datetime) -> None:
    imaging.make_reopen(member, at=now)


def _is_registered(member: CampaignMember, now: datetime) -> None:
    register(member.record, at=now)


@pytest.mark.parametrize(
    ("hindrance", "words"),
    [
        (_has_photo, "已经有照片"),
        (_is_claimed, "先答复认领"),
        (_has_concluded, "已经给了照片的结论"),
        (_asks_to_reopen, "先办完那一份"),
        (_is_registered, "登记"),
    ],
)
def test_nothing_may_hang_on_a_photo(
    hindrance, words: str, li: User, member: CampaignMember, now: datetime
) -> None:
    hindrance(member, now)

    with pytest.raises(NotAllowedError, match=words):
        waive(member, li, now)

    member.refresh_from_db()
    assert member.photo_waived_at is None


def test_campaign_that_asks_for_no_photo_waives_none(
    li: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record, imaging.make_campaign(kind=CampaignKind.FRESHMAN))

    with pytest.raises(NotAllowedError, match="不核对照片"):
        waive(member, li, now)


def test_second_click_and_removed_member_are_told(
    li: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    with pytest.raises(StaleStateError):
        waive(member, li, now)
    CampaignMember.objects.update(removed_at=now, removed_by="李老师")
    with pytest.raises(StaleStateError):
        ask_for_photo(member=member, actor=li, now=now, reason="恢复")


def test_half_a_waiver_is_refused_by_the_database(member: CampaignMember, now: datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignMember.objects.update(photo_waived_at=now)


def test_nobody_waits_for_the_photo_or_the_person(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    makeup = capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=now + 2 * DAY)
    book_seat(member=member, session=makeup, actor=alice, now=now)

    waive(member, li, now)

    makeup.refresh_from_db()
    assert makeup.seats_taken == 0
    assert CaptureBooking.objects.get().end_reason == BookingEnd.WAIVED
    assert plan_of(member.record, now=now) is None
    assert list(members_for_tickets(member.campaign, now=now)) == []
    assert [each.members for each in arrivals(member.campaign)] == [0]
    assert list(awaited(member.campaign.members.all(), now=now)) == [member]
    accept_data(member, alice, now)
    assert list(awaited(member.campaign.members.all(), now=now)) == []


def test_taking_back_asks_for_the_photo_in_a_new_round(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    accept_data(member, alice, now)
    later = member.closes_at - timedelta(hours=1)

    ask_for_photo(member=member, actor=li, now=later, reason="本人改了主意")

    assert (member.photo_waived_at, member.photo_waived_by) == (None, "")
    assert member.photo_waived_reason is None
    assert asked(member) == {DATA: Conclusion.CORRECT, PHOTO: Conclusion.PENDING}
    former, current = VerificationRound.objects.order_by("round_no")
    assert len(former.receipt_digest) == 64
    assert (current.cause, current.is_current) == (RoundCause.REOPENED, True)
    assert member.closes_at == later + member.campaign.recheck_time
    assert OutboxMessage.objects.filter(template="verification_again").count() == 2
    assert AuditEvent.objects.get(action="campaign.photo_asked").reason == "本人改了主意"
    with pytest.raises(StaleStateError):
        ask_for_photo(member=member, actor=li, now=later, reason="又一次")


def test_open_request_to_reopen_is_settled_before_the_waiver_is_taken_back(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    imaging.make_reopen(member, at=now)

    with pytest.raises(NotAllowedError, match="先办完那一份"):
        ask_for_photo(member=member, actor=li, now=now, reason="本人改了主意")


def test_counter_says_that_no_photo_is_asked_for(
    li: User, member: CampaignMember, now: datetime
) -> None:
    session = capture.make_session(member.campaign, starts_at=now, classes=[member.class_group])
    waive(member, li, now)

    with pytest.raises(InvalidInputError, match="登记了免交照片"):
        check_in(session=session, typed=member.record.student_no, actor=li, now=now)


# --- photos that come all the same


def test_delivered_photo_waits_and_is_named(
    li: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    files = {f"{member.record.student_no}.jpg": portrait(1)}

    dry = deliver(files, now=now, apply=False)
    real = deliver(files, now=now)

    entry = CaptureEntry.objects.get()
    assert counts(real) == {"files": 1, "accepted": 1, "unmatched": 1}
    assert {**dry.as_json(), "applied": True} == real.as_json()
    assert real.warnings[0].code == MatchReason.PHOTO_WAIVED
    assert (entry.state, entry.reason) == (MatchState.UNMATCHED, MatchReason.PHOTO_WAIVED)
    assert not member.record.photos.exists()


def test_waiting_photo_is_attached_once_the_waiver_is_gone(
    li: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    deliver({f"{member.record.student_no}.jpg": portrait(1)}, now=now)

    before = rematch_unmatched(now=now)
    ask_for_photo(member=member, actor=li, now=now, reason="本人改了主意")
    after = rematch_unmatched(now=now)

    assert (before, after) == (0, 1)
    assert member.record.photos.get().is_current


def test_photo_that_came_before_its_roster_waits_too(
    li: User, member: CampaignMember, now: datetime
) -> None:
    deliver({"2022041234.jpg": portrait(1)}, now=now)
    late = imaging.make_member(enrolment.make_record(student_no="2022041234"), member.campaign)
    waive(late, li, now)

    assert rematch_unmatched(now=now) == 0

    assert CaptureEntry.objects.get().reason == MatchReason.PHOTO_WAIVED


def test_photo_is_not_attached_by_hand_either(
    li: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    deliver({f"{member.record.student_no}.jpg": portrait(1)}, now=now)

    with pytest.raises(NotAllowedError, match="免交照片"):
        attach_entry(
            entry=CaptureEntry.objects.get(),
            record=member.record,
            actor=li,
            now=now,
            reason="对着照片看过",
        )

    assert CaptureEntry.objects.get().state == MatchState.UNMATCHED


def test_admission_photo_is_another_kind(li: User, member: CampaignMember, now: datetime) -> None:
    waive(member, li, now)

    deliver({f"{member.record.student_no}.jpg": portrait(1)}, now=now, kind=PhotoKind.ADMISSION)

    assert member.record.photos.get().kind == PhotoKind.ADMISSION


def test_waiver_counts_until_another_campaign_asks(
    li: User, member: CampaignMember, now: datetime
) -> None:
    waive(member, li, now)
    only = records_waived([member.record_id], PhotoKind.GRADUATION, now=now)
    following = imaging.make_campaign(
        title="2027 届毕业图像校对",
        graduating_class=2027,
        opens_at=now + 300 * DAY,
        closes_at=now + 310 * DAY,
        sheet_freeze_at=now + 311 * DAY,
    )
    imaging.make_member(member.record, following)

    assert only == {member.record_id}
    assert records_waived([member.record_id], PhotoKind.GRADUATION, now=now) == set()
