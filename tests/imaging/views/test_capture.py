"""去拍照 in the browser: what each situation says, and what strangers and limits get."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import (
    CampaignMember,
    CaptureAbsence,
    CaptureBooking,
    CaptureSession,
    CaptureTicket,
)
from imaging.states import PlaceKind, SessionKind
from imaging.views.capture import PICTURES
from tests.factories import capture, enrolment, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    """Pages read the clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(alice: User, record: StudentRecord, today: datetime) -> CampaignMember:
    """Alice in a campaign that opens in two months."""
    campaign = imaging.make_campaign(
        opens_at=today + 60 * DAY, closes_at=today + 70 * DAY, sheet_freeze_at=today + 71 * DAY
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def session(member: CampaignMember, today: datetime) -> CaptureSession:
    """The session of Alice's class in a week."""
    return capture.make_session(
        member.campaign, starts_at=today + 7 * DAY, classes=[member.class_group]
    )


@pytest.fixture
def makeup(member: CampaignMember, today: datetime) -> CaptureSession:
    """A make-up in two weeks."""
    return capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=today + 14 * DAY)


def url(name: str, record: StudentRecord) -> str:
    return reverse(f"imaging:{name}", args=[record.pk])


def page(client: Client, record: StudentRecord) -> str:
    response = client.get(url("capture_record", record))
    assert response.status_code == 200
    return response.content.decode()


def test_address_without_a_record_leads_to_the_one_that_counts(
    client_of: ClientOf, alice: User, eve: User, member: CampaignMember
) -> None:
    response = client_of(alice).get(reverse("imaging:capture"))
    assert response["Location"] == url("capture_record", member.record)
    assert client_of(eve).get(reverse("imaging:capture"))["Location"] == reverse("home")


def test_page_says_when_where_and_with_what(
    client_of: ClientOf, alice: User, member: CampaignMember, session: CaptureSession
) -> None:
    ticket = capture.make_ticket(member)

    text = page(client_of(alice), member.record)

    for part in (session.place.name, session.place.address, "身份证原件", "先请假，再约补拍"):
        assert part in text
    assert "".join(f"<span>{ticket.code[at : at + 4]}</span>" for at in (0, 4, 8)) in text
    assert member.campaign.usage_text in text
    assert "约这一场" not in text


@pytest.mark.parametrize(
    ("has_fee", "fee_text", "shown"),
    [(None, "", []), (False, "", ["免费"]), (True, "20 元，现场交", ["20 元，现场交"])],
)
def test_page_says_what_it_costs_once_somebody_has_said(
    has_fee: bool | None,
    fee_text: str,
    shown: list[str],
    client_of: ClientOf,
    alice: User,
    member: CampaignMember,
    session: CaptureSession,
) -> None:
    CaptureSession.objects.filter(pk=session.pk).update(has_fee=has_fee, fee_text=fee_text)

    text = page(client_of(alice), member.record)

    assert [each for each in ("免费", "20 元，现场交") if each in text] == shown
    assert ("<dt>收费</dt>" in text) is bool(shown)


def test_seats_to_book_say_what_they_cost(
    client_of: ClientOf, alice: User, member: CampaignMember, makeup: CaptureSession
) -> None:
    CaptureSession.objects.filter(pk=makeup.pk).update(has_fee=True, fee_text="20 元，现场交")

    assert "还有 2 个名额；20 元，现场交" in page(client_of(alice), member.record)


@pytest.mark.parametrize(
    ("has_fee", "is_paid", "receipt_no", "said"),
    [
        (None, False, "", ""),
        (False, False, "", "免费"),
        (True, False, "", "没有记交费"),
        (True, True, "", "交过费，没有记收据号"),
        (True, True, "No.0012", "交过费，收据号 No.0012"),
    ],
)
def test_who_came_sees_what_was_written_down_about_paying(
    has_fee: bool | None,
    is_paid: bool,
    receipt_no: str,
    said: str,
    client_of: ClientOf,
    alice: User,
    member: CampaignMember,
    session: CaptureSession,
) -> None:
    CaptureSession.objects.filter(pk=session.pk).update(
        has_fee=has_fee, fee_text="20 元" if has_fee else ""
    )
    capture.make_visit(
        session, member, at=session.starts_at, is_paid=is_paid, receipt_no=receipt_no
    )

    text = page(client_of(alice), member.record)

    assert ("<dt>交费</dt>" in text) is bool(said)
    assert said in text


