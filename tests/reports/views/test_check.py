"""The public pages, as a stranger's browser sees them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from reports.matching import grouped, new_code
from reports.models import ReportView, VerificationReport
from reports.services.check import PER_ADDRESS, RECEIPTS
from reports.states import ReportLanguage
from tests.factories.imaging import make_photo
from tests.factories.reports import make_report

pytestmark = [pytest.mark.page, pytest.mark.django_db]

CHECK = "/check/"
PERSONAL = ("沈若溪", "汉语言文学", "远山大学", "青岚文化公司", "2022040127")


@pytest.fixture
def stranger() -> Client:
    """A browser that nobody has logged in with."""
    return Client()


@pytest.fixture
def report(alice: User, record: StudentRecord) -> VerificationReport:
    """Alice's valid report with her photo."""
    return make_report(
        record, photo=make_photo(record), expires_at=timezone.now() + timedelta(days=30)
    )


def checked(client: Client, code: str, **more: str) -> HttpResponse:
    return client.post(CHECK, {"code": code, **more}, follow=True)  # type: ignore[return-value]


def test_valid_report_shows_exactly_the_chosen_fields(
    stranger: Client, report: VerificationReport, record: StudentRecord
) -> None:
    page = checked(stranger, grouped(report.code).lower())
    content = page.content.decode()

    for words in ("沈若溪", "远山大学", "本科", "汉语言文学", "青岚文化公司", "有效"):
        assert words in content
    for words in ("汉族", "2022040127", record.id_number, "人文学院"):
        assert words not in content
    assert "沈若溪" not in re.search(r"<title>(.*?)</title>", content).group(1)  # type: ignore[union-attr]
    assert ReportView.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "已过期"),
        ({"closed_at": timezone.now(), "closed_by": "本人"}, "已关闭"),
        ({"content_digest": b"another"}, "内容已变"),
    ],
    ids=["expired", "closed", "outdated"],
)
def test_ended_report_names_nobody(
    stranger: Client, report: VerificationReport, changes: dict[str, Any], label: str
) -> None:
    VerificationReport.objects.filter(pk=report.pk).update(**changes)

    content = checked(stranger, report.code).content.decode()

    assert label in content
    for words in PERSONAL:
        assert words not in content.replace("远山大学（", "")
    assert "<img" not in content.split('id="main"')[1]


def test_suspended_report_names_nobody(stranger: Client, report: VerificationReport) -> None:
    report.record.binding.delete()

    content = checked(stranger, report.code).content.decode()

    assert "已暂停" in content
    for words in PERSONAL:
        assert words not in content


def test_report_closed_after_the_check_is_not_shown_on_reload(
    stranger: Client, report: VerificationReport
) -> None:
    page = checked(stranger, report.code)
    address = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    VerificationReport.objects.filter(pk=report.pk).update(
        closed_at=timezone.now(), closed_by="本人"
    )

    content = stranger.get(address).content.decode()

    assert "已关闭" in content
    assert "沈若溪" not in content
    assert stranger.get(f"{address}photo/").status_code == 404


def test_photo_and_result_belong_to_the_browser_that_checked(
    stranger: Client, report: VerificationReport
) -> None:
    address = checked(stranger, report.code).redirect_chain[-1][0]  # type: ignore[attr-defined]

    answer: Any = stranger.get(f"{address}photo/")
    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"
    assert "no-store" in answer.headers["Cache-Control"]
    assert Client().get(f"{address}photo/").status_code == 404
    assert Client().get(address).headers["Location"] == CHECK


def test_photo_that_was_not_chosen_is_not_there(
    stranger: Client, alice: User, record: StudentRecord
) -> None:
    make_photo(record)
    report = make_report(record, expires_at=timezone.now() + timedelta(days=30))

    address = checked(stranger, report.code).redirect_chain[-1][0]  # type: ignore[attr-defined]

    assert stranger.get(f"{address}photo/").status_code == 404


def test_result_is_open_for_half_an_hour(stranger: Client, report: VerificationReport) -> None:
    address = checked(stranger, report.code).redirect_chain[-1][0]  # type: ignore[attr-defined]
    session = stranger.session
    session["report_checks"] = [[number, at - 1801] for number, at in session["report_checks"]]
    session.save()

    assert stranger.get(address).headers["Location"] == CHECK


