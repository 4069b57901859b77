"""自己交照片 in the browser: what each situation says, what strangers, limits and other pages get."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, OwnPhoto
from imaging.services.own_photos import MEASURES
from imaging.services.own_review import claim_own, return_own
from imaging.states.own_photo import OwnPhotoState, ReturnReason
from tests.factories import imaging, own_photo
from tests.imaging.photos import jpeg, picture

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    """Pages read the clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(alice: User, record: StudentRecord, today: datetime) -> CampaignMember:
    """Alice in a campaign that opens in two months and takes own photos now."""
    campaign = imaging.make_campaign(
        opens_at=today + 60 * DAY, closes_at=today + 70 * DAY, sheet_freeze_at=today + 71 * DAY
    )
    member = imaging.make_member(record, campaign)
    own_photo.make_channels(campaign, opens_at=today - DAY, closes_at=today + 9 * DAY)
    return member


def url(member: CampaignMember) -> str:
    return reverse("imaging:own_photo", args=[member.record_id])


def words(response: Any) -> str:
    return words_of(response.content.decode())


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def chosen(client: Client, member: CampaignMember, data: bytes, channel: str = "CAMERA") -> Any:
    file = SimpleUploadedFile("IMG_0001.jpg", data, content_type="image/jpeg")
    return client.post(url(member), {"channel": channel, "picture": file})


def test_page_offers_what_the_campaign_takes(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    client = client_of(alice)
    both = client.get(url(member)).content.decode()
    assert 'capture="user"' in both
    assert 'value="UPLOAD"' in both
    assert "还能交 3 次" in both
    channels = member.campaign.channels
    channels.takes_upload = False
    channels.save()

    only = client.get(url(member)).content.decode()

    assert 'value="CAMERA"' in only
    assert 'value="UPLOAD"' not in only


def test_usage_is_read_with_its_places_filled_on_both_pages(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    member.campaign.usage_text = "{学校}{届}用在毕业证书上。"
    member.campaign.save()
    client = client_of(alice)

    own = client.get(url(member)).content.decode()
    capture = client.get(f"/capture/{member.record_id}/").content.decode()

    for page in (own, capture):
        assert "远山大学2026 届用在毕业证书上。" in page
        assert "{" not in words_of(page)


def test_only_this_page_may_ask_for_the_camera(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    client = client_of(alice)

    answers = [client.get(each) for each in (url(member), reverse("home"), "/no-such-page/")]

    policies = [answer["Permissions-Policy"].partition(",")[0] for answer in answers]
    assert policies == ["camera=(self)", "camera=()", "camera=()"]
    assert "'unsafe" not in answers[0]["Content-Security-Policy"]


def test_photo_is_measured_sent_and_seen_without_a_script(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    client = client_of(alice)
    wide = picture((1600, 1200))

    assert chosen(client, member, jpeg(wide))["Location"] == url(member)
    draft = OwnPhoto.objects.get()
    page = client.get(url(member))
    for part in ("量出来的结果", "480×640", "交给学校吗", "这是第 1 次，最多 3 次", "只有你看得到"):
        assert part in words(page)
    shown = client.get(reverse("imaging:own_photo_file", args=[draft.pk]))
    assert Image.open(BytesIO(b"".join(shown))).size == (480, 640)
    assert shown["Cache-Control"] == "no-store, private"
    client.post(reverse("imaging:own_photo_send", args=[draft.pk]))

    draft.refresh_from_db()
    assert draft.state == OwnPhotoState.SENT
    assert "等老师看" in words(client.get(url(member)))
    for address in (reverse("home"), reverse("imaging:capture_record", args=[member.record_id])):
        assert "自己交照片" in words(client.get(address))


def test_file_that_cannot_be_used_comes_back_with_what_to_do(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    page = chosen(client_of(alice), member, b"GIF89a" + bytes(30), "UPLOAD")

    assert page.status_code == 200
    assert "内容是 GIF" in words(page)
    assert "UPLOAD_picture" in page.content.decode()
    assert not OwnPhoto.objects.exists()
    none = client_of(alice).post(url(member), {"channel": "UPLOAD"})
    assert "请附上照片" in words(none)


def test_large_file_is_refused(client_of: ClientOf, alice: User, member: CampaignMember) -> None:
    page = chosen(client_of(alice), member, b"\xff\xd8\xff" + bytes(5 * 1024 * 1024))

    assert "文件超过 5 MB" in words(page)


def test_channel_that_is_not_offered_is_refused(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    for channel in ("STAFF", "nonsense", ""):
        chosen(client_of(alice), member, jpeg(), channel)

    assert not OwnPhoto.objects.exists()


def test_returned_photo_says_what_to_change(
    client_of: ClientOf, alice: User, li: User, member: CampaignMember, today: datetime
) -> None:
    photo = own_photo.make_own_photo(member, at=today)
    claim_own(photo=photo, actor=li, now=today)
    assert "老师正在看" in words(client_of(alice).get(url(member)))
    return_own(photo=photo, reasons=[ReturnReason.LIGHT], answer="窗帘拉开", actor=li, now=today)

    page = words(client_of(alice).get(url(member)))

    for part in ("光线要调", "不背光", "老师的话：窗帘拉开", "还能交 2 次", "问题在照片，不在你"):
        assert part in page
    assert "请重拍" in words(client_of(alice).get(reverse("home")))


def test_withdrawing_asks_first(
    client_of: ClientOf, alice: User, member: CampaignMember, today: datetime
) -> None:
    photo = own_photo.make_own_photo(member, at=today)
    client, address = client_of(alice), reverse("imaging:own_photo_withdraw", args=[photo.pk])

    assert "还能再交 2 次" in words(client.get(address))
    photo.refresh_from_db()
    assert photo.state == OwnPhotoState.SENT
    client.post(address)

    photo.refresh_from_db()
    assert photo.state == OwnPhotoState.WITHDRAWN
    assert "还能交 2 次" in words(client.get(url(member)))


def test_discarded_draft_makes_room(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    client = client_of(alice)
    chosen(client, member, jpeg())
    draft = OwnPhoto.objects.get()

    client.post(reverse("imaging:own_photo_discard", args=[draft.pk]))

    assert "还能交 3 次" in words(client.get(url(member)))


def test_limit_says_so_and_reads_nothing(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    client = client_of(alice)
    for _ in range(MEASURES.amount):
        chosen(client, member, b"x")

    page = chosen(client, member, jpeg())

    assert page.status_code == 429
    assert "照片没有读取" in words(page)


def test_strangers_and_staff_find_nothing(
    client_of: ClientOf, eve: User, li: User, chen: User, member: CampaignMember, today: datetime
) -> None:
    photo = own_photo.make_own_photo(member, at=today)
    for person in (eve, li, chen):
        client = client_of(person)
        assert client.get(url(member)).status_code == 404
        for name in ("own_photo_withdraw", "own_photo_file"):
            assert client.get(reverse(f"imaging:{name}", args=[photo.pk])).status_code == 404
        for name in ("own_photo_send", "own_photo_discard", "own_photo_withdraw"):
            assert client.post(reverse(f"imaging:{name}", args=[photo.pk])).status_code == 404
    photo.refresh_from_db()
    assert photo.state == OwnPhotoState.SENT


def test_campaign_without_own_photos_leads_to_the_place(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    member.campaign.channels.delete()

    response = client_of(alice).get(url(member))

    assert response["Location"] == reverse("imaging:capture_record", args=[member.record_id])
    assert "自己交照片" not in words(client_of(alice).get(response["Location"]))
