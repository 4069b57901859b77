"""A report made on a phone, checked by a stranger in another browser, closed by its owner."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.identity import Sex
from accounts.models import User
from enrollment.models import StudentRecord
from reports.models import ReportView, VerificationReport
from tests.browser.stories import log_in
from tests.factories.imaging import make_photo
from tests.factories.people import PASSWORD
from xuexin.demo.portraits import Variant, portrait_jpeg

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_key(settings, tmp_path: Path) -> None:
    """The installation's certificate, made for this story."""
    settings.REPORT_OWN_P12 = tmp_path / "report_signing.p12"


@pytest.fixture
def photographed(record: StudentRecord) -> StudentRecord:
    """Alice's record with a drawn portrait."""
    portrait = portrait_jpeg(0, sex=Sex.FEMALE, variant=Variant.GRADUATION)
    make_photo(record, data=portrait)
    return record


def make_one(page: Page, look: Callable[[Page, str], None]) -> VerificationReport:
    """From the list to the code."""
    page.goto("/reports/")
    look(page, "report-list")
    page.get_by_role("link", name="开一份报告").click()
    page.get_by_label("交给谁").fill("青岚文化公司")
    page.get_by_label("做什么用").select_option("JOB")
    page.get_by_label("公开我的毕业照片").check()
    page.get_by_label(re.compile("^PIN")).fill("4711")
    look(page, "report-draft")
    page.get_by_role("button", name="下一步，看预览").click()
    expect(page.get_by_role("heading", name="预览：对方会看到这些")).to_be_visible()
    look(page, "report-preview")
    page.get_by_role("button", name="生成报告").click()
    expect(page.get_by_role("heading", name="验证码", exact=True)).to_be_visible()
    look(page, "report-page")
    return VerificationReport.objects.get()


def test_report_made_on_a_phone_is_checked_by_a_stranger(
    new_page: Callable[..., Page],
    alice: User,
    photographed: StudentRecord,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    def look(page: Page, name: str) -> None:
        check_accessibility(page)
        photograph(page, name)

    student, stranger = new_page(), new_page(javascript=True)
    log_in(student, "alice@example.test", PASSWORD)
    report = make_one(student, look)
    with student.expect_download() as download:
        student.get_by_role("link", name=re.compile("下载 PDF")).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    expect(student.locator(".ui-report-qr")).to_be_visible()

    # The stranger scans the code, and is asked for the PIN.
    stranger.goto(f"/check/{report.code}/")
    look(stranger, "check")
    stranger.get_by_role("button", name="查验").click()
    expect(stranger.get_by_text("没有查到").first).to_be_visible()
    stranger.get_by_label(re.compile("^PIN")).fill("4711")
    stranger.get_by_role("button", name="查验").click()
    expect(stranger.get_by_text("沈若溪")).to_be_visible()
    photo = stranger.get_by_alt_text("报告中的照片")
    # Visible with its room before its bytes are there.
    expect(photo).to_have_js_property("naturalWidth", 480)
    look(stranger, "check-result")
    assert "沈若溪" not in stranger.title()
    result = stranger.url
    stranger.get_by_role("link", name="保存查验记录").click()
    expect(stranger.get_by_text(f"{report.code[:4]} **** **** {report.code[-4:]}")).to_be_visible()
    look(stranger, "check-receipt")

    # The owner sees that somebody looked, and closes it.
    student.goto(f"/reports/{report.pk}/")
    expect(student.get_by_text("看到“有效”")).to_be_visible()
    student.get_by_role("link", name="关闭报告").click()
    student.get_by_role("button", name="关闭", exact=True).click()
    expect(student.get_by_text("已关闭").first).to_be_visible()

    stranger.goto(result)
    expect(stranger.get_by_text("已关闭")).to_be_visible()
    expect(stranger.get_by_text("沈若溪")).to_have_count(0)
    look(stranger, "check-closed")
    assert ReportView.objects.get().result == "ACTIVE"


def test_stranger_without_javascript_checks_an_english_report(
    new_page: Callable[..., Page],
    alice: User,
    photographed: StudentRecord,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    student, stranger = new_page(), new_page(javascript=False)
    log_in(student, "alice@example.test", PASSWORD)
    student.goto("/reports/new/")
    student.get_by_label("交给谁").fill("Lakeside University")
    student.get_by_label("做什么用").select_option("STUDY")
    student.get_by_label(re.compile("英文版")).check()
    student.get_by_role("button", name="下一步，看预览").click()
    expect(student.get_by_label("姓名拼写")).to_have_value("SHEN Ruoxi")
    check_accessibility(student)
    photograph(student, "report-name")
    student.get_by_label(re.compile("我看过了")).check()
    student.get_by_role("button", name="拼写对，看预览").click()
    student.get_by_role("button", name="生成报告").click()
    expect(student.get_by_role("heading", name="验证码", exact=True)).to_be_visible()
    code = VerificationReport.objects.get().code

    stranger.goto("/check/")
    stranger.get_by_label("16 位验证码").fill(
        "-".join(code[at : at + 4] for at in range(0, 16, 4)).lower()
    )
    stranger.get_by_role("button", name="查验").click()
    expect(stranger.get_by_role("heading", name="Statement of Enrolment")).to_be_visible()
    expect(stranger.get_by_text("SHEN Ruoxi")).to_be_visible()
    photograph(stranger, "check-english")


@pytest.mark.parametrize("path", ["about", "certification"])
def test_guidance_is_readable(
    page: Page,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
    path: str,
) -> None:
    page.goto(f"/reports/{path}/")
    check_accessibility(page)
    photograph(page, f"report-{path}")