def test_other_classes_sessions_are_not_shown(
    client_of: ClientOf, alice: User, member: CampaignMember, today: datetime
) -> None:
    other = capture.make_session(
        member.campaign, starts_at=today + DAY, classes=[enrolment.make_class("哲学 2201 班")]
    )

    text = page(client_of(alice), member.record)

    assert other.place.name not in text
    assert "学校还没排" in text


def test_leave_then_booking_then_giving_back(
    client_of: ClientOf,
    alice: User,
    member: CampaignMember,
    session: CaptureSession,
    makeup: CaptureSession,
) -> None:
    client, record = client_of(alice), member.record
    asked = client.get(url("capture_leave", record)).content.decode()
    assert "为什么去不了" in asked

    client.post(url("capture_leave", record), {"session": session.pk, "reason": "实习"})
    assert CaptureAbsence.objects.get().reason == "实习"
    text = page(client, record)
    assert "已请假" in text
    assert "不排队" in text
    assert "还有 2 个名额" in text

    client.post(url("capture_book", record), {"session": makeup.pk})
    assert CaptureBooking.objects.get().session == makeup
    text = page(client, record)
    assert "取消预约" in text
    assert makeup.place.address in text

    client.post(url("capture_give_back", record))
    assert CaptureBooking.objects.get().end_reason == "GIVEN_BACK"

    client.post(url("capture_come", record), {"session": session.pk})
    assert CaptureAbsence.objects.get().withdrawn_by == alice.actor_label


def test_leave_without_a_reason_is_told_beside_the_field(
    client_of: ClientOf, alice: User, member: CampaignMember, session: CaptureSession
) -> None:
    response = client_of(alice).post(
        url("capture_leave", member.record), {"session": session.pk, "reason": ""}
    )

    assert response.status_code == 200
    assert "请写明为什么去不了" in response.content.decode()
    assert not CaptureAbsence.objects.exists()


def test_full_session_is_told_and_not_offered(
    client_of: ClientOf, alice: User, member: CampaignMember, makeup: CaptureSession
) -> None:
    CaptureSession.objects.filter(pk=makeup.pk).update(seats_taken=2)
    client = client_of(alice)

    assert "约满了" in page(client, member.record)
    response = client.post(url("capture_book", member.record), {"session": makeup.pk}, follow=True)

    assert "刚刚约满了" in response.content.decode()
    assert not CaptureBooking.objects.exists()


@pytest.mark.parametrize("value", ["", "x", "999999"])
def test_session_that_is_not_offered_is_refused_in_words(
    value: str, client_of: ClientOf, alice: User, member: CampaignMember, makeup: CaptureSession
) -> None:
    response = client_of(alice).post(
        url("capture_book", member.record), {"session": value}, follow=True
    )

    assert response.status_code == 200
    assert "请选一场" in response.content.decode() or "不能选" in response.content.decode()
    assert not CaptureBooking.objects.exists()


