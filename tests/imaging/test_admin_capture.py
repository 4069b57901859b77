"""Taking photos at the desk: timetable, counter, files for the capture unit."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localtime

from accounts.models import User
from common.models import AuditEvent, OutboxMessage
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import (
    CampaignMember,
    CapturePlace,
    CaptureSession,
    CaptureTicket,
    CaptureVisit,
)
from imaging.states import PhotoKind, SessionKind
from tests.factories import capture, enrolment, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
SESSIONS = "/admin/imaging/capturesession/"
TICKETS = "/admin/imaging/captureticket/"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def typed(moment: datetime) -> str:
    return localtime(moment).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def today() -> datetime:
    """The desk reads the clock."""
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
    """The session of Alice's class, running."""
    return capture.make_session(
        member.campaign, starts_at=today - HOUR, classes=[member.class_group]
    )


def do(session: CaptureSession, name: str) -> str:
    return f"{SESSIONS}{session.pk}/do/{name}/"


def test_place_is_typed_directly(client_of: ClientOf, li: User) -> None:
    given = {
        "kind": "BRANCH",
        "name": "云岭网点",
        "address": "云岭路 2 号",
        "hours": "每周三 9:00–11:30",
        "phone": "0990-0000000",
        "hint": "",
        "is_used": "on",
    }

    client_of(li).post("/admin/imaging/captureplace/add/", given)

    place = CapturePlace.objects.get()
    assert (place.name, place.hours, place.school) == ("云岭网点", "每周三 9:00–11:30", None)
    assert AuditEvent.objects.filter(action="captureplace.created").exists()


def test_session_is_made_by_the_service(
    client_of: ClientOf, li: User, member: CampaignMember, class_group: ClassGroup, today: datetime
) -> None:
    place = capture.make_place()
    given = {
        "campaign": str(member.campaign_id),
        "kind": SessionKind.CLASS,
        "place": str(place.pk),
        "starts_at": typed(today + DAY),
        "ends_at": typed(today + DAY + HOUR),
        "class_groups": [str(class_group.pk)],
        "bring": "身份证原件",
        "wear": "",
        "has_fee": "True",
        "fee_text": "20 元，现场交",
    }

    client = client_of(li)

    asked = client.post(f"{SESSIONS}add/", given).content.decode()
    assert "马上通知" in asked
    assert "通知这些班里还没拍过的人" in asked
    assert not CaptureSession.objects.exists()
    assert not OutboxMessage.objects.exists()
    response = client.post(f"{SESSIONS}add/", {**given, "_confirmed": "1"})

    made = CaptureSession.objects.get()
    assert OutboxMessage.objects.filter(template="capture_planned").count() == 2
    assert response["Location"] == f"{SESSIONS}{made.pk}/change/"
    assert (made.place, list(made.class_groups.all())) == (place, [class_group])
    assert (made.starts_at, made.bring) == (today + DAY, "身份证原件")
    assert (made.has_fee, made.fee_words) == (True, "20 元，现场交")
    assert "20 元，现场交" in client.get(f"{SESSIONS}{made.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "请选免费还是收费"),
        ({"has_fee": "True"}, "收费的要写怎么收"),
        ({"has_fee": "False", "fee_text": "20 元"}, "上面就要选“收费”"),
    ],
)
def test_session_says_what_it_costs(
    given: dict[str, str],
    said: str,
    client_of: ClientOf,
    li: User,
    member: CampaignMember,
    class_group: ClassGroup,
    today: datetime,
) -> None:
    whole = {
        "campaign": str(member.campaign_id),
        "kind": SessionKind.CLASS,
        "place": str(capture.make_place().pk),
        "starts_at": typed(today + DAY),
        "ends_at": typed(today + DAY + HOUR),
        "class_groups": [str(class_group.pk)],
        **given,
    }

    assert said in client_of(li).post(f"{SESSIONS}add/", whole).content.decode()
    assert not CaptureSession.objects.exists()


def test_makeup_without_seats_is_told_beside_the_field(
    client_of: ClientOf, li: User, member: CampaignMember, today: datetime
) -> None:
    given = {
        "campaign": str(member.campaign_id),
        "kind": SessionKind.MAKEUP,
        "place": str(capture.make_place().pk),
        "starts_at": typed(today + DAY),
        "ends_at": typed(today + DAY + HOUR),
        "has_fee": "False",
    }

    page = client_of(li).post(f"{SESSIONS}add/", given).content.decode()

    assert "补拍要写名额" in page
    assert not CaptureSession.objects.exists()


def test_counter_shows_the_person_masked_and_is_ready_for_the_next(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession
) -> None:
    photo = imaging.make_photo(member.record, PhotoKind.ADMISSION)
    ticket = capture.make_ticket(member)
    client = client_of(li)

    empty = client.get(do(session, "counter")).content.decode()
    assert "autofocus" in empty
    assert "名单上 1 人，已到 0 人" in empty

    asked = client.post(do(session, "counter"), {"code": ticket.code}).content.decode()
    assert "是本人，报到" in asked
    assert "沈*溪" in asked
    assert f"/captureentry/{photo.entry_id}/picture/" in asked
    for whole in (member.record.name, member.record.student_no, member.record.id_number):
        assert whole not in asked
    assert not CaptureVisit.objects.exists()

    given = {"code": ticket.code, "_confirmed": "1"}
    done = client.post(do(session, "counter"), given, follow=True)
    assert done.redirect_chain[-1][0] == do(session, "counter")
    assert "沈*溪 已报到" in done.content.decode()
    visit = CaptureVisit.objects.get()
    assert visit.arrived_by == li.actor_label

    again = client.post(do(session, "counter"), given, follow=True).content.decode()
    assert "没有重复记" in again
    assert CaptureVisit.objects.count() == 1


