"""免交照片 as its student reads it: on the first page, in the verification, and about the photo."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.selectors.tracing import PhotoCause, trace_of
from imaging.states import ConclusionKind
from tests.factories import imaging
from tests.imaging.views.test_verification import look, seen_in, url
from tests.pages.test_home import page_of, title_of

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def at_work() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(record: StudentRecord, at_work: datetime) -> CampaignMember:
    """Nobody's photo is there, and Alice need not hand in one."""
    campaign = imaging.make_campaign(
        opens_at=at_work - DAY, closes_at=at_work + 8 * DAY, sheet_freeze_at=at_work + 9 * DAY
    )
    member = imaging.make_member(record, campaign)
    imaging.waive_photo(member, at=at_work - DAY)
    return member


@pytest.fixture
def client(client_of: Callable[[User], Client], alice: User) -> Client:
    return client_of(alice)


def test_first_page_asks_for_the_data_alone(client: Client, member: CampaignMember) -> None:
    page = page_of(client)

    assert title_of(page) == "核对学籍信息"
    assert "你这次免交照片，只核对信息" in page
    assert "不用照片" in page
    assert "去拍照" not in page


def test_data_alone_are_asked_and_handed_in(client: Client, member: CampaignMember) -> None:
    page = look(client, member)
    answers = {"seen": seen_in(page), "info": "CORRECT"}

    client.post(url(member, "submit/"), answers)

    status = look(client, member)
    assert "免交照片" in page
    assert 'name="photo"' not in page
    assert "上面 26 项都对吗？" in page
    assert "已提交，还没锁定" in status
    assert "这次不用交" in status


def test_locked_data_make_a_receipt(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    imaging.make_conclusion(member, ConclusionKind.DATA, at=at_work - 2 * DAY)

    page = look(client, member)

    assert "核对回执" in page
    assert "免交" in page


def test_page_about_the_photo_says_why(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    answer = client.get(f"/record/{member.record_id}/photo-way/").content.decode()

    assert trace_of(member.record, now=at_work).cause is PhotoCause.WAIVED
    assert "不用照片" in answer
    assert "本人书面说明不拍照" in answer


def test_missed_deadline_is_about_the_data(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    CampaignMember.objects.update(closes_at=at_work - DAY)

    page = page_of(client)

    assert title_of(page) == "已截止，没有核对"
    assert "信息没核对" in page
    assert "没核对的照片" not in page
