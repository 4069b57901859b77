"""The page of a verification before the cohort's photos are there: data to read, nothing to conclude."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.wording import moment_sentence
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, VerificationConclusion
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment, imaging
from tests.imaging.views.test_verification import look, seen_in, states, url

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
DAY = timedelta(days=1)


@pytest.fixture
def at_work() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(record: StudentRecord, at_work: datetime) -> CampaignMember:
    """Nobody's photo is there, and eight days are left."""
    campaign = imaging.make_campaign(
        opens_at=at_work - DAY, closes_at=at_work + 8 * DAY, sheet_freeze_at=at_work + 9 * DAY
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def client(client_of: Callable[[User], Client], alice: User) -> Client:
    return client_of(alice)


def test_without_photos_of_the_cohort_the_data_is_there_to_read(
    client: Client, member: CampaignMember, at_work: datetime, django_assert_num_queries
) -> None:
    client.get("/account/")  # the session notes the first request

    # session, user, standing, record, conclusions, photos, photos of the cohort
    with django_assert_num_queries(7):
        page = look(client, member)

    assert "照片还没到，先不用核对" in page
    assert "先看一遍学籍信息" in page
    assert member.record.major_name in page
    assert member.record.id_number not in page
    assert 'type="radio"' not in page
    assert "拍过照" not in page
    assert f"{moment_sentence(at_work + 5 * DAY)}也开放" in page


@pytest.mark.parametrize("step", ["check/", "dispute/", "submit/"])
@pytest.mark.parametrize("part", ["photo", "info"])
def test_page_from_the_time_of_another_rule_gives_nothing_now(
    step: str, part: str, client: Client, member: CampaignMember, at_work: datetime
) -> None:
    CampaignMember.objects.update(closes_at=at_work + 2 * DAY)
    answers = {"seen": seen_in(look(client, member)), part: "INCORRECT", "fill": "1", "note": "有"}
    CampaignMember.objects.update(closes_at=at_work + 8 * DAY)

    response = client.post(url(member, step), answers, follow=True)

    assert response.redirect_chain == [(url(member), 302)]
    assert "照片还没到，先不用核对" in response.content.decode()
    assert states(member) == ("PENDING", "PENDING")


def test_first_photo_of_the_cohort_opens_the_page(client: Client, member: CampaignMember) -> None:
    classmate = enrolment.make_record(class_group=member.class_group)
    imaging.make_member(classmate, member.campaign)
    imaging.make_photo(classmate)

    page = look(client, member)

    assert "拍过照，却看不到照片？" in page
    assert "上面 26 项都对吗？" in page


@pytest.mark.parametrize(
    ("ahead", "is_open"), [(timedelta(minutes=1), False), (-timedelta(minutes=1), True)]
)
def test_last_days_are_open_even_without_photos(
    ahead: timedelta, is_open: bool, client: Client, member: CampaignMember, at_work: datetime
) -> None:
    left = member.campaign.recheck_time + ahead
    CampaignMember.objects.update(closes_at=timezone.now() + left)

    page, home = look(client, member), client.get("/").content.decode()

    assert ('name="photo"' in page, 'name="info"' in page) == (is_open, is_open)
    assert ("开始核对" in home) == is_open


def test_missing_photo_is_reported_and_locks_in_the_last_days(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    CampaignMember.objects.update(closes_at=at_work + DAY)
    answers = {"seen": seen_in(look(client, member)), "photo": "INCORRECT"}

    client.post(
        url(member, "dispute/"),
        {**answers, "photo_reasons": ["MISSING"], "fill": "1", "note": "五月拍过"},
    )

    row = VerificationConclusion.objects.get(round__member=member, kind=PHOTO)
    assert (row.state, row.reasons) == (Conclusion.INCORRECT, ["MISSING"])


def test_who_has_begun_goes_on(client: Client, member: CampaignMember, at_work: datetime) -> None:
    imaging.make_conclusion(member, DATA, at=at_work)

    assert "拍过照，却看不到照片？" in look(client, member)


def test_deadline_without_photos_is_not_the_students_fault(
    client: Client, member: CampaignMember, at_work: datetime
) -> None:
    CampaignMember.objects.update(closes_at=at_work - DAY)

    page = look(client, member)

    assert "已截止，照片还没到" in page
    assert "不算你没核对" in page
    assert "你没有在截止以前给出全部结论" not in page
