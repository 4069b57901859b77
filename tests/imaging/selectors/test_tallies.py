"""Counting in the database: the same five groups as the close view, at every edge of a campaign."""

from datetime import date, datetime, timedelta

import pytest

from common.wording import local
from corrections.selectors import Phase, class_standings
from corrections.selectors.standing import meter_counts
from enrollment.models import ClassGroup
from enrollment.states import EnrollmentStatus
from imaging.models import Campaign, CampaignMember, VerificationRound
from imaging.selectors import class_progress
from imaging.selectors.tallies import (
    WaitingByAge,
    campaigns_begun_in,
    members_in,
    tally_by_class,
    tally_by_college,
    waiting_by_age,
)
from imaging.states import CampaignKind, Conclusion, ConclusionKind, RoundCause
from tests.factories import enrolment
from tests.factories.imaging import (
    ATTACHED,
    CLOSES,
    OPENS,
    make_campaign,
    make_conclusion,
    make_member,
    make_photo,
    waive_photo,
)

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BOUNDS = (timedelta(days=3), timedelta(days=7))


def person(group: ClassGroup, campaign: Campaign, *, photo: bool = True) -> CampaignMember:
    """Somebody of the class in the campaign."""
    made = enrolment.make_record(class_group=group)
    if photo:
        make_photo(made)
    return make_member(made, campaign)


def conclude(member: CampaignMember, at: datetime = ATTACHED) -> None:
    """Both correct."""
    for kind in ConclusionKind:
        make_conclusion(member, kind, at=at)


def second_round(member: CampaignMember, at: datetime) -> None:
    """Everything anew from `at` on."""
    VerificationRound.objects.filter(member=member).update(is_current=False)
    turn = VerificationRound.objects.create(
        member=member, round_no=2, cause=RoundCause.DATA_CHANGED, opened_at=at, opened_by="测试"
    )
    for kind in member.campaign.asked:
        turn.conclusions.create(kind=kind)


def everybody(campaign: Campaign, group: ClassGroup) -> None:
    """Somebody in each standing, with what has changed since, a second round, and somebody who left."""
    locked, opened, wrong, half, changed, new_photo, again, gone = (
        person(group, campaign) for _ in range(8)
    )
    person(group, campaign, photo=False)
    missing = person(group, campaign, photo=False)
    waived, waived_done, waived_open = (person(group, campaign, photo=False) for _ in range(3))
    for member in (waived, waived_done, waived_open):
        waive_photo(member)
    make_conclusion(waived_done, ConclusionKind.DATA)
    make_conclusion(waived_open, ConclusionKind.DATA, at=CLOSES - timedelta(hours=1))
    make_conclusion(missing, ConclusionKind.PHOTO, Conclusion.INCORRECT)
    for member in (locked, changed, new_photo, again, gone):
        conclude(member)
    conclude(opened, at=CLOSES - timedelta(hours=1))
    make_conclusion(wrong, ConclusionKind.DATA, Conclusion.INCORRECT)
    make_conclusion(half, ConclusionKind.PHOTO)
    type(changed.record).objects.filter(pk=changed.record_id).update(key_digest="x" * 32)
    make_photo(new_photo.record)
    second_round(again, ATTACHED + DAY)
    CampaignMember.objects.filter(pk=gone.pk).update(removed_at=ATTACHED, removed_by="测试")
    away(campaign, group)


def away(campaign: Campaign, group: ClassGroup) -> None:
    """Of whom nothing is asked: idle where something is missing, else where they had come before."""
    suspended, halfway, through, reported, from_today, from_tomorrow, back = (
        person(group, campaign) for _ in range(7)
    )
    dead = person(group, campaign, photo=False)
    make_conclusion(halfway, ConclusionKind.PHOTO)
    conclude(through)
    make_conclusion(reported, ConclusionKind.DATA, Conclusion.INCORRECT)
    for member in (suspended, halfway, through, reported, back):
        set_status(member, EnrollmentStatus.SUSPENDED)
    set_status(dead, EnrollmentStatus.DECEASED)
    day = local(CLOSES).date()
    set_status(from_today, EnrollmentStatus.REGISTERED, EnrollmentStatus.SUSPENDED, day)
    set_status(from_tomorrow, EnrollmentStatus.REGISTERED, EnrollmentStatus.WITHDRAWN, day + DAY)
    set_status(back, EnrollmentStatus.SUSPENDED, EnrollmentStatus.REGISTERED, day)


