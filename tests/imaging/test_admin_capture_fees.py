"""Paying for a photo at the desk: asked beside the person, put right afterwards, shown in the list."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, CaptureSession, CaptureVisit
from tests.factories import capture, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
SESSIONS = "/admin/imaging/capturesession/"
VISITS = "/admin/imaging/capturevisit/"


@pytest.fixture
def today() -> datetime:
    """The desk reads the clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def member(alice: User, record: StudentRecord, today: datetime) -> CampaignMember:
    """Alice in a campaign that opens in two months."""
    day = timedelta(days=1)
    campaign = imaging.make_campaign(
        opens_at=today + 60 * day, closes_at=today + 70 * day, sheet_freeze_at=today + 71 * day
    )
    return imaging.make_member(record, campaign)


@pytest.fixture
def session(member: CampaignMember, today: datetime) -> CaptureSession:
    """A session that costs something, running."""
    return capture.make_session(
        member.campaign,
        starts_at=today - timedelta(hours=1),
        classes=[member.class_group],
        has_fee=True,
        fee_text="20 元，现场交",
    )


def test_counter_asks_for_the_receipt_beside_the_person(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession
) -> None:
    client, url = client_of(li), f"{SESSIONS}{session.pk}/do/counter/"
    ticket = capture.make_ticket(member)

    asked = client.post(url, {"code": ticket.code}).content.decode()

    assert "20 元，现场交" in asked
    assert '<input type="hidden" name="code"' in asked
    assert '<input type="text" name="receipt_no"' in asked
    given = {"code": ticket.code, "receipt_no": " No.0012 ", "_confirmed": "1"}
    client.post(url, {**given, "receipt_no": "=1+1"})
    assert not CaptureVisit.objects.exists()
    client.post(url, given)
    visit = CaptureVisit.objects.get()
    assert (visit.is_paid, visit.receipt_no) == (True, "No.0012")
    page = client.get(f"{SESSIONS}{session.pk}/change/").content.decode()
    assert "交过费，收据号 No.0012" in page
    assert "记了交费" in page


def test_receipt_that_cannot_be_one_is_told_at_the_counter(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession
) -> None:
    ticket = capture.make_ticket(member)
    given = {"code": ticket.code, "receipt_no": "=1+1", "_confirmed": "1"}

    page = client_of(li).post(f"{SESSIONS}{session.pk}/do/counter/", given).content.decode()

    assert "收据号照收据上的写" in page
    assert ticket.code in page


def test_counter_of_a_free_session_asks_nothing(
    client_of: ClientOf, li: User, member: CampaignMember, session: CaptureSession
) -> None:
    CaptureSession.objects.filter(pk=session.pk).update(has_fee=False, fee_text="")
    client = client_of(li)

    assert "receipt_no" not in client.get(f"{SESSIONS}{session.pk}/do/counter/").content.decode()
    capture.make_visit(session, member, at=session.starts_at)
    page = client.get(f"{SESSIONS}{session.pk}/change/").content.decode()
    assert "免费" in page
    assert "没有记交费" not in page


def test_payment_is_put_right_with_a_reason_until_the_visit_is_voided(
    client_of: ClientOf,
    li: User,
    auditor: User,
    member: CampaignMember,
    session: CaptureSession,
    today: datetime,
) -> None:
    visit = capture.make_visit(session, member, at=session.starts_at)
    url = f"{VISITS}{visit.pk}/do/payment/"
    given = {"is_paid": "on", "receipt_no": "0012", "reason": "学生补交了收据"}
    client = client_of(li)

    assert "没有记交费" in client.get(f"{SESSIONS}{session.pk}/change/").content.decode()
    assert client_of(auditor).post(url, given).status_code == 403
    said = client.post(url, given, follow=True).content.decode()

    assert "已记：交过费，收据号 0012" in said
    assert AuditEvent.objects.get(action="capturevisit.payment_noted").reason == "学生补交了收据"
    assert "0012" in client.get(VISITS).content.decode()
    CaptureVisit.objects.filter(pk=visit.pk).update(voided_at=today, voided_by="测试")
    assert "现在不能" in client.post(url, given, follow=True).content.decode()
