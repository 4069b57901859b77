"""A campaign's moments, rules and texts at the desk: planned, moved, ended, each with a preview."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from accounts.models import User
from enrollment.models import ClassGroup, School, StudentRecord
from imaging.models import Campaign, CampaignTerms, SchoolTimetable
from imaging.states import Conclusion, ConclusionKind, PhotoReason
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
CAMPAIGNS = "/admin/imaging/campaign/"
DAY = timedelta(days=1)
DEEDS = ("extend_all", "move", "school", "reopen", "close", "rules", "reasons", "texts")


def typed(at: datetime | None) -> str:
    return localtime(at).strftime("%Y-%m-%dT%H:%M") if at else ""


@pytest.fixture
def moment() -> datetime:
    return now().replace(second=0, microsecond=0)


@pytest.fixture
def campaign(class_group: ClassGroup, moment: datetime) -> Campaign:
    """A campaign that is open now."""
    return imaging.make_campaign(
        opens_at=moment - DAY,
        closes_at=moment + 4 * DAY,
        sheet_freeze_at=moment + 5 * DAY,
        hand_in_at=moment + 7 * DAY,
        ends_at=moment + 9 * DAY,
    )


def url(campaign: Campaign, deed: str) -> str:
    return f"{CAMPAIGNS}{campaign.pk}/do/{deed}/"


def moments(campaign: Campaign) -> dict[str, str]:
    return {name: typed(at) for name, at in campaign.timetable.moments.items()}


# --- the planner -----------------------------------------------------------------------------


def test_planner_counts_back_and_hands_over_to_a_new_campaign(
    client_of: ClientOf, li: User, class_group: ClassGroup
) -> None:
    client = client_of(li)
    lengths = {
        "capture_days": "14",
        "lead_days": "60",
        "check_days": "10",
        "hand_in_days": "2",
        "registration_days": "15",
    }

    page = client.get(f"{CAMPAIGNS}plan/", {"graduation_date": "2027-06-25", **lengths})
    proposal = page.context["proposal"].initial
    form = client.get(
        f"{CAMPAIGNS}add/", {name: typed(at) for name, at in proposal.items() if name[-3:] == "_at"}
    )

    text = page.content.decode()
    assert "倒排出来的时间" in text
    assert f'value="{typed(proposal["closes_at"])}"' in text
    assert typed(proposal["hand_in_at"]) in form.content.decode()
    assert proposal["ends_at"].date() < date(2027, 6, 25)


def test_planner_hands_over_to_the_campaign_it_was_opened_for(
    client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    page = client_of(li).get(f"{CAMPAIGNS}plan/", {"campaign": campaign.pk}).content.decode()
    buttons = client_of(li).get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()

    assert f'name="campaign" value="{campaign.pk}"' in page
    assert f"plan/?campaign={campaign.pk}" in buttons


@pytest.mark.parametrize("given", ["2027-02-30", "", "bald"])
def test_planner_says_what_is_missing(given: str, client_of: ClientOf, li: User) -> None:
    page = client_of(li).get(f"{CAMPAIGNS}plan/", {"graduation_date": given})

    assert page.status_code == 200
    assert page.context["proposal"] is None
    assert "graduation_date" in page.context["form"].errors


@pytest.mark.parametrize(("who", "code"), [("auditor", 403), ("alice", 404), ("chen", 404)])
def test_planner_is_the_registrars(
    who: str, code: int, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    assert client_of(request.getfixturevalue(who)).get(f"{CAMPAIGNS}plan/").status_code == code


def test_campaign_is_created_with_all_its_moments(
    client_of: ClientOf, li: User, class_group: ClassGroup
) -> None:
    given = {
        "title": "2027 届毕业图像校对",
        "kind": "GRADUATION",
        "graduating_class": "2027",
        "graduation_date": "2027-06-25",
        "schools": [str(class_group.school_id)],
        "capture_opens_at": "2027-01-04T08:00",
        "capture_closes_at": "2027-01-15T18:00",
        "publishes_at": "2027-02-28T17:00",
        "opens_at": "2027-03-01T08:00",
        "closes_at": "2027-03-10T23:00",
        "sheet_freeze_at": "2027-03-11T12:00",
        "hand_in_at": "2027-03-15T17:00",
        "ends_at": "2027-03-20T17:00",
        "window_hours": "0",
        "recheck_hours": "72",
        "profile": str(imaging.make_profile().pk),
    }

    client_of(li).post(f"{CAMPAIGNS}add/", given)

    made = Campaign.objects.get()
    assert moments(made) == {name: given[name] for name in moments(made)}
    assert (made.graduation_date, made.window_hours) == (date(2027, 6, 25), 0)


# --- moments ---------------------------------------------------------------------------------


def test_everybody_gets_more_time_after_a_preview(
    client_of: ClientOf, li: User, alice: User, campaign: Campaign, record: StudentRecord
) -> None:
    member = imaging.make_member(record, campaign)
    client, before = client_of(li), campaign.timetable
    ended = before.fixed["ends_at"]
    given = {"closes_at": typed(campaign.closes_at + 2 * DAY), "reason": "停机维护"}

    preview = client.post(url(campaign, "extend_all"), given).content.decode()
    client.post(url(campaign, "extend_all"), {**given, "_confirmed": "1"})

    assert "还欠结论的 1 人会收到消息" in preview
    assert typed(ended + 2 * DAY).replace("T", " ") in preview
    for row in (campaign, member):
        row.refresh_from_db()
    assert campaign.ends_at == ended + 2 * DAY
    assert member.closes_at == before.closes_at + 2 * DAY


def test_school_gets_moments_of_its_own_and_loses_them(
    client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    school = enrolment.make_school("99998", "远山大学云岭学院")
    campaign.schools.add(school)
    far = imaging.make_member(enrolment.make_record(school=school), campaign)
    client, later = client_of(li), campaign.closes_at + DAY
    given = {"school": str(school.pk), "closes_at": typed(later), "reason": "返校晚"}

    preview = client.post(url(campaign, "school"), given).content.decode()
    assert not SchoolTimetable.objects.exists()
    client.post(url(campaign, "school"), {**given, "_confirmed": "1"})
    far.refresh_from_db()
    page = client.get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()
    form = client.get(url(campaign, "school"), {"school": school.pk}).content.decode()

    assert "远山大学云岭学院的时间" in preview
    assert far.closes_at == later
    assert "同左" in page
    assert f'value="{typed(later)}"' in form

    client.post(
        url(campaign, "school"),
        {"school": str(school.pk), "reason": "一起", "_confirmed": "1"},
    )
    far.refresh_from_db()
    assert far.closes_at == campaign.closes_at


def test_campaign_is_ended_and_opened_again(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord, moment: datetime
) -> None:
    member = imaging.make_member(record, campaign)
    given_row = imaging.make_conclusion(member, ConclusionKind.DATA, at=moment)
    client = client_of(li)

    preview = client.get(url(campaign, "close")).content.decode()
    client.post(url(campaign, "close"), {"reason": "提前毕业"})
    for row in (campaign, member, given_row):
        row.refresh_from_db()

    assert "已提交、马上锁定的结论" in preview
    assert campaign.is_over_at(now())
    assert given_row.is_locked_at(now())

    later = {
        **moments(campaign),
        "closes_at": typed(moment + 6 * DAY),
        "sheet_freeze_at": typed(moment + 7 * DAY),
        "hand_in_at": typed(moment + 8 * DAY),
        "ends_at": typed(moment + 9 * DAY),
        "reason": "点错了",
        "_confirmed": "1",
    }
    client.post(url(campaign, "reopen"), later)
    for row in (campaign, member):
        row.refresh_from_db()

    assert campaign.closed_at is None
    assert member.closes_at == moment + 6 * DAY


def test_doubtful_moment_is_shown_before_it_counts(
    client_of: ClientOf, li: User, campaign: Campaign, moment: datetime
) -> None:
    saturday = moment + timedelta(days=(5 - localtime(moment).weekday()) % 7 + 7)
    given = {
        **moments(campaign),
        "hand_in_at": typed(saturday),
        "ends_at": typed(saturday + 9 * DAY),
        "reason": "改",
    }

    preview = client_of(li).post(url(campaign, "move"), given).content.decode()

    assert "请再看一眼" in preview
    assert "反馈表上交截止在" in preview


# --- rules and texts -------------------------------------------------------------------------


def test_rules_change_after_a_preview_that_changes_nothing(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord, moment: datetime
) -> None:
    member = imaging.make_member(record, campaign)
    imaging.make_conclusion(member, ConclusionKind.DATA, Conclusion.CORRECT, at=moment)
    client = client_of(li)
    given = {
        "window_hours": "0",
        "recheck_hours": "72",
        "profile": str(campaign.profile_id),
        "reason": "学校要一次定",
    }

    preview = client.post(url(campaign, "rules"), given).content.decode()
    untouched = Campaign.objects.get().terms_no
    client.post(url(campaign, "rules"), {**given, "_confirmed": "1"})
    page = client.get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()

    assert "学生提交后马上锁定" in preview
    assert "1 项，锁定时间不变" in preview
    assert untouched == 1
    assert Campaign.objects.get().window_hours == 0
    assert CampaignTerms.objects.get().window_hours == 24
    assert "学校要一次定" in page


def test_reasons_change_their_order_and_words(
    client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    client = client_of(li)
    given = {
        "order_OTHER": "3",
        "order_NOT_ME": "1",
        "order_POOR_QUALITY": "2",
        "label_NOT_ME": "照片里是别人",
        "hint_NOT_ME": "完全不认识也选这项",
        "reason": "学校的说法",
    }

    preview = client.post(url(campaign, "reasons"), given).content.decode()
    client.post(url(campaign, "reasons"), {**given, "_confirmed": "1"})

    campaign.refresh_from_db()
    assert preview.index("照片里是别人") < preview.index("模糊、变形或底色不对")
    assert campaign.photo_reasons == ["NOT_ME", "POOR_QUALITY", "OTHER"]
    assert campaign.reason_words == {
        "NOT_ME": {"label": "照片里是别人", "hint": "完全不认识也选这项"}
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"order_OTHER": "1"}, "order_OTHER"),
        ({"hint_SWAPPED": "提示"}, "hint_SWAPPED"),
        ({"order_NOT_ME": ""}, None),
    ],
)
def test_list_without_sense_is_told(
    wrong: dict[str, str], field: str | None, client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    given = {f"order_{value}": str(n) for n, value in enumerate(PhotoReason.values, 1)}

    page = client_of(li).post(url(campaign, "reasons"), {**given, **wrong, "reason": "改"})

    form = page.context["form"]
    assert form.errors.get(field) if field else form.non_field_errors()
    assert Campaign.objects.get().terms_no == 1


def test_texts_are_previewed_with_their_places_filled(
    client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    client = client_of(li)
    given = {
        "usage_text": "{学校}{届}用。",
        "silence_text": "{截止时间}以前不核对，就没有照片。",
        "help_text": "",
        "reason": "改文字",
    }

    preview = client.post(url(campaign, "texts"), given).content.decode()
    wrong = client.post(url(campaign, "texts"), {**given, "silence_text": "没有日期"})
    client.post(url(campaign, "texts"), {**given, "_confirmed": "1"})

    assert "远山大学2026 届用。" in preview
    assert "{截止时间}" not in preview.split("desk-panel", 1)[1].split("<form", 1)[0]
    assert "要有{截止时间}" in wrong.context["form"].errors["silence_text"][0]
    campaign.refresh_from_db()
    assert campaign.silence_text == "{截止时间}以前不核对，就没有照片。"


def test_sentence_left_as_ours_stays_ours(
    client_of: ClientOf, li: User, campaign: Campaign
) -> None:
    client = client_of(li)
    initial = client.get(url(campaign, "texts")).context["form"].initial
    given = {
        "usage_text": "换一句。",
        "silence_text": initial["silence_text"],
        "help_text": "",
        "reason": "改",
        "_confirmed": "1",
    }

    client.post(url(campaign, "texts"), given)

    campaign.refresh_from_db()
    assert (campaign.usage_text, campaign.silence_text) == ("换一句。", "")


# --- the page of a campaign ------------------------------------------------------------------


def test_page_says_whose_photos_are_there(
    client_of: ClientOf, li: User, campaign: Campaign, record: StudentRecord
) -> None:
    school = enrolment.make_school("99998", "远山大学云岭学院")
    campaign.schools.add(school)
    imaging.make_member(record, campaign)
    imaging.make_member(enrolment.make_record(school=school), campaign)
    imaging.make_photo(record)

    page = client_of(li).get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()

    assert "照片到了多少" in page
    assert page.count("可以核对") == 1
    assert page.count("还没有照片，首页不开放核对") == 1


def test_auditor_looks_and_moves_nothing(
    client_of: ClientOf, auditor: User, campaign: Campaign
) -> None:
    client = client_of(auditor)

    page = client.get(f"{CAMPAIGNS}{campaign.pk}/change/").content.decode()

    assert "整体延期" not in page
    assert "plan/?campaign" not in page
    for name in DEEDS:
        assert client.post(url(campaign, name)).status_code == 403


def test_former_rules_and_school_moments_can_be_looked_at(
    client_of: ClientOf, li: User, campaign: Campaign, class_group: ClassGroup, moment: datetime
) -> None:
    school = School.objects.get(pk=class_group.school_id)
    own = SchoolTimetable.objects.create(
        campaign=campaign, school=school, reason="晚", set_at=moment, set_by="李老师"
    )
    former = CampaignTerms.objects.create(
        campaign=campaign,
        number=1,
        window_hours=24,
        recheck_hours=72,
        profile=campaign.profile,
        photo_reasons=["NOT_ME"],
        reason_words={"NOT_ME": {"label": "照片里是别人"}},
        usage_text="用",
        reason="改",
        replaced_at=moment,
        replaced_by="李老师",
    )
    client = client_of(li)

    assert (
        "照片里是别人"
        in client.get(f"/admin/imaging/campaignterms/{former.pk}/change/").content.decode()
    )
    for path in (
        "/admin/imaging/campaignterms/",
        "/admin/imaging/schooltimetable/",
        f"/admin/imaging/schooltimetable/{own.pk}/change/",
    ):
        assert client.get(path).status_code == 200
