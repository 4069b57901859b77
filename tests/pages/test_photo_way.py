"""Where the photo is and why it is not to be seen: each cause ends in one next step, date and office."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from accounts.models import User
from common.wording import moment_sentence, until_sentence
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from imaging.selectors.tracing import LEAD_TIME, PhotoCause, trace_of
from imaging.states import ConclusionKind, MatchState, SessionKind
from tests.factories import imaging
from tests.factories.capture import make_session, make_visit
from tests.factories.finding import make_capture, make_photo_claim, slipped

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def at_work():
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(alice: User, record: StudentRecord, at_work) -> CampaignMember:
    """A campaign whose photos are being taken, published in three days and checked in four."""
    campaign = imaging.make_campaign(
        capture_opens_at=at_work - 60 * DAY,
        capture_closes_at=at_work + DAY,
        publishes_at=at_work + 3 * DAY,
        opens_at=at_work + 4 * DAY,
        closes_at=at_work + 9 * DAY,
        sheet_freeze_at=at_work + 10 * DAY,
    )
    return imaging.make_member(record, campaign)


def move(member: CampaignMember, **moments: object) -> None:
    for name, value in moments.items():
        setattr(member.campaign, name, value)
    member.campaign.save()


def page_for(client, record: StudentRecord) -> str:
    answer = client.get(f"/record/{record.pk}/photo-way/")
    assert answer.status_code == 200
    return " ".join(text_of(answer.content.decode()).split())


def text_of(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page))


def cause(member: CampaignMember, at_work) -> PhotoCause:
    return trace_of(StudentRecord.objects.get(pk=member.record_id), now=at_work).cause


def test_unplanned_student_is_sent_to_the_counsellor_until_the_capture_ends(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.UNPLANNED
    assert "没有你拍过照的记录" in page
    assert until_sentence(at_work + DAY) in page
    assert "找辅导员" in page
    assert "没拍照" in page


def test_before_the_capture_there_is_only_a_date(member: CampaignMember, at_work) -> None:
    move(member, capture_opens_at=at_work + timedelta(hours=1))

    assert cause(member, at_work) is PhotoCause.NOT_YET


def test_session_that_is_coming_is_named(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    session = make_session(member.campaign, starts_at=at_work + DAY, classes=[member.class_group])

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.COMING
    assert moment_sentence(session.starts_at) in page
    assert session.place.name in page


def test_missed_session_leads_to_a_make_up_or_to_the_counsellor(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    make_session(member.campaign, starts_at=at_work - 2 * DAY, classes=[member.class_group])

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.MISSED
    assert "你还没拍，补拍还没排" in page


def test_photographed_student_waits_for_the_vendor_and_then_does_not(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    session = make_session(
        member.campaign, starts_at=at_work - 2 * DAY, classes=[member.class_group]
    )
    visit = make_visit(session, member, at=at_work - 2 * DAY)

    page = page_for(client_of(alice), member.record)
    assert cause(member, at_work) is PhotoCause.ON_ITS_WAY
    assert "现在轮到采集单位" in page
    assert moment_sentence(visit.arrived_at) in page

    move(member, publishes_at=at_work - timedelta(minutes=1))
    assert cause(member, at_work) is PhotoCause.OVERDUE
    assert "该到的日子没到" in page_for(client_of(alice), member.record)

    move(member, publishes_at=None)
    trace = trace_of(member.record, now=at_work)
    assert trace.expected_at == visit.arrived_at + LEAD_TIME
    assert trace.cause is PhotoCause.ON_ITS_WAY


def test_unmatched_photo_says_which_datum_differs_masked(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    entry = make_capture(
        name=member.record.name,
        student_no=slipped(member.record.student_no),
        document_no=member.record.id_number,
        at=at_work - DAY,
    )

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.LIKELY
    assert "照片到了学校，没对上你的学籍" in page
    assert "学号只差一位" in page
    assert "没照片，找找看" in page
    assert entry.student_no not in page
    assert member.record.student_no not in page
    assert member.record.id_number not in page


def test_claim_that_waits_names_its_date(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    claim = make_photo_claim(alice, member.record, at=at_work)

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.CLAIMED
    assert until_sentence(claim.due_at) in page


@pytest.mark.parametrize(
    ("state", "expected"),
    [(MatchState.VOIDED, PhotoCause.VOIDED), (MatchState.UNMATCHED, PhotoCause.TAKEN_AWAY)],
)
def test_photo_that_was_taken_away_is_told(
    state: MatchState, expected: PhotoCause, alice: User, member, at_work, client_of
) -> None:
    imaging.end_photo(imaging.make_photo(member.record), at=at_work, state=state)

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is expected
    assert "原来的照片" in page
    assert "李老师" not in page
    assert "不是她" not in page


def test_photographed_student_whose_photo_was_voided_is_led_to_a_make_up(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    session = make_session(
        member.campaign, starts_at=at_work - 20 * DAY, classes=[member.class_group]
    )
    make_visit(session, member, at=at_work - 20 * DAY)
    imaging.end_photo(imaging.make_photo(member.record, at=at_work - 5 * DAY), at=at_work - DAY)
    makeup = make_session(member.campaign, SessionKind.MAKEUP, starts_at=at_work + DAY)

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.VOIDED
    assert "请约一场补拍" in page

    make_visit(makeup, member, at=at_work - timedelta(hours=1))
    assert cause(member, at_work) is PhotoCause.ON_ITS_WAY


def test_matched_photo_waits_for_its_publication_unseen(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    version = imaging.make_photo(member.record)
    client = client_of(alice)

    page = page_for(client, member.record)

    assert cause(member, at_work) is PhotoCause.UNPUBLISHED
    assert f"照片到了，{moment_sentence(at_work + 3 * DAY)}公布" in page
    raw = client.get(f"/record/{member.record_id}/photo-way/").content.decode()
    assert f"/photo/{version.pk}/" not in raw


def test_nothing_known_after_the_publication_leads_to_the_office(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    move(member, capture_closes_at=at_work - 9 * DAY, publishes_at=at_work - timedelta(minutes=1))

    page = page_for(client_of(alice), member.record)

    assert cause(member, at_work) is PhotoCause.LOST
    assert "学校没有你的照片" in page
    assert "找教务处学籍科" in page
    assert until_sentence(at_work + 9 * DAY) in page


def test_between_capture_and_publication_everybody_waits(member, at_work) -> None:
    move(member, capture_closes_at=at_work - DAY)

    assert cause(member, at_work) is PhotoCause.PROCESSING


def test_no_campaign_asks_for_a_photo(alice: User, record: StudentRecord, client_of) -> None:
    assert "学校还没安排你这一届" in page_for(client_of(alice), record)


def test_stations_go_on_to_the_lock(
    alice: User, member: CampaignMember, at_work, client_of
) -> None:
    move(member, publishes_at=at_work - 3 * DAY, opens_at=at_work - 2 * DAY)
    imaging.make_photo(member.record, at=at_work - 5 * DAY)
    client = client_of(alice)
    page = page_for(client, member.record)
    assert cause(member, at_work) is PhotoCause.SHOWN
    for word in ("已拍照", "学校已收到", "已对上学籍", "已公布", "等你核对", "锁定", "登记学历"):
        assert word in page
    assert "照片到了，请核对" in page

    imaging.make_conclusion(member, ConclusionKind.PHOTO, at=at_work)
    assert "未锁定" in page_for(client, member.record)


@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "li"])
def test_way_of_somebody_elses_photo_is_not_found(
    who: str, request, alice: User, record: StudentRecord, client_of
) -> None:
    client = client_of(request.getfixturevalue(who))

    assert client.get(f"/record/{record.pk}/photo-way/").status_code == 404


def test_page_with_a_photo_costs_what_the_record_page_costs(
    alice: User, member: CampaignMember, at_work, client_of, django_assert_num_queries
) -> None:
    move(member, publishes_at=at_work - 3 * DAY, opens_at=at_work - 2 * DAY)
    imaging.make_photo(member.record)
    client = client_of(alice)
    client.get("/account/")  # the session notes the first request

    with django_assert_num_queries(6):  # session, user, standing, record, conclusions, photos
        client.get(f"/record/{member.record_id}/photo-way/")
