"""The entry on the first page opens for cohorts whose photos are there; until then it says what happens."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from common.wording import moment_sentence, until_sentence
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.states import CampaignKind, ConclusionKind, PhotoKind
from tests.factories import enrolment, imaging
from tests.pages.test_home import page_of, title_of

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def at_work() -> datetime:
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(record: StudentRecord, at_work: datetime) -> CampaignMember:
    """Nobody's photo is there."""
    return imaging.make_member(
        record,
        imaging.make_campaign(
            capture_opens_at=at_work - 9 * DAY,
            capture_closes_at=at_work + DAY,
            opens_at=at_work - DAY,
            closes_at=at_work + 4 * DAY,
            sheet_freeze_at=at_work + 5 * DAY,
        ),
    )


def test_without_photos_of_the_cohort_there_is_no_entry(
    alice: User, member: CampaignMember, at_work: datetime, client_of
) -> None:
    page = page_of(client_of(alice))

    assert title_of(page) == "照片还没到，先不用核对"
    assert "开始核对" not in page
    assert f"2026 届还在拍照，到 {until_sentence(at_work + DAY)} 为止" in page
    assert f"{until_sentence(at_work + 4 * DAY)} 截止；照片到得晚，由教务处延后" in page


def test_first_photo_of_the_cohort_opens_the_entry_for_all(
    alice: User, member: CampaignMember, client_of
) -> None:
    classmate = enrolment.make_record(class_group=member.class_group)
    imaging.make_member(classmate, member.campaign)
    imaging.make_photo(classmate)

    page = page_of(client_of(alice))

    assert title_of(page) == "核对学籍信息"
    assert "开始核对" in page


@pytest.mark.parametrize("whose", ["another school", "nobody's campaign", "removed", "admission"])
def test_photos_of_others_open_nothing(
    whose: str, alice: User, member: CampaignMember, at_work: datetime, client_of
) -> None:
    school = (
        enrolment.make_school("99998", "远山大学云岭学院") if whose == "another school" else None
    )
    other = enrolment.make_record(**({"school": school} if school else {}))
    if whose != "nobody's campaign":
        gone = {"removed_at": at_work, "removed_by": "李老师"} if whose == "removed" else {}
        imaging.make_member(other, member.campaign, **gone)
    imaging.make_photo(other, PhotoKind.ADMISSION if whose == "admission" else PhotoKind.GRADUATION)

    assert title_of(page_of(client_of(alice))) == "照片还没到，先不用核对"


def test_who_has_begun_goes_on(
    alice: User, member: CampaignMember, at_work: datetime, client_of
) -> None:
    imaging.make_conclusion(member, ConclusionKind.DATA, at=at_work)

    assert title_of(page_of(client_of(alice))) == "还差照片没有核对"


def test_deadline_without_photos_is_not_the_students_fault(
    alice: User, member: CampaignMember, at_work: datetime, client_of
) -> None:
    CampaignMember.objects.update(closes_at=at_work - DAY)

    page = page_of(client_of(alice))

    assert title_of(page) == "已截止，照片还没到"
    assert "不算你没核对" in page


def test_publication_is_announced_before_verification(
    alice: User, record: StudentRecord, member: CampaignMember, at_work: datetime, client_of
) -> None:
    campaign = member.campaign
    campaign.publishes_at, campaign.opens_at = at_work + DAY, at_work + 2 * DAY
    campaign.save()
    imaging.make_photo(record)
    client = client_of(alice)

    page = page_of(client)

    assert title_of(page) == "还没开始核对"
    assert f"照片 {moment_sentence(at_work + DAY)}公布。" in page
    assert f"核对{moment_sentence(at_work + 2 * DAY)}开始" in page
    assert "/photo/" not in client.get("/record/").content.decode()
    campaign.publishes_at = at_work - DAY
    campaign.save()
    assert "/photo/" in client.get("/record/").content.decode()


def test_freshman_waits_for_no_photo(
    alice: User, record: StudentRecord, at_work: datetime, client_of
) -> None:
    imaging.make_member(
        record,
        imaging.make_campaign(
            kind=CampaignKind.FRESHMAN,
            opens_at=at_work - DAY,
            closes_at=at_work + DAY,
            sheet_freeze_at=at_work + DAY,
        ),
    )

    assert title_of(page_of(client_of(alice))) == "核对学籍信息"


def test_consequence_stands_with_its_date(
    alice: User, record: StudentRecord, member: CampaignMember, at_work: datetime, client_of
) -> None:
    imaging.make_photo(record)

    page = page_of(client_of(alice))

    assert f"{until_sentence(at_work + 4 * DAY)}以前不提交，不会替你算正确" in page


def test_waiting_costs_one_query_beside_the_way_to_the_camera(
    alice: User, member: CampaignMember, client_of, django_assert_num_queries
) -> None:
    client = client_of(alice)
    client.get("/account/")  # the session notes the first request

    # session, user, standing, headlines, records, conclusions, photos, photos of the cohort, and
    # four that look whether photos are taken with this portal
    with django_assert_num_queries(12):
        client.get("/")
