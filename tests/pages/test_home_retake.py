"""The way to a retake on the pages: the request, the first page, 去拍照."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from corrections.models import CorrectionRequest
from corrections.services.request import resume_request, send_to_recapture
from corrections.states import RequestState
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind, PhotoReason, SessionKind
from tests.factories import capture, imaging
from tests.factories.corrections import make_dispute, make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def at_work() -> datetime:
    """Pages read the clock."""
    return timezone.now().replace(second=0, microsecond=0)


@pytest.fixture
def case(record: StudentRecord, alice: User, at_work: datetime) -> CorrectionRequest:
    """Alice's wish for another photo with the office; a make-up is to be had."""
    campaign = imaging.make_campaign(
        opens_at=at_work - 10 * DAY, closes_at=at_work + 9 * DAY, sheet_freeze_at=at_work + 20 * DAY
    )
    member = imaging.make_member(record, campaign)
    imaging.make_photo(record, at=at_work - 15 * DAY)
    capture.make_session(campaign, SessionKind.MAKEUP, starts_at=at_work + 2 * DAY)
    wish = make_dispute(
        member, ConclusionKind.PHOTO, at=at_work - 5 * DAY, reasons=[PhotoReason.WANTS_RETAKE]
    )
    return make_request(
        record, RequestState.OFFICE_REVIEW, ConclusionKind.PHOTO, member=member, conclusion=wish
    )


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_way_to_a_retake_stands_on_every_page_while_the_case_waits_for_it(
    alice: User, li: User, case: CorrectionRequest, at_work: datetime, client_of
) -> None:
    client = client_of(alice)
    photographing = reverse("imaging:capture_record", args=[case.record_id])
    request = reverse("corrections:request_page", args=[case.pk])
    assert photographing not in read(client, "/")
    assert photographing not in read(client, request)
    assert "约这一场" not in read(client, photographing)

    send_to_recapture(request=case, note="周三上午重拍", actor=li, now=at_work)

    home = read(client, "/")
    assert photographing in home
    assert "要重拍" in home
    assert photographing in read(client, request)
    page = read(client, photographing)
    assert "教务处安排你重拍，" in page
    assert "约这一场" in page
    assert "没有照片不能办学历注册" not in page

    resume_request(request=case, note="不等了", actor=li, now=at_work)

    assert photographing not in read(client, "/")
    assert photographing not in read(client, request)


def test_case_after_the_campaign_has_no_page_to_lead_to(
    alice: User, li: User, case: CorrectionRequest, at_work: datetime, client_of
) -> None:
    send_to_recapture(request=case, note="到学籍科拍", actor=li, now=at_work)
    member = case.record.memberships.get()
    member.sheet_freeze_at = at_work
    member.save()

    page = read(client_of(alice), reverse("corrections:request_page", args=[case.pk]))

    assert reverse("imaging:capture_record", args=[case.record_id]) not in page
    assert "到学籍科拍" in page


def test_photo_locked_as_wrong_is_led_from_the_first_page(
    alice: User, case: CorrectionRequest, client_of
) -> None:
    given = case.conclusion
    assert given is not None
    given.reasons = [PhotoReason.NOT_ME]
    given.save()

    home = read(client_of(alice), "/")

    assert reverse("imaging:capture_record", args=[case.record_id]) in home
    assert "要重拍" in home
