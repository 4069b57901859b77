"""柜台: the pages."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from corrections.models import CounterVisit
from enrollment.models import StudentRecord
from tests.factories.corrections import make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]


@pytest.fixture
def desk(client_of: Callable[[User], Client], li: User) -> Client:
    """The registrar's browser."""
    return client_of(li)


def test_scanned_number_leads_to_the_person(desk: Client, record: StudentRecord) -> None:
    answer = desk.post(reverse("corrections:counter"), {"number": record.id_number})

    assert answer.headers["Location"] == reverse("corrections:counter_person", args=[record.pk])


def test_unknown_number_is_kept_in_the_form_with_what_to_do(desk: Client) -> None:
    page = desk.post(reverse("corrections:counter"), {"number": "2099123456"}).content.decode()

    assert "没有这个号码的学籍" in page
    assert 'value="2099123456"' in page


def test_page_shows_open_cases_and_never_the_whole_number(
    desk: Client, record: StudentRecord
) -> None:
    case = make_request(record)

    page = desk.get(reverse("corrections:counter_person", args=[record.pk])).content.decode()

    assert reverse("admin:corrections_correctionrequest_change", args=[case.pk]) in page
    assert record.id_number not in page


def test_confirmation_gives_a_receipt_for_both(
    desk: Client, client_of: Callable[[User], Client], alice: User, record: StudentRecord
) -> None:
    address = reverse("corrections:counter_person", args=[record.pk])

    page = desk.post(address, {"document": "ID_CARD", "is_same": "on"}, follow=True)

    visit = CounterVisit.objects.get()
    receipt = reverse("corrections:counter_receipt", args=[visit.pk])
    assert receipt in page.content.decode()
    assert desk.get(receipt).content.startswith(b"%PDF-")
    assert client_of(alice).get(receipt).status_code == 200


def test_unticked_box_confirms_nothing(desk: Client, record: StudentRecord) -> None:
    address = reverse("corrections:counter_person", args=[record.pk])

    page = desk.post(address, {"document": "ID_CARD"}).content.decode()

    assert "请核对证件原件" in page
    assert CounterVisit.objects.count() == 0


def test_hidden_record_and_stranger_get_404(
    desk: Client,
    client_of: Callable[[User], Client],
    chen: User,
    record: StudentRecord,
    now: datetime,
) -> None:
    address = reverse("corrections:counter_person", args=[record.pk])

    assert client_of(chen).get(address).status_code == 404
    StudentRecord.objects.filter(pk=record.pk).update(
        hidden_at=now, hidden_by="测试", hidden_reason="测试"
    )
    assert desk.get(address).status_code == 404