def test_wrong_code_stays_at_the_counter(
    client_of: ClientOf, li: User, session: CaptureSession
) -> None:
    page = client_of(li).post(do(session, "counter"), {"code": "C0002"}).content.decode()

    assert "没有这个采集号或学号" in page
    assert 'name="code"' in page


def test_auditor_looks_and_does_nothing(
    client_of: ClientOf, auditor: User, member: CampaignMember, session: CaptureSession
) -> None:
    client = client_of(auditor)

    assert client.get(f"{SESSIONS}{session.pk}/change/").status_code == 200
    for name in ("counter", "pack", "cards", "errata", "move", "cancel"):
        assert client.get(do(session, name)).status_code == 403
        assert client.post(do(session, name), {"code": "x"}).status_code == 403


def test_page_of_a_session_counts_and_names_the_missing_masked(
    client_of: ClientOf, li: User, member: CampaignMember, today: datetime
) -> None:
    session = capture.make_session(
        member.campaign, starts_at=today - DAY, classes=[member.class_group]
    )
    came = imaging.make_member(enrolment.make_record(class_group=member.class_group, name="林知远"))
    capture.make_visit(session, came, at=today - DAY)

    page = client_of(li).get(f"{SESSIONS}{session.pk}/change/").content.decode()

    assert "没到，也没请假" in page
    assert "沈*溪" in page
    assert "林*远" in page
    assert "沈若溪" not in page
    assert f"（B{member.class_group_id:04d}）" in page


def test_files_for_the_capture_unit_are_downloads(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession
) -> None:
    ticket = capture.make_ticket(member)
    capture.make_visit(session, member, at=session.starts_at)
    client = client_of(li)

    pack = client.post(do(session, "pack"), {"scope": "session"})
    errata = client.post(do(session, "errata"))
    cards = client.post(do(session, "cards"), {"reason": "采集单位只收纸卡"})

    for response, start in ((pack, b"PK"), (errata, b"PK"), (cards, b"%PDF")):
        assert response.content.startswith(start)
        assert response["Content-Disposition"].startswith("attachment")
        assert response["Cache-Control"] == "no-store, private"
    with ZipFile(io.BytesIO(pack.content)) as archive:
        assert ticket.code in archive.read("采集号.csv").decode()


def test_tickets_are_issued_after_a_look(
    client_of: ClientOf, li: User, member: CampaignMember
) -> None:
    client = client_of(li)
    given = {"campaign": str(member.campaign_id)}

    assert "1 人" in client.post(f"{TICKETS}add/", given).content.decode()
    assert not CaptureTicket.objects.exists()
    client.post(f"{TICKETS}add/", {**given, "_confirmed": "1"})

    ticket = CaptureTicket.objects.get()
    page = client.get(f"{TICKETS}?q={ticket.code}").content.decode()
    assert "沈*溪" in page
    client.get(f"{TICKETS}{ticket.pk}/change/")
    assert AuditEvent.objects.get(action="ticket.viewed").subject_id == str(member.record_id)


def test_ticket_is_renewed_with_a_reason(
    client_of: ClientOf, li: User, member: CampaignMember
) -> None:
    old = capture.make_ticket(member)

    client_of(li).post(f"{TICKETS}{old.pk}/do/renew/", {"reason": "手机丢了"})

    old.refresh_from_db()
    assert old.voided_by == li.actor_label
    assert AuditEvent.objects.get(action="ticket.renewed").reason == "手机丢了"


def test_session_is_moved_after_a_preview(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession, today: datetime
) -> None:
    given = {
        "place": str(session.place_id),
        "starts_at": typed(today + DAY),
        "ends_at": typed(today + DAY + HOUR),
        "bring": "身份证",
        "wear": "",
        "note": "",
        "has_fee": "False",
        "reason": "停电",
    }
    client = client_of(li)

    assert "会通知这一场的 1 人" in client.post(do(session, "move"), given).content.decode()
    client.post(do(session, "move"), {**given, "_confirmed": "1"})

    session.refresh_from_db()
    assert session.starts_at == today + DAY
    assert OutboxMessage.objects.filter(template="capture_moved").count() == 2


def test_reason_of_a_leave_is_on_its_own_page_and_logged(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession, today: datetime
) -> None:
    absence = member.capture_absences.create(
        session=session, reason="住院手术", told_at=today, told_by="本人"
    )
    client = client_of(li)

    assert "住院手术" not in client.get("/admin/imaging/captureabsence/").content.decode()
    page = client.get(f"/admin/imaging/captureabsence/{absence.pk}/change/").content.decode()

    assert "住院手术" in page
    assert AuditEvent.objects.filter(action="captureabsence.viewed").count() == 1