def test_unknown_code_and_wrong_pin_have_the_same_page(
    stranger: Client, alice: User, record: StudentRecord
) -> None:
    locked = make_report(record, pin="4711", expires_at=timezone.now() + timedelta(days=30))
    pages = []
    for code, pin in ((new_code(), "1234"), (locked.code, "1234")):
        answer = Client().post(CHECK, {"code": code, "pin": pin})
        content = answer.content.decode().replace(code, "CODE").replace(grouped(code), "CODE")
        pages.append(
            (answer.status_code, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", content))
        )

    assert pages[0] == pages[1]
    assert "没有查到" in pages[0][1]


def test_what_cannot_be_a_code_is_said_at_once(stranger: Client, db: None) -> None:
    assert "16 位" in stranger.post(CHECK, {"code": "7K3Q"}).content.decode()
    assert "请填写16 位验证码" in stranger.post(CHECK, {"code": ""}).content.decode()


def test_scanned_address_fills_in_the_code_and_looks_nothing_up(
    stranger: Client, report: VerificationReport, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        page = stranger.get(f"{CHECK}{report.code}/")

    content = page.content.decode()
    assert f'value="{grouped(report.code)}"' in content
    assert report.code not in re.search(r"<title>(.*?)</title>", content).group(1)  # type: ignore[union-attr]
    assert not ReportView.objects.exists()
    assert "沈若溪" not in content


def test_scanned_nonsense_is_an_empty_form(stranger: Client, db: None) -> None:
    content = stranger.get(f"{CHECK}%3Cscript%3E/").content.decode()

    assert "<script>" not in content.split('id="main"')[1]
    assert 'name="code"' in content


@pytest.mark.parametrize(
    "path",
    [
        "/check/",
        "/check/receipt/",
        "/check/7K3Q9FHM2XWD4RTP/",
        "/reports/about/",
        "/reports/certification/",
    ],
)
def test_public_page_is_neither_kept_nor_indexed(stranger: Client, db: None, path: str) -> None:
    page = stranger.get(path)

    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert 'content="noindex' in page.content.decode()


def test_result_page_is_neither_kept_nor_indexed(
    stranger: Client, report: VerificationReport
) -> None:
    page = checked(stranger, report.code)

    assert "no-store" in page.headers["Cache-Control"]
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_receipt_says_when_and_what_and_nothing_about_the_person(
    stranger: Client, report: VerificationReport
) -> None:
    checked(stranger, report.code)
    done = ReportView.objects.get()

    found = Client().post("/check/receipt/", {"number": f"C {done.number}"}, follow=True)
    content = found.content.decode()

    assert f"{report.code[:4]} **** **** {report.code[-4:]}" in content
    assert "有效" in content
    for words in (*PERSONAL, report.code, grouped(report.code)):
        assert words not in content


def test_receipt_keeps_the_result_of_its_moment(
    stranger: Client, report: VerificationReport
) -> None:
    checked(stranger, report.code)
    VerificationReport.objects.filter(pk=report.pk).update(
        closed_at=timezone.now(), closed_by="本人"
    )

    number = ReportView.objects.get().number
    content = stranger.get(reverse("reports:receipt", args=[number])).content.decode()

    assert "已关闭" not in content


def test_unknown_receipt_is_not_there_and_looking_is_limited(db: None) -> None:
    client = Client()
    assert client.get("/check/receipt/000000000000/").status_code == 404

    for _ in range(RECEIPTS.amount - 1):
        client.get("/check/receipt/000000000000/")

    assert client.get("/check/receipt/000000000000/").status_code == 429


def test_too_many_checks_are_stopped_with_a_way_out(db: None) -> None:
    client = Client()
    for _ in range(PER_ADDRESS.amount):
        client.post(CHECK, {"code": new_code()})

    answer = client.post(CHECK, {"code": new_code()})

    assert answer.status_code == 429
    assert "请过 10 分钟再试" in answer.content.decode()


def test_english_report_is_shown_in_english(
    stranger: Client, alice: User, record: StudentRecord
) -> None:
    report = make_report(
        record, language=ReportLanguage.EN, expires_at=timezone.now() + timedelta(days=30)
    )

    content = checked(stranger, report.code).content.decode()

    assert "Statement of Enrolment" in content
    assert "SHEN Ruoxi" in content
    assert "Enrolled (registered)" in content


def test_post_needs_the_form_s_own_token(report: VerificationReport) -> None:
    client = Client(enforce_csrf_checks=True)

    assert client.post(CHECK, {"code": report.code}).status_code == 403
    assert not ReportView.objects.exists()


def test_titles_never_claim_another_issuer(
    stranger: Client, report: VerificationReport, client_of: Callable[[User], Client], alice: User
) -> None:
    pages: list[Any] = [
        checked(stranger, report.code),
        client_of(alice).get(f"/reports/{report.pk}/"),
    ]

    for page in pages:
        headings = " ".join(
            re.findall(r"<(?:title|h1|h2)[^>]*>(.*?)</", page.content.decode(), re.DOTALL)
        )
        for claimed in ("教育部", "学信网", "学籍在线验证报告", "CHSI"):
            assert claimed not in headings