def set_status(
    member: CampaignMember,
    status: EnrollmentStatus,
    following: str = "",
    on: date | None = None,
) -> None:
    """The record's status, and the one that follows on a day."""
    type(member.record).objects.filter(pk=member.record_id).update(
        enrollment_status=status, next_status=following, next_status_from=on
    )


@pytest.mark.parametrize("kind", list(CampaignKind))
@pytest.mark.parametrize(
    "at", [CLOSES - SECOND, CLOSES, CLOSES + SECOND, CLOSES + 3 * DAY], ids=str
)
def test_counts_and_days_are_those_of_the_close_view(
    class_group: ClassGroup, kind: CampaignKind, at: datetime
) -> None:
    campaign = make_campaign(kind=kind)
    if kind == CampaignKind.GRADUATION:
        everybody(campaign, class_group)
    else:
        person(class_group, campaign)
        make_conclusion(person(class_group, campaign), ConclusionKind.DATA)
        set_status(person(class_group, campaign), EnrollmentStatus.SUSPENDED)
        wrong = person(class_group, campaign)
        make_conclusion(wrong, ConclusionKind.DATA, Conclusion.INCORRECT)
        late = make_member(
            enrolment.make_record(class_group=class_group), campaign, closes_at=CLOSES + DAY
        )
        assert late.closes_at > campaign.closes_at

    people = class_standings(campaign=campaign, class_group=class_group, now=at)
    members = members_in(campaign, now=at)
    tally = tally_by_class(members, now=at)

    assert [place.counts for place in tally.places] == [meter_counts(people)]
    assert [each.counts for each in class_progress([class_group], now=at)] == [meter_counts(people)]
    awaited = {person.found.member_id for person in people if person.is_awaited}
    open_now = {
        person.found.member_id for person in people if person.phase in {Phase.TODO, Phase.NO_PHOTO}
    }
    assert open_now <= awaited
    assert sum(amount for _, amount in tally.by_day) == sum(
        person.done_at is not None for person in people
    )


def test_days_count_the_second_conclusion(class_group: ClassGroup) -> None:
    campaign = make_campaign()
    first, second = (person(class_group, campaign) for _ in range(2))
    conclude(first)
    make_conclusion(second, ConclusionKind.DATA)
    # 23:30 in Shanghai is still that day.
    make_conclusion(
        second, ConclusionKind.PHOTO, at=datetime(2026, 6, 4, 15, 30, tzinfo=OPENS.tzinfo)
    )

    found = tally_by_class(members_in(campaign, now=CLOSES), now=CLOSES).by_day

    assert [(f"{day:%m-%d}", amount) for day, amount in found] == [("06-02", 1), ("06-04", 1)]


@pytest.mark.parametrize("count", [1, 3])
def test_colleges_by_open_work_in_one_query(count: int, django_assert_num_queries) -> None:
    campaign = make_campaign()
    for serial in range(count):
        college = enrolment.make_college(f"第 {serial} 学院")
        group = enrolment.make_class(f"{serial} 班", college=college)
        for _ in range(serial + 1):
            person(group, campaign)
        conclude(person(group, campaign))
    members = members_in(campaign, now=CLOSES - DAY)

    with django_assert_num_queries(1):
        found = tally_by_college(members, now=CLOSES - DAY).places

    assert [(each.name, each.open, each.done) for each in found] == [
        (f"第 {serial} 学院", serial + 1, 1) for serial in reversed(range(count))
    ]


def test_who_belongs_to_no_class_is_a_place_too(class_group: ClassGroup) -> None:
    campaign = make_campaign()
    make_member(enrolment.make_record(class_group=class_group), campaign, class_group=None)

    (found,) = tally_by_college(members_in(campaign, now=CLOSES), now=CLOSES).places

    assert (found.place_id, found.label, found.open) == (None, "没有归到班级或学院的人", 1)


