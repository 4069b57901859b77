"""照片寄到哪里: fill in, read once more, keep."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import PhotoChannels, PrintAddress
from tests.factories.imaging import make_campaign, make_member
from tests.factories.own_photo import make_channels

pytestmark = [pytest.mark.page, pytest.mark.django_db]

FILLED = {
    "receiver": "沈青禾",
    "phone": "13900000001",
    "address": "远山省远山市东区书院路 1 号南门",
}


@pytest.fixture
def address(alice: User, record: StudentRecord) -> str:
    """The page of Alice, whose campaign opens in two months and takes addresses now."""
    today, day = timezone.now(), timedelta(days=1)
    campaign = make_campaign(
        opens_at=today + 60 * day, closes_at=today + 70 * day, sheet_freeze_at=today + 71 * day
    )
    make_member(record, campaign)
    make_channels(campaign, takes_addresses=True, opens_at=today - day, closes_at=today + 9 * day)
    return reverse("imaging:print_address", args=[record.pk])


@pytest.fixture
def alice_client(client_of: Callable[[User], Client], alice: User) -> Client:
    """Alice's browser."""
    return client_of(alice)


def test_filled_form_is_shown_again_before_anything_is_kept(
    alice_client: Client, address: str
) -> None:
    page = alice_client.post(address, FILLED)

    assert "照这样寄" in page.content.decode()
    assert FILLED["address"] in page.content.decode()
    assert PrintAddress.objects.count() == 0


def test_second_click_keeps_it(alice_client: Client, address: str) -> None:
    answer = alice_client.post(address, {**FILLED, "sure": "1"}, follow=True)

    assert "地址已经存好" in answer.content.decode()
    assert PrintAddress.objects.get().address == FILLED["address"]


def test_changing_ones_mind_gives_the_form_back_filled(alice_client: Client, address: str) -> None:
    page = alice_client.post(address, {**FILLED, "again": "1"})

    assert FILLED["address"] in page.content.decode()
    assert "核对一遍" in page.content.decode()
    assert PrintAddress.objects.count() == 0


def test_wrong_phone_is_told_beside_its_field(alice_client: Client, address: str) -> None:
    page = alice_client.post(address, {**FILLED, "phone": "12", "sure": "1"})

    assert "请填收得到快递电话的手机号" in page.content.decode()
    assert PrintAddress.objects.count() == 0


def test_capture_page_leads_there(alice_client: Client, address: str) -> None:
    page = alice_client.get(address.removesuffix("address/"))

    assert f'href="{address}"' in page.content.decode()


def test_stranger_gets_404(client_of: Callable[[User], Client], eve: User, address: str) -> None:
    eve_client = client_of(eve)

    assert eve_client.get(address).status_code == 404
    assert eve_client.post(f"{address}withdraw/").status_code == 404


def test_campaign_without_sessions_says_that_nobody_takes_the_photo(
    alice_client: Client, address: str
) -> None:
    PhotoChannels.objects.update(takes_on_site=False, takes_camera=True)

    page = alice_client.get(address.removesuffix("address/"))

    assert "这次不到现场拍" in page.content.decode()
