"""清除演练 at the desk: proved again, counted first, refused for whatever is no rehearsal."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import Campaign, RehearsalWipe
from imaging.states.rehearsal import WipeState
from tests.factories.imaging import make_campaign, make_member
from tests.factories.rehearsal import TITLE
from xuexin.rehearsal.wiping import wipe_rehearsal

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/imaging/rehearsalwipe/"
PASSWORD = "Yuan-Shan-2026-xue"


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    over = timezone.now() - timedelta(hours=1)
    campaign = make_campaign(
        title=TITLE,
        is_rehearsal=True,
        opens_at=over - timedelta(days=1),
        closes_at=over,
        sheet_freeze_at=over,
    )
    make_member(record, campaign)
    return campaign


def with_password(user: User, client_of: ClientOf) -> Client:
    """Logged in, and able to prove it once more."""
    user.set_password(PASSWORD)
    user.save()
    return client_of(user)


def proved(client: Client) -> Client:
    """Who has just shown the password once more."""
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": f"{LIST}add/"})
    return client


def fill(campaign: Campaign, **given: str) -> dict[str, str]:
    return {"campaign": str(campaign.pk), "title": TITLE, "reason": "演练结束", **given}


def test_story_from_the_campaign_to_nothing(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    desk = with_password(li, client_of)
    page = desk.get(reverse("admin:imaging_campaign_change", args=[campaign.pk])).content.decode()
    link = f"{LIST}add/?campaign={campaign.pk}"
    assert f'href="{link}"' in page
    asked = desk.get(link)
    assert asked["Location"].startswith("/account/reauthenticate/")
    form = proved(desk).get(link).content.decode()
    assert re.search(rf'value="{campaign.pk}"\s+selected', form)
    preview = desk.post(f"{LIST}add/", fill(campaign)).content.decode()
    assert "批次成员" in preview
    assert "校对结论" in preview
    assert not RehearsalWipe.objects.exists()
    answer = desk.post(f"{LIST}add/", fill(campaign) | {"_confirmed": "1"}, follow=True)
    wipe = RehearsalWipe.objects.get()
    if wipe.state == WipeState.WIPING:  # no worker in the tests: what its task does
        assert "正在清除" in answer.content.decode()
        assert wipe_rehearsal(wipe_id=wipe.pk, now=timezone.now())

    assert not Campaign.objects.exists()
    page = desk.get(f"{LIST}{wipe.pk}/change/").content.decode()
    assert "已清除干净" in page
    assert TITLE in desk.get(LIST).content.decode()


def test_nothing_begins_before_it_is_proved_again(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    answer = client_of(li).post(f"{LIST}add/", fill(campaign) | {"_confirmed": "1"})

    assert answer["Location"].startswith("/account/reauthenticate/")
    assert not RehearsalWipe.objects.exists()


def test_ordinary_campaign_is_no_choice_and_no_button(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    real = make_campaign(title="2027 届毕业图像校对")
    desk = proved(with_password(li, client_of))
    page = desk.get(reverse("admin:imaging_campaign_change", args=[real.pk])).content.decode()
    assert f"{LIST}add/?campaign=" not in page
    assert real.title not in desk.get(f"{LIST}add/?campaign={real.pk}").content.decode()

    for title in (TITLE, real.title):
        answer = desk.post(f"{LIST}add/", fill(real, title=title) | {"_confirmed": "1"})
        assert answer.status_code == 200
        assert "选择一个有效的选项" in answer.content.decode()

    assert not RehearsalWipe.objects.exists()
    assert Campaign.objects.count() == 2


def test_wrong_title_is_said_and_nothing_begins(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    answer = proved(with_password(li, client_of)).post(
        f"{LIST}add/", fill(campaign, title="毕业校对") | {"_confirmed": "1"}
    )

    assert "要写：【演练】毕业校对" in answer.content.decode()
    assert not RehearsalWipe.objects.exists()


def test_rehearsal_that_is_not_over_is_refused_before_anything_is_counted(
    campaign: Campaign, li: User, client_of: ClientOf
) -> None:
    later = timezone.now() + timedelta(hours=1)
    Campaign.objects.update(closes_at=later, sheet_freeze_at=later)

    answer = proved(with_password(li, client_of)).post(f"{LIST}add/", fill(campaign))

    page = answer.content.decode()
    assert "请先在批次页“提前结束批次”" in page
    assert "看看会怎样" in page  # still the form, no count and no way to confirm
    assert not RehearsalWipe.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("alice", 404), ("chen", 404)])
def test_nobody_else_gets_in(
    who: str, status: int, campaign: Campaign, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = proved(with_password(request.getfixturevalue(who), client_of))

    answer = client.post(f"{LIST}add/", fill(campaign) | {"_confirmed": "1"})

    assert answer.status_code == status
    assert not RehearsalWipe.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_list_asks_the_same_number_of_questions(
    rows: int, li: User, client_of: ClientOf, django_assert_num_queries
) -> None:
    for number in range(rows):
        RehearsalWipe.objects.create(
            campaign=make_campaign(title=f"{TITLE}{number}", is_rehearsal=True),
            title=f"{TITLE}{number}",
            reason="演练结束",
            asked_at=timezone.now(),
            asked_by="测试",
        )
    desk = client_of(li)
    desk.get(LIST)

    with django_assert_num_queries(7):
        desk.get(LIST)