def test_a_college_counts_its_own(class_group: ClassGroup) -> None:
    campaign = make_campaign()
    person(class_group, campaign)
    person(enrolment.make_class("法学 2201 班", college=enrolment.make_college("法学院")), campaign)

    members = members_in(campaign, now=CLOSES, college=class_group.college)

    assert [each.counts.total for each in tally_by_class(members, now=CLOSES).places] == [1]


@pytest.mark.parametrize(("offset", "found"), [(-1, 0), (0, 1), (1, 1)])
def test_a_campaign_is_on_the_board_from_its_opening(
    class_group: ClassGroup, offset: int, found: int
) -> None:
    person(class_group, make_campaign())

    begun = campaigns_begun_in(now=OPENS + offset * SECOND, college=class_group.college)

    assert begun.count() == found


@pytest.mark.parametrize(
    ("at", "ages"),
    [
        (OPENS + BOUNDS[0] - SECOND, WaitingByAge(fresh=1)),
        (OPENS + BOUNDS[0], WaitingByAge(older=1)),
        (OPENS + BOUNDS[1] - SECOND, WaitingByAge(older=1)),
        (OPENS + BOUNDS[1], WaitingByAge(oldest=1)),
    ],
)
def test_waiting_people_by_age(class_group: ClassGroup, at: datetime, ages: WaitingByAge) -> None:
    campaign = make_campaign()
    person(class_group, campaign)
    conclude(person(class_group, campaign))

    found = waiting_by_age(ClassGroup.objects.filter(pk=class_group.pk), now=at, bounds=BOUNDS)

    assert found == ages


def test_a_second_round_waits_from_its_own_beginning(class_group: ClassGroup) -> None:
    campaign = make_campaign()
    member = person(class_group, campaign)
    conclude(member)
    second_round(member, OPENS + 9 * DAY)

    found = waiting_by_age(ClassGroup.objects.all(), now=OPENS + 10 * DAY, bounds=BOUNDS)

    assert found == WaitingByAge(fresh=1)


def test_nobody_waits_for_who_is_suspended(class_group: ClassGroup) -> None:
    member = person(class_group, make_campaign())
    set_status(member, EnrollmentStatus.SUSPENDED)

    found = waiting_by_age(ClassGroup.objects.all(), now=CLOSES - DAY, bounds=BOUNDS)

    assert found == WaitingByAge()
    (place,) = tally_by_class(members_in(member.campaign, now=CLOSES), now=CLOSES).places
    assert (place.counts.idle, place.counts.total, place.open, place.done) == (1, 0, 0, 0)


def test_nobody_waits_beyond_the_freeze_where_the_campaign_has_no_end(
    class_group: ClassGroup,
) -> None:
    campaign = make_campaign(ends_at=None)
    person(class_group, campaign)

    found = [
        waiting_by_age(
            ClassGroup.objects.all(), now=campaign.sheet_freeze_at + offset, bounds=BOUNDS
        ).total
        for offset in (-SECOND, timedelta(0))
    ]

    assert found == [1, 0]


def test_who_has_more_time_than_the_campaign_still_waits(class_group: ClassGroup) -> None:
    campaign = make_campaign(ends_at=CLOSES + 2 * DAY)
    record = enrolment.make_record(class_group=class_group)
    make_member(record, campaign, closes_at=CLOSES + 9 * DAY, sheet_freeze_at=CLOSES + 10 * DAY)

    found = waiting_by_age(ClassGroup.objects.all(), now=CLOSES + 3 * DAY, bounds=BOUNDS)

    assert found.total == 1


def test_nobody_waits_in_a_campaign_that_has_ended(class_group: ClassGroup) -> None:
    ends_at = CLOSES + 10 * DAY
    person(class_group, make_campaign(ends_at=ends_at))

    found = [
        waiting_by_age(ClassGroup.objects.all(), now=ends_at + offset, bounds=BOUNDS).total
        for offset in (-SECOND, timedelta(0))
    ]

    assert found == [1, 0]
