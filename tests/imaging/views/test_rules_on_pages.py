"""What the pages of a verification say of the campaign's rules and texts, before the click."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.wording import until_sentence
from enrollment.models import StudentRecord
from imaging.models import Campaign, CampaignMember
from imaging.services.terms import change_terms
from imaging.states import Conclusion, ConclusionKind
from tests.factories import imaging
from tests.imaging.views.test_verification import look, row, seen_in, url

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)
PHOTO, DATA = ConclusionKind.PHOTO, ConclusionKind.DATA


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    now = timezone.now().replace(second=0, microsecond=0)
    imaging.make_photo(record)
    campaign = imaging.make_campaign(
        opens_at=now - DAY, closes_at=now + 2 * DAY, sheet_freeze_at=now + 3 * DAY
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def client(client_of: Callable[[User], Client], alice: User) -> Client:
    return client_of(alice)


def change(member: CampaignMember, li: User, **changes: object) -> None:
    change_terms(
        campaign=Campaign.objects.get(pk=member.campaign_id),
        changes=changes,
        actor=li,
        now=timezone.now(),
        reason="学校定的",
    )


def choose(client: Client, member: CampaignMember, photo: str, info: str) -> str:
    given = {"seen": seen_in(look(client, member)), "photo": photo, "info": info}
    return client.post(url(member, "check/"), given).content.decode()


def test_one_shot_is_said_before_the_click_and_locks_at_once(
    client: Client, li: User, member: CampaignMember
) -> None:
    change(member, li, window_hours=0)

    confirm = choose(client, member, "CORRECT", "CORRECT")
    assert "提交后马上锁定，不能撤回" in confirm
    assert "btn-danger" in confirm
    given = {"seen": seen_in(confirm), "photo": "CORRECT", "info": "CORRECT"}
    page = client.post(url(member, "submit/"), given, follow=True).content.decode()

    assert "已锁定，核对完成" in page
    assert "撤回，重新核对" not in page
    assert row(member, PHOTO).is_locked_at(timezone.now())


def test_one_shot_is_said_on_the_page_of_a_dispute(
    client: Client, li: User, member: CampaignMember
) -> None:
    change(member, li, window_hours=0)
    pick = choose(client, member, "INCORRECT", "CORRECT")
    given = {
        "seen": seen_in(pick),
        "photo": "INCORRECT",
        "info": "CORRECT",
        "photo_reasons": "NOT_ME",
    }

    fill = client.post(url(member, "dispute/"), given).content.decode()
    done = client.post(url(member, "dispute/"), {**given, "fill": "1"}, follow=True)

    assert "提交后马上锁定，不能撤回" in fill
    assert "锁定以前可以撤回" not in fill
    assert "btn-danger" in fill
    assert "有误，已锁定" in done.content.decode()


def test_window_leaves_the_usual_words(client: Client, member: CampaignMember) -> None:
    assert "马上锁定" not in choose(client, member, "INCORRECT", "CORRECT")


def test_rules_that_changed_meanwhile_are_shown_before_anything_counts(
    client: Client, li: User, member: CampaignMember
) -> None:
    confirm = choose(client, member, "CORRECT", "CORRECT")
    change(member, li, window_hours=0)
    given = {"seen": seen_in(confirm), "photo": "CORRECT", "info": "CORRECT"}

    page = client.post(url(member, "submit/"), given, follow=True).content.decode()

    assert "学校刚刚改了核对的规则或说明" in page
    assert row(member, PHOTO).state == Conclusion.PENDING


def test_reasons_stand_in_the_offices_order_and_words(
    client: Client, li: User, member: CampaignMember
) -> None:
    change(
        member,
        li,
        photo_reasons=["POOR_QUALITY", "NOT_ME", "OTHER"],
        reason_words={"NOT_ME": {"label": "照片里是别人", "hint": "完全不认识也选这项"}},
    )

    page = choose(client, member, "INCORRECT", "CORRECT")

    places = [page.index(word) for word in ("模糊、变形或底色不对", "照片里是别人", "其他")]
    assert places == sorted(places)
    assert "完全不认识也选这项" in page
    assert "不是我本人" not in page
    assert "希望重拍" not in page


def test_texts_stand_where_they_belong(client: Client, li: User, member: CampaignMember) -> None:
    change(
        member,
        li,
        usage_text="{学校}{届}用在毕业证书上。",
        silence_text="{截止时间}不核对就没有照片。",
        help_text="有问题找辅导员 <b>张老师</b>。",
    )

    page = look(client, member)
    confirm = choose(client, member, "CORRECT", "CORRECT")

    assert f"{until_sentence(member.closes_at)}不核对就没有照片。" in page
    assert "有问题找辅导员 &lt;b&gt;张老师&lt;/b&gt;。" in page
    assert "远山大学2026 届用在毕业证书上。" in confirm
