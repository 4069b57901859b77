"""Reports at the desk: found by student number, closed with a reason, never with their code."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent, OutboxMessage
from enrollment.models import StudentRecord
from reports.models import EnglishTerm, VerificationReport
from tests.factories.reports import make_report

pytestmark = [pytest.mark.page, pytest.mark.django_db]

CODE = "ABCD2345EFGH6789"
LIST = "/admin/reports/verificationreport/"
ClientOf = Callable[..., Client]


@pytest.fixture
def report(record: StudentRecord, alice: User) -> VerificationReport:
    """A report of alice that is valid today."""
    assert record.binding.identity.user == alice
    values: dict[str, Any] = {
        "issued_at": timezone.now() - timedelta(days=1),
        "expires_at": timezone.now() + timedelta(days=30),
        "receiver": "青岚文化公司",
    }
    return make_report(record, code=CODE, pin="4711", **values)


def page_of(report: VerificationReport) -> str:
    return reverse("admin:reports_verificationreport_change", args=[report.pk])


def closing_of(report: VerificationReport) -> str:
    return reverse("admin:reports_verificationreport_do", args=[report.pk, "close"])


def close(client: Client, report: VerificationReport, reason: str) -> Any:
    return client.post(closing_of(report), {"reason": reason}, follow=True)


def test_desk_reads_what_is_public_and_never_the_code(
    client_of: ClientOf, li: User, report: VerificationReport
) -> None:
    page = client_of(li).get(page_of(report)).content.decode()

    assert "有效" in page
    for hidden in (CODE, "ABCD-2345", report.pin_hash, report.record.id_number, report.receiver):
        assert hidden not in page
    event = AuditEvent.objects.get(action="report.viewed")
    assert (event.subject_id, event.actor_id) == (str(report.record_id), str(li.pk))


def test_list_masks_names_and_finds_by_student_number(
    client_of: ClientOf, li: User, report: VerificationReport
) -> None:
    client = client_of(li)

    shown = client.get(LIST, {"q": report.record.student_no[:6]})
    none = client.get(LIST, {"q": "1999"})

    assert [row.pk for row in shown.context["cl"].result_list] == [report.pk]
    assert report.record.name not in shown.content.decode()
    assert list(none.context["cl"].result_list) == []


@pytest.mark.parametrize(
    ("changes", "life"),
    [({}, "live"), ({"expires_at": timedelta(days=-1)}, "expired"), ({"closed": True}, "closed")],
)
def test_lives_are_told_apart(
    changes: dict[str, Any], life: str, client_of: ClientOf, li: User, report: VerificationReport
) -> None:
    now = timezone.now()
    rows = VerificationReport.objects.filter(pk=report.pk)
    if "expires_at" in changes:
        rows.update(expires_at=now - timedelta(hours=1))
    if "closed" in changes:
        rows.update(closed_at=now, closed_by="本人")
    client = client_of(li)

    found = {
        each: [row.pk for row in client.get(LIST, {"life": each}).context["cl"].result_list]
        for each in ("live", "expired", "closed")
    }

    assert found == {each: [report.pk] if each == life else [] for each in found}


def test_registrar_closes_with_a_reason_and_the_student_is_told(
    client_of: ClientOf, li: User, alice: User, report: VerificationReport
) -> None:
    client = client_of(li)

    close(client, report, " ")
    report.refresh_from_db()
    assert report.closed_at is None
    close(client, report, "照片有误，正在更正")

    report.refresh_from_db()
    assert (report.closed_at is not None, report.close_reason) == (True, "照片有误，正在更正")
    assert AuditEvent.objects.filter(action="report.closed", actor_id=str(li.pk)).count() == 1
    assert OutboxMessage.objects.filter(user=alice, template__startswith="report").exists()
    # Closed is final: nothing is offered any more, and a second try changes nothing.
    first = report.closed_at
    assert closing_of(report) not in client.get(page_of(report)).content.decode()
    close(client, report, "再关一次")
    report.refresh_from_db()
    assert (report.closed_at, report.close_reason) == (first, "照片有误，正在更正")


@pytest.mark.parametrize("who", ["alice", "monitor", "chen", "secretary", "leader"])
def test_nobody_else_comes_to_the_desk(
    who: str, request: pytest.FixtureRequest, client_of: ClientOf, report: VerificationReport
) -> None:
    client = client_of(request.getfixturevalue(who))

    for address in (LIST, page_of(report)):
        assert client.get(address).status_code in {302, 403, 404}
    close(client, report, "我要关")
    report.refresh_from_db()
    assert report.closed_at is None


def test_auditor_reads_and_closes_nothing(
    client_of: ClientOf, auditor: User, report: VerificationReport
) -> None:
    client = client_of(auditor)

    assert client.get(page_of(report)).status_code == 200
    close(client, report, "我要关")

    report.refresh_from_db()
    assert report.closed_at is None


def test_report_is_neither_made_changed_nor_deleted_at_the_desk(
    client_of: ClientOf, li: User, report: VerificationReport
) -> None:
    client = client_of(li)

    for path in ("add/", f"{report.pk}/delete/"):
        assert client.post(f"{LIST}{path}", {"post": "yes"}).status_code in {403, 404}
    client.post(page_of(report), {"purpose": "OTHER", "expires_at_0": "2099-01-01"})

    former = report.expires_at
    report.refresh_from_db()
    assert report.expires_at == former


def test_english_name_is_written_and_its_writing_audited(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    given = {"chinese": "汉语言文学", "english": "Chinese Language and Literature"}

    client.post("/admin/reports/englishterm/add/", given)

    term = EnglishTerm.objects.get(chinese="汉语言文学")
    assert term.english == "Chinese Language and Literature"
    assert AuditEvent.objects.filter(object_type="reports.englishterm").exists()
    again = client.post("/admin/reports/englishterm/add/", given)
    assert again.status_code == 200
    assert EnglishTerm.objects.filter(chinese="汉语言文学").count() == 1
