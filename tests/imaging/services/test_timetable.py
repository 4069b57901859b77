"""Moments of a campaign: their order, one school's own, more time for all, ended early, opened again."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from common import outbox
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from enrollment.models import School, StudentRecord
from imaging.models import Campaign, CampaignMember, SchoolTimetable, Timetable
from imaging.selectors import class_progress, member_of, sheet_moments, timetable_of
from imaging.services.campaign import (
    add_member,
    grant_extension,
    move_deadlines,
    propose_members,
)
from imaging.services.rounds import reopen_round
from imaging.services.timetable import (
    close_campaign,
    extend_campaign,
    extended,
    move_timetable,
    reopen_campaign,
    set_school_timetable,
)
from imaging.services.verification import Verdict, conclude, seen_of
from imaging.states import Conclusion, ConclusionAction, ConclusionKind, RoundCause
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA = ConclusionKind.DATA
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENS, CLOSES, FREEZE = imaging.OPENS, imaging.CLOSES, imaging.FREEZE
PLANNED = {
    "capture_opens_at": OPENS - 80 * DAY,
    "capture_closes_at": OPENS - 60 * DAY,
    "publishes_at": OPENS - DAY,
    "hand_in_at": FREEZE + 2 * DAY,
    "ends_at": FREEZE + 5 * DAY,
}


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    return imaging.make_campaign(**PLANNED)


@pytest.fixture
def member(record: StudentRecord, campaign: Campaign) -> CampaignMember:
    return imaging.make_member(record, campaign)


def accept(member: CampaignMember) -> Verdict:
    record = StudentRecord.objects.get(pk=member.record_id)
    return Verdict(action=ConclusionAction.ACCEPT, seen=seen_of(record, None, DATA))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"capture_closes_at": OPENS - 80 * DAY}, "capture_closes_at"),
        ({"publishes_at": OPENS + HOUR}, "opens_at"),
        ({"closes_at": OPENS}, "closes_at"),
        ({"sheet_freeze_at": CLOSES - HOUR}, "sheet_freeze_at"),
        ({"hand_in_at": FREEZE - HOUR}, "hand_in_at"),
        ({"ends_at": FREEZE + HOUR}, "ends_at"),
        ({"hand_in_at": None, "ends_at": FREEZE - HOUR}, "ends_at"),
    ],
)
def test_moments_out_of_order_are_refused_beside_their_field(
    wrong: dict[str, datetime], field: str, li: User, campaign: Campaign, now: datetime
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        move_timetable(
            campaign=campaign,
            timetable=replace(campaign.timetable, **wrong),
            actor=li,
            now=now,
            reason="试",
        )

    assert refused.value.field == field


def test_moments_that_touch_are_in_order(campaign: Campaign) -> None:
    touching = replace(
        campaign.timetable,
        publishes_at=OPENS,
        sheet_freeze_at=CLOSES,
        hand_in_at=CLOSES,
        ends_at=CLOSES,
    )

    assert touching.problem() is None


@pytest.mark.parametrize("who", ["alice", "chen", "leader", "auditor"])
def test_moments_are_the_registrars(
    who: str, request: pytest.FixtureRequest, campaign: Campaign, now: datetime
) -> None:
    actor = request.getfixturevalue(who)

    for act in (
        lambda: close_campaign(campaign=campaign, actor=actor, now=now, reason="x"),
        lambda: extend_campaign(
            campaign=campaign, timetable=campaign.timetable, actor=actor, now=now, reason="x"
        ),
        lambda: reopen_campaign(
            campaign=campaign, timetable=campaign.timetable, actor=actor, now=now, reason="x"
        ),
        lambda: set_school_timetable(
            campaign=campaign,
            school=campaign.schools.get(),
            moments={},
            actor=actor,
            now=now,
            reason="x",
        ),
    ):
        with pytest.raises(NotAllowedError, match="教务处"):
            act()


# --- one school ------------------------------------------------------------------------------


@pytest.fixture
def college(campaign: Campaign) -> School:
    """The affiliated college, in the campaign too."""
    school = enrolment.make_school("99998", "远山大学云岭学院")
    campaign.schools.add(school)
    return school


@pytest.fixture
def far(college: School, campaign: Campaign) -> CampaignMember:
    """A member of the affiliated college."""
    return imaging.make_member(enrolment.make_record(school=college, name="别校"), campaign)


def test_school_has_moments_of_its_own(
    li: User, member: CampaignMember, far: CampaignMember, college: School, now: datetime
) -> None:
    given = imaging.make_conclusion(far, DATA, at=now)

    set_school_timetable(
        campaign=member.campaign,
        school=college,
        moments={
            "opens_at": OPENS + DAY,
            "publishes_at": OPENS + DAY,
            "closes_at": CLOSES + DAY,
            "sheet_freeze_at": FREEZE + DAY,
        },
        actor=li,
        now=now,
        reason="云岭学院六月三日才返校",
    )

    for each in (member, far, given):
        each.refresh_from_db()
    assert (member.begins_at, member.closes_at, member.sheet_freeze_at) == (OPENS, CLOSES, FREEZE)
    assert (far.begins_at, far.closes_at, far.sheet_freeze_at) == (
        OPENS + DAY,
        CLOSES + DAY,
        FREEZE + DAY,
    )
    assert far.publishes_at == OPENS + DAY
    assert given.locks_at == now + DAY
    of_college = timetable_of(member.campaign, college)
    assert (of_college.opens_at, of_college.ends_at) == (OPENS + DAY, PLANNED["ends_at"])
    event = AuditEvent.objects.get(action="campaign.school_timed")
    assert event.reason == "云岭学院六月三日才返校"
    assert event.details["after"]["closes_at"] == (CLOSES + DAY).isoformat()


def test_schools_own_opening_lets_in_and_keeps_out(
    li: User, alice: User, member: CampaignMember, college: School
) -> None:
    school, group = member.record.school, member.class_group
    assert group is not None
    set_school_timetable(
        campaign=member.campaign,
        school=school,
        moments={"opens_at": OPENS + DAY, "publishes_at": OPENS},
        actor=li,
        now=OPENS,
        reason="晚一天",
    )
    member.refresh_from_db()

    with pytest.raises(NotAllowedError, match="还没开始"):
        conclude(member=member, kind=DATA, verdict=accept(member), actor=alice, now=OPENS + HOUR)
    assert class_progress([group], now=OPENS + HOUR) == []

    conclude(member=member, kind=DATA, verdict=accept(member), actor=alice, now=OPENS + DAY)
    assert len(class_progress([group], now=OPENS + DAY)) == 1
    assert member_of(member.record, now=OPENS + DAY) == member


def test_school_loses_its_moments_when_all_are_empty(
    li: User, far: CampaignMember, college: School, now: datetime
) -> None:
    later = {"closes_at": CLOSES + DAY, "sheet_freeze_at": FREEZE + DAY}
    for moments in (later, {}):
        set_school_timetable(
            campaign=far.campaign, school=college, moments=moments, actor=li, now=now, reason="改"
        )

    far.refresh_from_db()
    assert (far.closes_at, far.opens_at, far.publishes_at) == (CLOSES, None, None)
    assert not SchoolTimetable.objects.exists()


def test_school_of_another_campaign_is_refused(li: User, campaign: Campaign, now: datetime) -> None:
    stranger = enrolment.make_school("99997", "别的大学")

    with pytest.raises(InvalidInputError, match="不在这个批次"):
        set_school_timetable(
            campaign=campaign, school=stranger, moments={}, actor=li, now=now, reason="x"
        )


def test_schools_moments_must_fit_between_the_campaigns(
    li: User, campaign: Campaign, college: School, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="批次结束"):
        set_school_timetable(
            campaign=campaign,
            school=college,
            moments={"hand_in_at": PLANNED["ends_at"] + DAY},
            actor=li,
            now=now,
            reason="x",
        )


def test_campaign_is_not_moved_past_a_schools_own_moments(
    li: User, far: CampaignMember, college: School, now: datetime
) -> None:
    set_school_timetable(
        campaign=far.campaign,
        school=college,
        moments={"closes_at": CLOSES},
        actor=li,
        now=now,
        reason="同一天",
    )

    with pytest.raises(InvalidInputError, match="远山大学云岭学院有单独的时间"):
        move_deadlines(
            campaign=far.campaign,
            opens_at=CLOSES,
            closes_at=CLOSES + DAY,
            sheet_freeze_at=FREEZE + DAY,
            actor=li,
            now=now,
            reason="推后",
        )


def test_record_that_joins_later_gets_its_schools_moments(
    li: User, campaign: Campaign, college: School, now: datetime
) -> None:
    set_school_timetable(
        campaign=campaign,
        school=college,
        moments={"closes_at": CLOSES + DAY, "sheet_freeze_at": FREEZE + DAY},
        actor=li,
        now=now,
        reason="晚",
    )
    one, other = (enrolment.make_record(school=college, name=name) for name in ("甲", "乙"))

    add_member(campaign=campaign, record=one, actor=li, now=now)
    propose_members(campaign=campaign, actor=li, now=now)

    ends = campaign.members.filter(record__in=[one, other]).values_list("closes_at", flat=True)
    assert set(ends) == {CLOSES + DAY}


# --- more time for everybody -----------------------------------------------------------------


def test_extension_for_all_moves_everything_after_it_and_tells_who_still_owes(
    li: User, alice: User, member: CampaignMember, monitor: User, now: datetime
) -> None:
    done = imaging.make_member(StudentRecord.objects.get(name="秦川"), member.campaign)
    imaging.make_photo(done.record)
    for kind in ConclusionKind:
        imaging.make_conclusion(done, kind, at=now)

    extend_campaign(
        campaign=member.campaign,
        timetable=extended(member.campaign.timetable, closes_at=CLOSES + 2 * DAY),
        actor=li,
        now=now,
        reason="系统停机维护",
    )

    member.campaign.refresh_from_db()
    assert member.campaign.timetable == Timetable(
        **{
            **PLANNED,
            "opens_at": OPENS,
            "closes_at": CLOSES + 2 * DAY,
            "sheet_freeze_at": FREEZE + 2 * DAY,
            "hand_in_at": PLANNED["hand_in_at"] + 2 * DAY,
            "ends_at": PLANNED["ends_at"] + 2 * DAY,
        }
    )
    told = OutboxMessage.objects.filter(template="deadline_moved")
    assert {(each.user_id, each.channel) for each in told} == {
        (alice.pk, Channel.NOTICE),
        (alice.pk, Channel.EMAIL),
    }
    assert outbox.rendered(told.get(channel=Channel.NOTICE)) == (
        "核对的截止时间延后了",
        "2026 届毕业图像校对：你还有结论没有提交，截止时间改到 6月18日（星期四）23:00。",
    )
    event = AuditEvent.objects.get(action="campaign.extended_whole")
    assert (event.reason, event.details["told"]) == ("系统停机维护", 1)


def test_extension_for_all_reaches_a_school_with_its_own_deadline(
    li: User, far: CampaignMember, college: School, now: datetime
) -> None:
    set_school_timetable(
        campaign=far.campaign,
        school=college,
        moments={"closes_at": CLOSES - DAY},
        actor=li,
        now=now,
        reason="早一天",
    )

    extend_campaign(
        campaign=far.campaign,
        timetable=extended(far.campaign.timetable, closes_at=CLOSES + DAY),
        actor=li,
        now=now,
        reason="停机",
    )

    far.refresh_from_db()
    assert far.closes_at == CLOSES + DAY


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"closes_at": CLOSES}, "closes_at"),
        ({"closes_at": CLOSES + DAY, "hand_in_at": FREEZE + DAY}, "hand_in_at"),
        ({"closes_at": CLOSES + HOUR, "ends_at": None}, "ends_at"),
    ],
)
def test_extension_for_all_only_gives_time(
    wrong: dict[str, datetime], field: str, li: User, campaign: Campaign, now: datetime
) -> None:
    later = replace(
        campaign.timetable,
        **{"sheet_freeze_at": FREEZE + DAY, "ends_at": FREEZE + 9 * DAY, **wrong},
    )

    with pytest.raises(InvalidInputError) as refused:
        extend_campaign(campaign=campaign, timetable=later, actor=li, now=now, reason="x")

    assert refused.value.field == field


def test_second_hand_at_the_moments_is_told(li: User, campaign: Campaign, now: datetime) -> None:
    stale = Campaign.objects.get(pk=campaign.pk)
    move_timetable(
        campaign=campaign,
        timetable=replace(campaign.timetable, ends_at=FREEZE + 9 * DAY),
        actor=li,
        now=now,
        reason="先",
    )

    with pytest.raises(StaleStateError):
        move_timetable(
            campaign=stale,
            timetable=replace(stale.timetable, ends_at=FREEZE + 8 * DAY),
            actor=li,
            now=now,
            reason="后",
        )


def test_class_extension_moves_the_hand_in_of_its_sheet(
    li: User, member: CampaignMember, now: datetime
) -> None:
    campaign, group = member.campaign, member.class_group
    assert group is not None
    other = imaging.make_member(
        enrolment.make_record(class_group=enrolment.make_class("历史学 2201 班")), campaign
    )
    assert other.class_group is not None

    grant_extension(
        campaign=campaign,
        class_group=group,
        closes_at=CLOSES + 4 * DAY,
        sheet_freeze_at=FREEZE + 4 * DAY,
        reason="实习",
        actor=li,
        now=now,
    )

    own, usual = sheet_moments(campaign, group), sheet_moments(campaign, other.class_group)
    assert (own.freeze_at, own.hand_in_at) == (FREEZE + 4 * DAY, PLANNED["hand_in_at"] + 4 * DAY)
    assert own.ends_at == PLANNED["hand_in_at"] + 4 * DAY
    assert (usual.freeze_at, usual.hand_in_at, usual.ends_at) == (
        FREEZE,
        PLANNED["hand_in_at"],
        PLANNED["ends_at"],
    )


@pytest.mark.parametrize(("after", "late"), [(-1, False), (0, True), (1, True)])
def test_sheet_is_late_from_its_moment_on(after: int, late: bool, member: CampaignMember) -> None:
    assert member.class_group is not None
    moments = sheet_moments(member.campaign, member.class_group)
    at = timedelta(seconds=after)

    assert moments.is_late_at(PLANNED["hand_in_at"] + at) is late
    assert moments.is_over_at(PLANNED["ends_at"] + at) is late
    assert moments.is_frozen_at(FREEZE + at) is late


def test_campaign_without_further_moments_has_no_late_sheets(record: StudentRecord) -> None:
    member = imaging.make_member(record, imaging.make_campaign())
    assert member.class_group is not None

    moments = sheet_moments(member.campaign, member.class_group)

    assert (moments.hand_in_at, moments.ends_at) == (None, None)
    assert not moments.is_late_at(FREEZE + 999 * DAY)


# --- ended early, opened again ---------------------------------------------------------------


def test_campaign_ended_early_takes_nothing_and_locks_what_was_given(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    given = imaging.make_conclusion(
        member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now - HOUR
    )
    grant_extension(
        campaign=member.campaign,
        record=member.record,
        closes_at=CLOSES + DAY,
        sheet_freeze_at=FREEZE + DAY,
        reason="住院",
        actor=li,
        now=now - HOUR,
    )

    close_campaign(campaign=member.campaign, actor=li, now=now, reason="提前毕业")

    for each in (member, given, member.campaign):
        each.refresh_from_db()
    assert (member.closes_at, member.sheet_freeze_at, given.locks_at) == (now, now, now)
    assert member.campaign.is_over_at(now)
    assert (member.campaign.closed_at, member.campaign.ends_at) == (now, now)
    with pytest.raises(NotAllowedError, match="已经截止"):
        conclude(member=member, kind=DATA, verdict=accept(member), actor=alice, now=now)
    with pytest.raises(StaleStateError):
        close_campaign(campaign=member.campaign, actor=li, now=now, reason="再来")
    assert AuditEvent.objects.get(action="campaign.closed").reason == "提前毕业"


def test_one_student_may_go_on_after_the_end(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    close_campaign(campaign=member.campaign, actor=li, now=now, reason="提前毕业")
    later = now + HOUR

    grant_extension(
        campaign=member.campaign,
        record=member.record,
        closes_at=later + DAY,
        sheet_freeze_at=later + DAY,
        reason="住院",
        actor=li,
        now=later,
    )
    member.refresh_from_db()

    row = conclude(member=member, kind=DATA, verdict=accept(member), actor=alice, now=later)
    assert row.locks_at == later + DAY


@pytest.mark.parametrize("act", ["move", "extend", "school"])
def test_ended_campaign_is_opened_again_before_anything_moves(
    act: str, li: User, campaign: Campaign, now: datetime
) -> None:
    close_campaign(campaign=campaign, actor=li, now=now, reason="提前毕业")
    later = extended(campaign.timetable, closes_at=now + DAY)

    acts: dict[str, Any] = {
        "move": partial(move_timetable, timetable=later),
        "extend": partial(extend_campaign, timetable=later),
        "school": partial(
            set_school_timetable,
            school=campaign.schools.get(),
            moments={"closes_at": now + DAY},
        ),
    }

    with pytest.raises(NotAllowedError, match="重新开放"):
        acts[act](campaign=campaign, actor=li, now=now, reason="x")


def test_reopened_campaign_takes_what_was_missed_and_unlocks_nothing(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    locked = imaging.make_conclusion(
        member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY
    )
    close_campaign(campaign=member.campaign, actor=li, now=now, reason="误操作")
    before = locked.locks_at
    later = now + HOUR

    reopen_campaign(
        campaign=member.campaign,
        timetable=extended(member.campaign.timetable, closes_at=now + 2 * DAY),
        actor=li,
        now=later,
        reason="上一步点错了",
    )

    for each in (member, locked, member.campaign):
        each.refresh_from_db()
    assert (member.campaign.closed_at, member.campaign.closed_by) == (None, "")
    assert member.closes_at == now + 2 * DAY
    assert locked.locks_at == before
    row = conclude(member=member, kind=DATA, verdict=accept(member), actor=alice, now=later)
    assert row.state == "CORRECT"
    assert AuditEvent.objects.get(action="campaign.reopened").reason == "上一步点错了"
    assert OutboxMessage.objects.filter(template="deadline_moved", user=alice).count() == 2


def test_reopening_drops_a_schools_moments_that_have_passed(
    li: User, far: CampaignMember, college: School, now: datetime
) -> None:
    set_school_timetable(
        campaign=far.campaign,
        school=college,
        moments={"closes_at": CLOSES - DAY, "opens_at": OPENS + HOUR},
        actor=li,
        now=OPENS,
        reason="早一天",
    )
    later = PLANNED["ends_at"] + DAY

    reopen_campaign(
        campaign=far.campaign,
        timetable=extended(far.campaign.timetable, closes_at=later + DAY),
        actor=li,
        now=later,
        reason="还有人没核",
    )

    far.refresh_from_db()
    assert (far.closes_at, far.begins_at) == (later + DAY, OPENS + HOUR)


def test_running_campaign_needs_no_reopening(li: User, campaign: Campaign, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="还在进行"):
        reopen_campaign(
            campaign=campaign, timetable=campaign.timetable, actor=li, now=now, reason="x"
        )


def test_campaign_that_has_not_begun_is_not_ended(li: User, campaign: Campaign) -> None:
    with pytest.raises(NotAllowedError, match="还没开始"):
        close_campaign(campaign=campaign, actor=li, now=OPENS, reason="x")


def test_every_move_needs_a_reason(li: User, campaign: Campaign, now: datetime) -> None:
    for act in (
        lambda: close_campaign(campaign=campaign, actor=li, now=now, reason=" "),
        lambda: move_timetable(
            campaign=campaign, timetable=campaign.timetable, actor=li, now=now, reason=""
        ),
    ):
        with pytest.raises(InvalidInputError, match="理由"):
            act()

    assert not AuditEvent.objects.exists()


def test_recheck_after_the_end_still_gets_its_time(
    li: User, member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, DATA, at=now - HOUR)
    close_campaign(campaign=member.campaign, actor=li, now=now, reason="提前毕业")
    later = now + HOUR

    reopen_round(
        member=member,
        kinds=frozenset({DATA}),
        cause=RoundCause.REOPENED,
        actor=li,
        now=later,
        reason="看错了",
    )

    member.refresh_from_db()
    assert member.closes_at == later + timedelta(hours=72)


def test_half_moved_campaign_does_not_stay(
    li: User, far: CampaignMember, college: School, now: datetime
) -> None:
    """A school whose moments no longer fit refuses the whole move."""
    set_school_timetable(
        campaign=far.campaign,
        school=college,
        moments={"ends_at": PLANNED["ends_at"] + DAY, "hand_in_at": PLANNED["ends_at"] + DAY},
        actor=li,
        now=now,
        reason="晚交",
    )

    with pytest.raises(DomainError):
        move_timetable(
            campaign=far.campaign,
            timetable=replace(
                far.campaign.timetable,
                sheet_freeze_at=PLANNED["ends_at"] + 2 * DAY,
                hand_in_at=PLANNED["ends_at"] + 3 * DAY,
                ends_at=PLANNED["ends_at"] + 4 * DAY,
            ),
            actor=li,
            now=now,
            reason="推后",
        )

    far.refresh_from_db()
    assert far.sheet_freeze_at == FREEZE
