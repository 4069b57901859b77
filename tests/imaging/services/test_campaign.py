"""Campaigns: members by 届, deadlines that move, extensions, rounds that are reopened."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from common.actors import SYSTEM
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import (
    Campaign,
    CampaignMember,
    VerificationConclusion,
    VerificationRound,
)
from imaging.services.campaign import (
    add_member,
    create_campaign,
    grant_extension,
    move_deadlines,
    propose_members,
    remove_member,
)
from imaging.services.rounds import reopen_round
from imaging.states import CampaignKind, Conclusion, ConclusionKind, RoundCause
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
HOUR = timedelta(hours=1)


def settings_of(**fields: Any) -> dict[str, Any]:
    return {
        "title": "2026 届毕业图像校对",
        "kind": CampaignKind.GRADUATION,
        "graduating_class": 2026,
        "schools": [enrolment.make_school()],
        "opens_at": imaging.OPENS,
        "closes_at": imaging.CLOSES,
        "sheet_freeze_at": imaging.FREEZE,
        "profile": imaging.make_profile(),
        **fields,
    }


def rows(member: CampaignMember) -> dict[str, str]:
    found = VerificationConclusion.objects.filter(round__member=member, round__is_current=True)
    return dict(found.values_list("kind", "state"))


def test_campaign_is_created_by_the_registrar(li: User, now: datetime) -> None:
    campaign = create_campaign(**settings_of(), actor=li, now=now)

    assert campaign.schools.get().code == "99999"
    assert AuditEvent.objects.get().action == "campaign.created"


@pytest.mark.parametrize(
    "who", ["alice", "monitor", "chen", "secretary", "leader", "auditor", "eve"]
)
def test_campaign_is_not_created_by_anybody_else(
    who: str, request: pytest.FixtureRequest, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        create_campaign(**settings_of(), actor=request.getfixturevalue(who), now=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"closes_at": imaging.OPENS},
        {"sheet_freeze_at": imaging.CLOSES - HOUR},
        {"schools": []},
        {"title": "  "},
    ],
)
def test_campaign_needs_sense(wrong: dict[str, Any], li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError):
        create_campaign(**settings_of(**wrong), actor=li, now=now)


def test_members_are_proposed_by_school_and_year_once(
    li: User, record: StudentRecord, now: datetime
) -> None:
    enrolment.make_record(graduating_class=2027)
    enrolment.make_record(enrollment_status=EnrollmentStatus.WITHDRAWN)
    enrolment.make_record(school=enrolment.make_school("99998", "远山大学云岭学院"), name="别校")
    campaign = imaging.make_campaign()

    first = propose_members(campaign=campaign, actor=li, now=now)
    again = propose_members(campaign=campaign, actor=li, now=now + HOUR)

    assert (first, again) == (1, 0)
    member = CampaignMember.objects.get()
    assert (member.record, member.class_group) == (record, record.class_group)
    assert (member.closes_at, member.sheet_freeze_at) == (imaging.CLOSES, imaging.FREEZE)
    assert VerificationRound.objects.get().cause == RoundCause.FIRST
    assert rows(member) == {"DATA": "PENDING", "PHOTO": "PENDING"}


def test_proposing_many_takes_few_queries(
    li: User, class_group: ClassGroup, django_assert_max_num_queries, now: datetime
) -> None:
    for _ in range(40):
        enrolment.make_record(class_group=class_group)
    campaign = imaging.make_campaign()

    with django_assert_max_num_queries(12):
        added = propose_members(campaign=campaign, actor=li, now=now)

    assert added == 40


def test_removed_member_stays_out_until_added_by_hand(
    li: User, record: StudentRecord, now: datetime
) -> None:
    campaign = imaging.make_campaign()
    propose_members(campaign=campaign, actor=li, now=now)
    member = CampaignMember.objects.get()

    remove_member(member=member, actor=li, now=now, reason="转学")
    proposed = propose_members(campaign=campaign, actor=li, now=now)
    with pytest.raises(StaleStateError):
        remove_member(member=member, actor=li, now=now, reason="转学")
    back = add_member(campaign=campaign, record=record, actor=li, now=now)

    assert proposed == 0
    assert (back.pk, back.removed_at) == (member.pk, None)
    assert VerificationRound.objects.count() == 1


def test_added_record_gets_its_first_round(li: User, record: StudentRecord, now: datetime) -> None:
    member = add_member(campaign=imaging.make_campaign(), record=record, actor=li, now=now)

    assert rows(member) == {"DATA": "PENDING", "PHOTO": "PENDING"}


def test_moved_freeze_moves_only_what_is_unlocked(
    li: User, alice: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    other = imaging.make_member(enrolment.make_record())
    locked = imaging.make_conclusion(other, DATA, at=now - timedelta(days=3))
    unlocked = imaging.make_conclusion(member, DATA, at=now)
    freeze = now + 2 * HOUR

    move_deadlines(
        campaign=member.campaign,
        closes_at=now + HOUR,
        sheet_freeze_at=freeze,
        actor=li,
        now=now,
        reason="提前收表",
    )

    before = locked.locks_at
    for each in (member, locked, unlocked):
        each.refresh_from_db()
    assert (member.closes_at, member.sheet_freeze_at) == (now + HOUR, freeze)
    assert (locked.locks_at, unlocked.locks_at) == (before, freeze)

    move_deadlines(
        campaign=member.campaign,
        closes_at=imaging.CLOSES,
        sheet_freeze_at=imaging.FREEZE,
        actor=li,
        now=now,
        reason="恢复",
    )

    unlocked.refresh_from_db()
    assert unlocked.locks_at == now + timedelta(hours=24)


def test_freeze_is_not_moved_into_the_past(li: User, now: datetime) -> None:
    campaign = imaging.make_campaign()

    with pytest.raises(InvalidInputError, match="过去"):
        move_deadlines(
            campaign=campaign,
            closes_at=now - 2 * HOUR,
            sheet_freeze_at=now - HOUR,
            actor=li,
            now=now,
            reason="x",
        )


def test_moving_from_a_stale_page_is_refused(li: User, now: datetime) -> None:
    campaign = imaging.make_campaign()
    Campaign.objects.update(closes_at=imaging.CLOSES - HOUR)

    with pytest.raises(StaleStateError):
        move_deadlines(
            campaign=campaign,
            closes_at=imaging.CLOSES + HOUR,
            sheet_freeze_at=imaging.FREEZE + HOUR,
            actor=li,
            now=now,
            reason="x",
        )


@pytest.mark.parametrize("target", ["class", "record"])
def test_extension_reaches_its_target_alone(
    target: str, li: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    conclusion = imaging.make_conclusion(member, DATA, at=imaging.CLOSES - HOUR)
    elsewhere = imaging.make_member(
        enrolment.make_record(class_group=enrolment.make_class("历史学 2201 班"))
    )
    more = timedelta(days=2)
    whom: dict[str, Any] = (
        {"class_group": record.class_group} if target == "class" else {"record": record}
    )

    grant_extension(
        campaign=member.campaign,
        closes_at=imaging.CLOSES + more,
        sheet_freeze_at=imaging.FREEZE + more,
        reason="实习未归",
        actor=li,
        now=now,
        **whom,
    )

    for each in (member, elsewhere, conclusion):
        each.refresh_from_db()
    assert (member.closes_at, member.sheet_freeze_at) == (
        imaging.CLOSES + more,
        imaging.FREEZE + more,
    )
    assert elsewhere.closes_at == imaging.CLOSES
    assert conclusion.locks_at == imaging.CLOSES + timedelta(hours=23)


def test_latest_of_campaign_class_and_own_extension_counts(
    li: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    for days, whom in ((3, {"record": record}), (1, {"class_group": record.class_group})):
        grant_extension(
            campaign=member.campaign,
            closes_at=imaging.CLOSES + timedelta(days=days),
            sheet_freeze_at=imaging.FREEZE + timedelta(days=days),
            reason="延期",
            actor=li,
            now=now,
            **whom,
        )
    member.refresh_from_db()
    assert member.closes_at == imaging.CLOSES + timedelta(days=3)

    move_deadlines(
        campaign=member.campaign,
        closes_at=imaging.CLOSES + timedelta(days=5),
        sheet_freeze_at=imaging.FREEZE + timedelta(days=5),
        actor=li,
        now=now,
        reason="全校延期",
    )

    member.refresh_from_db()
    assert member.closes_at == imaging.CLOSES + timedelta(days=5)


def test_late_member_of_an_extended_class_has_its_time(
    li: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    more = imaging.CLOSES + timedelta(days=2)
    grant_extension(
        campaign=member.campaign,
        closes_at=more,
        sheet_freeze_at=more,
        reason="实习未归",
        actor=li,
        now=now,
        class_group=record.class_group,
    )
    enrolment.make_record(class_group=record.class_group)

    propose_members(campaign=member.campaign, actor=li, now=now)

    assert {each.closes_at for each in CampaignMember.objects.all()} == {more}


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"closes_at": imaging.CLOSES - HOUR},
        {"sheet_freeze_at": imaging.CLOSES},
        {"class_group": None},
    ],
)
def test_extension_needs_sense(
    wrong: dict[str, Any], li: User, record: StudentRecord, now: datetime
) -> None:
    member = imaging.make_member(record)
    values: dict[str, Any] = {
        "closes_at": imaging.CLOSES,
        "sheet_freeze_at": imaging.FREEZE,
        "reason": "延期",
        "class_group": record.class_group,
        **wrong,
    }

    with pytest.raises(InvalidInputError):
        grant_extension(campaign=member.campaign, actor=li, now=now, **values)


def test_reopened_round_keeps_what_still_holds(
    li: User, alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record)
    imaging.make_conclusion(member, PHOTO, at=now)
    imaging.make_conclusion(member, DATA, Conclusion.INCORRECT, at=now)

    opened = reopen_round(
        member=member,
        kinds=frozenset({DATA}),
        cause=RoundCause.CORRECTED,
        actor=li,
        now=imaging.FREEZE,
        reason="专业已更正",
    )

    member.refresh_from_db()
    assert (opened.round_no, opened.cause) == (2, RoundCause.CORRECTED)
    assert rows(member) == {"DATA": "PENDING", "PHOTO": "CORRECT"}
    assert member.closes_at == imaging.FREEZE + timedelta(hours=72)
    event = AuditEvent.objects.get(action="verification.reopened")
    assert (event.reason, event.subject_id) == ("专业已更正", str(record.pk))


def test_round_is_reopened_with_a_reason_only(record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)

    with pytest.raises(InvalidInputError):
        reopen_round(
            member=member,
            kinds=frozenset({DATA}),
            cause=RoundCause.REOPENED,
            actor=SYSTEM,
            now=now,
            reason="",
        )


@pytest.mark.parametrize("amount", [1, 40])
def test_proposing_asks_the_database_as_often_for_many(
    amount: int, li: User, now: datetime, django_assert_max_num_queries
) -> None:
    campaign = imaging.make_campaign()
    for serial in range(amount):
        enrolment.make_record(
            student_no=f"P{serial:05d}", graduating_class=campaign.graduating_class
        )

    with django_assert_max_num_queries(16):
        added = propose_members(campaign=campaign, actor=li, now=now)

    assert added == campaign.members.count() >= amount
    conclusions = VerificationConclusion.objects.filter(round__member__campaign=campaign)
    assert conclusions.count() == 2 * added
    fresh = conclusions.select_related("round__member").first()
    assert fresh is not None
    assert (fresh.reasons, fresh.wrong_fields, fresh.state) == ([], [], "PENDING")
    assert (fresh.round.round_no, fresh.round.is_current, fresh.round.opened_at) == (1, True, now)
    assert fresh.round.member.closes_at == campaign.closes_at
    assert propose_members(campaign=campaign, actor=li, now=now) == 0
    assert conclusions.count() == 2 * added
