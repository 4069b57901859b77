"""The student's way: choose, spell, look, confirm; then the report's own pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from reports.models import VerificationReport
from reports.selectors import content_of
from reports.services.check import check_report
from tests.factories.imaging import make_photo
from tests.factories.reports import make_report

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
CHOICES = {
    "receiver": "青岚文化公司",
    "purpose": "JOB",
    "purpose_text": "",
    "fields_shown": ["level", "major_name"],
    "language": "ZH",
    "months": "3",
    "pin": "",
}


def address(step: str, record: StudentRecord) -> str:
    return reverse(f"reports:report_{step}", args=[record.pk])


def live_report(record: StudentRecord, **values: Any) -> VerificationReport:
    """A report that is valid by the clock that views read."""
    return make_report(record, expires_at=timezone.now() + timedelta(days=40), **values)


def test_one_record_leads_straight_to_the_draft(
    alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    answer = client_of(alice).get(reverse("reports:report_start"))

    assert answer.headers["Location"] == address("draft", record)


def test_report_is_made_as_previewed(
    alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    make_photo(record)
    client = client_of(alice)

    answer = client.post(address("draft", record), {**CHOICES, "with_photo": "on"})
    assert answer.headers["Location"] == address("preview", record)
    shown = client.get(address("preview", record))
    content = shown.content.decode()
    for words in ("沈若溪", "远山大学", "汉语言文学", "青岚文化公司", "求职、入职"):
        assert words in content
    assert "汉族" not in content
    assert not VerificationReport.objects.exists()

    made = client.post(address("preview", record), {"seen": shown.context["seen"]}, follow=True)

    report = VerificationReport.objects.get()
    assert made.redirect_chain[-1][0] == reverse("reports:report_page", args=[report.pk])
    assert [field.value for field in content_of(report).fields] == [
        field.value for field in shown.context["content"].fields
    ]
    assert report.photo is not None
    assert "报告已生成" in made.content.decode()
    # The choices are gone: the same preview cannot be confirmed twice.
    again = client.post(address("preview", record), {"seen": shown.context["seen"]})
    assert again.headers["Location"] == address("draft", record)
    assert VerificationReport.objects.count() == 1


def test_going_back_keeps_what_was_chosen(
    alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    client = client_of(alice)
    client.post(address("draft", record), {**CHOICES, "receiver": "林间出版社"})

    assert "林间出版社" in client.get(address("draft", record)).content.decode()


def test_english_needs_a_confirmed_spelling(
    alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    client = client_of(alice)

    answer = client.post(address("draft", record), {**CHOICES, "language": "EN"})
    assert answer.headers["Location"] == address("name", record)
    assert client.get(address("preview", record)).headers["Location"] == address("name", record)
    assert 'value="SHEN Ruoxi"' in client.get(address("name", record)).content.decode()

    unconfirmed = client.post(address("name", record), {"latin_name": "SHEN Ruoxi"})
    assert unconfirmed.status_code == 200
    foreign = client.post(
        address("name", record), {"latin_name": "JOHN Smith", "is_confirmed": "on"}
    )
    assert "对不上" in foreign.content.decode()
    done = client.post(address("name", record), {"latin_name": "SHEN  Ruoxi", "is_confirmed": "on"})
    assert done.headers["Location"] == address("preview", record)
    shown = client.get(address("preview", record)).content.decode()
    assert "SHEN Ruoxi" in shown
    assert "Undergraduate" in shown
    assert "recorded in Chinese" in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"receiver": ""}, "请填写交给谁"),
        ({"purpose": ""}, "请选择做什么用"),
        ({"purpose": "OTHER"}, "写一句做什么用"),
        ({"pin": "12"}, "4 到 8 位数字"),
        ({"months": "9"}, "有效多久"),
        ({"fields_shown": ["remark"]}, "公开哪些"),
        ({"fields_shown": ["counsellor_text"]}, "公开哪些"),
    ],
)
def test_draft_says_what_is_missing(
    alice: User, record: StudentRecord, client_of: ClientOf, changes: dict[str, Any], words: str
) -> None:
    answer = client_of(alice).post(address("draft", record), {**CHOICES, **changes})

    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_notes_of_the_school_are_never_offered(
    alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    StudentRecord.objects.filter(pk=record.pk).update(remark="内部备注", counsellor_text="陈老师")

    page = client_of(alice).get(address("draft", record)).content.decode()

    assert "内部备注" not in page
    assert "陈老师" not in page


def test_full_house_says_what_to_do(
    alice: User, record: StudentRecord, client_of: ClientOf, settings: Any
) -> None:
    settings.REPORT_LIVE_LIMIT = 1
    live_report(record)

    answer = client_of(alice).get(address("draft", record), follow=True)

    assert "先关闭一份用不着的" in answer.content.decode()


def test_page_of_a_report_has_code_qr_and_text_to_send(
    alice: User, record: StudentRecord, client_of: ClientOf, settings: Any
) -> None:
    report = live_report(record, pin="4711")
    client = client_of(alice)

    page = client.get(reverse("reports:report_page", args=[report.pk]))
    content = page.content.decode()

    assert f"<span>{report.code[:4]}</span><span>{report.code[4:8]}</span>" in content
    assert f"{settings.BASE_URL}/check/{report.code}/" in content
    assert "4711" not in content
    assert report.code not in page.headers.get("Location", "")
    qr = client.get(reverse("reports:report_qr", args=[report.pk]))
    assert qr.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in qr.content
    assert b"style=" not in qr.content
    assert "no-store" in qr.headers["Cache-Control"]


def test_file_is_a_pdf_without_a_name_in_its_name(
    alice: User, record: StudentRecord, client_of: ClientOf, settings: Any, tmp_path: Any
) -> None:
    settings.REPORT_OWN_P12 = tmp_path / "own.p12"
    report = live_report(record)

    answer = client_of(alice).get(reverse("reports:report_file", args=[report.pk]))

    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "%E6%B2%88" not in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_report_is_extended_and_closed_by_pages_that_ask_first(
    alice: User, record: StudentRecord, client_of: ClientOf, now: Any
) -> None:
    report = make_report(
        record,
        issued_at=timezone.now() - timedelta(days=40),
        expires_at=timezone.now() - timedelta(days=5),
    )
    client = client_of(alice)
    extend = reverse("reports:report_extend", args=[report.pk])
    close = reverse("reports:report_close", args=[report.pk])

    assert "重新有效" in client.get(extend).content.decode()
    assert "已延期" in client.post(extend, {"months": "2"}, follow=True).content.decode()
    assert "不能再打开" in client.get(close).content.decode()
    assert "已关闭" in client.post(close, follow=True).content.decode()
    assert "不能延期" in client.get(extend, follow=True).content.decode()
    page = client.get(reverse("reports:report_page", args=[report.pk])).content.decode()
    assert report.code[:4] + "</span>" not in page


def test_own_reports_and_who_looked_are_listed(
    alice: User, record: StudentRecord, client_of: ClientOf
) -> None:
    report = make_report(record, expires_at=timezone.now() + timedelta(days=20))
    check_report(code=report.code, pin="", address="203.0.113.7", now=timezone.now())
    client = client_of(alice)

    listed = client.get(reverse("reports:report_list")).content.decode()
    page = client.get(reverse("reports:report_page", args=[report.pk])).content.decode()

    assert "查验过 1 次" in listed
    assert "203.0.*.*" in page
    assert "203.0.113" not in page


@pytest.mark.parametrize(
    "step", ["report_page", "report_qr", "report_file", "report_extend", "report_close"]
)
def test_somebody_else_s_report_is_not_there(
    monitor: User, alice: User, record: StudentRecord, client_of: ClientOf, step: str
) -> None:
    report = make_report(record)
    client = client_of(monitor)

    assert client.get(reverse(f"reports:{step}", args=[report.pk])).status_code == 404
    assert client.post(reverse(f"reports:{step}", args=[report.pk])).status_code in {404, 405}
    report.refresh_from_db()
    assert report.closed_at is None
