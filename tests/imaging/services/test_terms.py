"""Rules and texts of a campaign change, and nothing that was concluded before changes with them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from imaging.models import Campaign, CampaignMember, CampaignTerms, VerificationConclusion
from imaging.selectors import class_results, reasons_said, shown_texts, terms_given_under
from imaging.selectors.terms import reasons_offered
from imaging.services.campaign import create_campaign, move_deadlines
from imaging.services.sweeps import announce_locks
from imaging.services.terms import change_terms
from imaging.services.verification import Verdict, conclude, seen_of, withdraw
from imaging.states import (
    CampaignKind,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    PhotoKind,
)
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
HOUR = timedelta(hours=1)


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(record)


def verdict(member: CampaignMember, kind: ConclusionKind, reason: str = "") -> Verdict:
    record = StudentRecord.objects.get(pk=member.record_id)
    photo = record.photos.filter(is_current=True).first()
    campaign = Campaign.objects.get(pk=member.campaign_id)
    seen = replace(seen_of(record, photo, kind), terms_no=campaign.terms_no)
    if not reason:
        return Verdict(action=ConclusionAction.ACCEPT, seen=seen)
    return Verdict(action=ConclusionAction.DISPUTE, seen=seen, reasons=(reason,))


def changed(campaign: Campaign, li: User, now: datetime, **changes: Any) -> Campaign:
    fresh = Campaign.objects.get(pk=campaign.pk)
    return change_terms(campaign=fresh, changes=changes, actor=li, now=now, reason="学校定的")


def test_change_keeps_the_former_rules_under_their_number(
    li: User, member: CampaignMember, now: datetime
) -> None:
    before = member.campaign.usage_text

    after = changed(member.campaign, li, now, window_hours=2, usage_text="用在{批次}。")

    former = CampaignTerms.objects.get()
    assert (former.number, former.window_hours, former.usage_text) == (1, 24, before)
    assert (former.replaced_at, former.reason) == (now, "学校定的")
    assert (after.terms_no, after.window_hours, after.usage_text) == (2, 2, "用在{批次}。")
    event = AuditEvent.objects.get(action="campaign.terms_changed")
    assert event.details["before"] == {"window_hours": 24, "usage_text": before}
    assert event.details["after"] == {"window_hours": 2, "usage_text": "用在{批次}。"}


@pytest.mark.parametrize("who", ["alice", "chen", "leader", "auditor"])
def test_rules_are_the_registrars(
    who: str, request: pytest.FixtureRequest, member: CampaignMember, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        changed(member.campaign, request.getfixturevalue(who), now, window_hours=2)


# --- what was concluded before ---------------------------------------------------------------


def test_conclusion_keeps_the_window_it_was_given_under(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    given = conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    campaign = changed(member.campaign, li, now + HOUR, window_hours=0)
    member.campaign = campaign

    # Moving the freeze works out all unlocked locks again.
    for hours in (30, 31):
        move_deadlines(
            campaign=Campaign.objects.get(pk=campaign.pk),
            closes_at=imaging.CLOSES,
            sheet_freeze_at=imaging.FREEZE + hours * HOUR,
            actor=li,
            now=now + 2 * HOUR,
            reason="晚收表",
        )

    given.refresh_from_db()
    assert (given.terms_no, given.locks_at) == (1, now + 24 * HOUR)
    assert terms_given_under(given).window_hours == 24


def test_longer_window_does_not_keep_former_conclusions_open(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    given = conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    changed(member.campaign, li, now + HOUR, window_hours=48)
    move_deadlines(
        campaign=Campaign.objects.get(pk=member.campaign_id),
        closes_at=imaging.CLOSES + 48 * HOUR,
        sheet_freeze_at=imaging.FREEZE + 48 * HOUR,
        actor=li,
        now=now + 2 * HOUR,
        reason="晚收表",
    )

    later = now + 3 * HOUR
    photo = conclude(
        member=member, kind=PHOTO, verdict=verdict(member, PHOTO), actor=alice, now=later
    )

    given.refresh_from_db()
    assert (given.locks_at, photo.locks_at) == (now + 24 * HOUR, later + 48 * HOUR)
    assert (given.terms_no, photo.terms_no) == (1, 2)


def test_three_versions_lock_each_by_its_own_window(
    li: User, member: CampaignMember, now: datetime
) -> None:
    rows = []
    for hours in (24, 6, 12):
        campaign = Campaign.objects.get(pk=member.campaign_id)
        if campaign.window_hours != hours:
            changed(campaign, li, now, window_hours=hours)
        campaign.refresh_from_db()
        other = imaging.make_member(enrolment.make_record(), campaign)
        rows.append(imaging.make_conclusion(other, DATA, at=now, terms_no=campaign.terms_no))

    move_deadlines(
        campaign=Campaign.objects.get(pk=member.campaign_id),
        closes_at=imaging.CLOSES,
        sheet_freeze_at=imaging.FREEZE + HOUR,
        actor=li,
        now=now,
        reason="晚一小时",
    )

    for row in rows:
        row.refresh_from_db()
    assert [row.locks_at for row in rows] == [now + hours * HOUR for hours in (24, 6, 12)]


def test_reason_is_called_as_the_student_read_it(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    changed(
        member.campaign, li, now, reason_words={"NOT_ME": {"label": "照片里是别人", "hint": ""}}
    )
    member.campaign.refresh_from_db()
    given = conclude(
        member=member, kind=PHOTO, verdict=verdict(member, PHOTO, "NOT_ME"), actor=alice, now=now
    )
    changed(member.campaign, li, now + HOUR, reason_words={"NOT_ME": {"label": "弄错人了"}})

    given = VerificationConclusion.objects.select_related("round__member__campaign").get(
        pk=given.pk
    )
    assert reasons_said(given) == ("照片里是别人",)
    assert member.class_group is not None
    campaign = Campaign.objects.get(pk=member.campaign_id)
    results = class_results(campaign, member.class_group, now=now + HOUR)
    assert results[0].photo.reasons == ("照片里是别人",)


def test_class_results_take_one_query_until_rules_have_changed(
    li: User, member: CampaignMember, now: datetime, django_assert_num_queries
) -> None:
    assert member.class_group is not None
    with django_assert_num_queries(1):
        class_results(member.campaign, member.class_group, now=now)
    campaign = changed(member.campaign, li, now, window_hours=1)

    with django_assert_num_queries(2):
        class_results(campaign, member.class_group, now=now)


def test_texts_at_the_click_stay_with_the_conclusion(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    before = member.campaign.usage_text
    given = conclude(
        member=member, kind=PHOTO, verdict=verdict(member, PHOTO), actor=alice, now=now
    )
    changed(member.campaign, li, now, usage_text="只用于毕业证书。", help_text="新的提示")

    given = VerificationConclusion.objects.select_related("round__member__campaign").get(
        pk=given.pk
    )
    assert terms_given_under(given).usage_text == before
    assert terms_given_under(given).help_text == ""


def test_withdrawn_conclusion_comes_under_the_new_rules(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    changed(member.campaign, li, now, window_hours=1)

    withdraw(member=member, kinds=[DATA], actor=alice, now=now + HOUR)
    again = conclude(
        member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now + 2 * HOUR
    )

    assert (again.terms_no, again.locks_at) == (2, now + 3 * HOUR)


def test_page_with_former_rules_is_refused(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    shown = verdict(member, DATA)
    changed(member.campaign, li, now, window_hours=0)

    with pytest.raises(StaleStateError, match="规则或说明"):
        conclude(member=member, kind=DATA, verdict=shown, actor=alice, now=now)

    row = VerificationConclusion.objects.get(round__member=member, kind=DATA)
    assert row.state == Conclusion.PENDING


# --- one-shot --------------------------------------------------------------------------------


def test_window_of_no_hours_locks_at_once(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    changed(member.campaign, li, now, window_hours=0)

    row = conclude(
        member=member,
        kind=PHOTO,
        verdict=verdict(member, PHOTO, "NOT_ME"),
        actor=alice,
        now=now,
    )

    assert (row.locks_at, row.is_locked_at(now)) == (now, True)
    with pytest.raises(NotAllowedError, match="已经锁定"):
        withdraw(member=member, kinds=[PHOTO], actor=alice, now=now)
    assert not OutboxMessage.objects.filter(template="verification_submitted").exists()
    assert announce_locks(now=now) == 1


# --- what is refused -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"window_hours": 241}, "window_hours"),
        ({"recheck_hours": 481}, "recheck_hours"),
        ({"photo_reasons": ["NOT_ME", "NOT_ME", "OTHER"]}, "photo_reasons"),
        ({"photo_reasons": ["NOT_ME", "UGLY", "OTHER"]}, "photo_reasons"),
        ({"photo_reasons": ["OTHER", "POOR_QUALITY"]}, "photo_reasons"),
        ({"photo_reasons": ["NOT_ME", "POOR_QUALITY"]}, "photo_reasons"),
        ({"reason_words": {"UGLY": {"label": "不好看"}}}, "reason_words"),
        ({"reason_words": {"NOT_ME": {"label": "其他"}}}, "reason_words"),
        ({"reason_words": {"NOT_ME": {"label": "字" * 31}}}, "reason_words"),
        ({"reason_words": {"NOT_ME": {"label": "是|别人"}}}, "reason_words"),
        ({"usage_text": " "}, "usage_text"),
        ({"usage_text": "到{截止时间}"}, "usage_text"),
        ({"silence_text": "不核对就没有照片"}, "silence_text"),
        ({"silence_text": "{截止时间}前核对{"}, "silence_text"),
        ({"help_text": "问{辅导员}"}, "help_text"),
    ],
)
def test_rules_without_sense_are_refused_beside_their_field(
    changes: dict[str, Any], field: str, li: User, member: CampaignMember, now: datetime
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        changed(member.campaign, li, now, **changes)

    assert refused.value.field == field
    assert not CampaignTerms.objects.exists()


def test_profile_of_another_kind_is_refused(
    li: User, member: CampaignMember, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="毕业照片"):
        changed(member.campaign, li, now, profile=imaging.make_profile(PhotoKind.ADMISSION))

    other = imaging.make_profile(name="研究生院的标准", width=358, height=441)
    assert changed(member.campaign, li, now, profile=other).profile == other


def test_nothing_changed_makes_no_version(li: User, member: CampaignMember, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="没有改动"):
        changed(member.campaign, li, now, window_hours=24)


def test_new_campaign_checks_its_sentences(li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError) as refused:
        create_campaign(
            title="2026 届毕业图像校对",
            kind=CampaignKind.GRADUATION,
            graduating_class=2026,
            schools=[enrolment.make_school()],
            opens_at=imaging.OPENS,
            closes_at=imaging.CLOSES,
            sheet_freeze_at=imaging.FREEZE,
            profile=imaging.make_profile(),
            silence_text="没核对就没有照片",
            actor=li,
            now=now,
        )

    assert refused.value.field == "silence_text"


# --- order, words, dates ---------------------------------------------------------------------


def test_reasons_are_offered_in_the_offices_order(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    campaign = changed(member.campaign, li, now, photo_reasons=["OTHER", "WANTS_RETAKE", "NOT_ME"])

    assert reasons_offered(campaign, has_photo=True) == ["OTHER", "WANTS_RETAKE", "NOT_ME"]
    assert reasons_offered(campaign, has_photo=False) == ["MISSING"]
    with pytest.raises(InvalidInputError, match="不能选"):
        conclude(
            member=member,
            kind=PHOTO,
            verdict=verdict(member, PHOTO, "POOR_QUALITY"),
            actor=alice,
            now=now,
        )


def test_contradiction_is_told_in_the_offices_words(
    li: User, alice: User, member: CampaignMember, now: datetime
) -> None:
    changed(member.campaign, li, now, reason_words={"NOT_ME": {"label": "照片里是别人"}})
    both = replace(verdict(member, PHOTO, "NOT_ME"), reasons=("NOT_ME", "WANTS_RETAKE"))

    with pytest.raises(InvalidInputError, match="“照片里是别人”和“是我本人，但希望重拍”不能同时选"):
        conclude(member=member, kind=PHOTO, verdict=both, actor=alice, now=now)


@pytest.mark.parametrize("kind", list(CampaignKind))
def test_consequence_names_the_members_own_deadline(
    kind: CampaignKind, record: StudentRecord
) -> None:
    later = imaging.CLOSES + 24 * HOUR
    member = imaging.make_member(record, imaging.make_campaign(kind=kind), closes_at=later)

    assert "6月17日（星期三）23:00以前" in shown_texts(member, school_name="远山大学").silence


def test_own_sentences_are_filled(li: User, member: CampaignMember, now: datetime) -> None:
    campaign = changed(
        member.campaign,
        li,
        now,
        usage_text="{学校}{届}用",
        silence_text="{截止时间}，{定稿时间}",
        help_text="{批次}，{可撤回小时数} 小时",
    )
    member.campaign = campaign

    shown = shown_texts(member, school_name="远山大学")

    assert shown.usage == "远山大学2026 届用"
    assert shown.silence == "6月16日（星期二）23:00，6月17日（星期三）11:00"
    assert shown.help == "2026 届毕业图像校对，24 小时"


# --- two at once -----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_registrars_change_at_once_and_one_is_told(li: User, now: datetime) -> None:
    campaign = imaging.make_campaign()
    stale = [Campaign.objects.get(pk=campaign.pk) for _ in range(2)]
    barrier = Barrier(2)

    def run(act: Callable[[], object]) -> str:
        barrier.wait()
        try:
            act()
        except DomainError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    acts = [
        partial(
            change_terms,
            campaign=each,
            changes={"window_hours": hours},
            actor=li,
            now=now,
            reason="改",
        )
        for each, hours in zip(stale, (1, 2), strict=True)
    ]
    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(run, acts))

    assert told[0] == ""
    assert "刚刚被别人改过" in told[1]
    campaign.refresh_from_db()
    assert (campaign.terms_no, CampaignTerms.objects.count()) == (2, 1)