def test_first_ticket_is_a_click_and_a_new_one_asks(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    client, record = client_of(alice), member.record
    assert "领采集号" in page(client, record)

    client.post(url("ticket_renew", record))
    first = CaptureTicket.objects.get()
    assert "换一个采集号吗" in client.get(url("ticket_renew", record)).content.decode()
    client.post(url("ticket_renew", record))

    first.refresh_from_db()
    assert first.voided_by == alice.actor_label
    assert CaptureTicket.objects.filter(voided_at=None).count() == 1


def test_ticket_is_taken_home_as_a_picture(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    ticket = capture.make_ticket(member)
    client = client_of(alice)

    picture = client.get(url("ticket_image", member.record))
    drawn = client.get(url("ticket_qr", member.record))

    assert Image.open(BytesIO(picture.content)).format == "PNG"
    assert ticket.code in picture["Content-Disposition"]
    assert drawn["Content-Type"] == "image/svg+xml"
    for response in (picture, drawn):
        assert response["Cache-Control"] == "no-store, private"
        assert member.record.name not in str(response.headers)


def test_pictures_are_limited(client_of: ClientOf, alice: User, member: CampaignMember) -> None:
    capture.make_ticket(member)
    client = client_of(alice)
    for _ in range(PICTURES.amount):
        assert client.get(url("ticket_qr", member.record)).status_code == 200

    assert client.get(url("ticket_qr", member.record)).status_code == 429


def test_every_address_is_404_to_a_stranger(
    client_of: ClientOf, eve: User, monitor: User, member: CampaignMember, session: CaptureSession
) -> None:
    capture.make_ticket(member)
    for person in (eve, monitor):
        client = client_of(person)
        for name in (
            "capture_record",
            "ticket_renew",
            "ticket_qr",
            "ticket_image",
            "capture_leave",
        ):
            assert client.get(url(name, member.record)).status_code == 404
        for name in ("capture_book", "capture_give_back", "capture_come", "ticket_renew"):
            assert client.post(url(name, member.record)).status_code == 404


def test_hidden_record_shows_nothing(
    client_of: ClientOf, alice: User, member: CampaignMember, today: datetime
) -> None:
    StudentRecord.objects.filter(pk=member.record_id).update(
        hidden_at=today, hidden_by="测试", hidden_reason="核实"
    )

    assert client_of(alice).get(url("capture_record", member.record)).status_code == 404


def test_branches_stand_there_for_who_has_no_photo(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    school = member.record.school
    other = enrolment.make_school("99998", "远山大学云岭学院")
    capture.make_place(
        kind=PlaceKind.BRANCH, name="云岭网点", hours="每周三 9:00–11:30", phone="0990-0000000"
    )
    capture.make_place(kind=PlaceKind.BRANCH, name="远山网点", school=school)
    capture.make_place(kind=PlaceKind.BRANCH, name="别校网点", school=other)
    capture.make_place(kind=PlaceKind.BRANCH, name="停用网点", is_used=False)

    text = page(client_of(alice), member.record)

    assert "云岭网点" in text
    assert "每周三 9:00–11:30" in text
    assert "远山网点" in text
    assert "别校网点" not in text
    assert "停用网点" not in text


def test_two_records_have_tabs(
    client_of: ClientOf, alice: User, member: CampaignMember, class_group: ClassGroup
) -> None:
    second = enrolment.make_record(class_group=class_group, name=member.record.name)
    enrolment.bind(second, alice.identity)
    imaging.make_member(second, member.campaign)

    text = page(client_of(alice), member.record)

    assert "每份学籍有自己的采集号" in text
    assert url("capture_record", second) in text


def test_home_leads_there_until_the_photo_has_come(
    client_of: ClientOf, alice: User, member: CampaignMember, session: CaptureSession
) -> None:
    client = client_of(alice)

    assert url("capture_record", member.record) in client.get("/").content.decode()
    imaging.make_photo(member.record)
    assert url("capture_record", member.record) not in client.get("/").content.decode()


def test_home_says_nothing_where_nothing_is_arranged(
    client_of: ClientOf, alice: User, member: CampaignMember
) -> None:
    assert url("capture_record", member.record) not in client_of(alice).get("/").content.decode()


def test_every_form_carries_its_token(
    client_of: ClientOf,
    alice: User,
    member: CampaignMember,
    session: CaptureSession,
    makeup: CaptureSession,
) -> None:
    """A part that is included on its own context has none, and the test client would not notice."""
    client, record = client_of(alice), member.record
    capture.make_session(member.campaign, SessionKind.MAKEUP, starts_at=makeup.starts_at + DAY)
    pages = [page(client, record)]
    client.post(url("capture_leave", record), {"session": session.pk, "reason": "实习"})
    pages.append(page(client, record))
    client.post(url("capture_book", record), {"session": makeup.pk})
    pages.append(page(client, record))

    for text in pages:
        assert text.count('method="post"') >= 2
        assert text.count("csrfmiddlewaretoken") == text.count('method="post"')
