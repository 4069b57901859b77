"""The main job as a student lives it: from the real mail to the receipt."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect

from common import outbox
from common.actors import SYSTEM
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import PhotoVersion
from imaging.services.campaign import propose_members
from imaging.services.sweeps import announce_locks
from tests.accounts.smtp_sink import Sink
from tests.browser.stories import deliver_photos, deliver_roster, log_in
from tests.factories import people
from tests.factories.enrolment import bind, make_school
from tests.factories.imaging import make_campaign

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "ruoxi@example.test"
PASSWORD = "Yunling#2026-ink"


@pytest.fixture
def mails(settings) -> Iterator[Sink]:
    """A mail server that the portal really talks to."""
    with Sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def school(tmp_path: Path) -> StudentRecord:
    """A school whose roster and photos were imported by the two commands, with an open campaign."""
    make_school()
    call_command("import_roster", str(deliver_roster(tmp_path)), "--apply", verbosity=0)
    for kind in ("graduation", "admission"):
        archive = deliver_photos(tmp_path, kind)
        call_command("import_photos", str(archive), "--kind", kind, "--apply", verbosity=0)
    now = datetime.now(tz=UTC)
    campaign = make_campaign(
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=4),
        sheet_freeze_at=now + timedelta(days=5),
    )
    propose_members(campaign=campaign, actor=SYSTEM, now=now)
    return StudentRecord.objects.get(student_no="2022040127")


def test_student_from_registration_to_receipt(
    page: Page,
    live_server,
    mails: Sink,
    school: StudentRecord,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    begun = datetime.now(tz=UTC)
    register(page, check_accessibility, photograph)
    activate(page, live_server.url, mails, check_accessibility)
    declare_and_bind(page, school, check_accessibility, photograph)

    page.get_by_role("link", name="学籍信息").first.click()
    expect(page.locator("main")).to_contain_text("汉语言文学 2201 班")
    expect(page.locator(".ui-photo img")).to_have_count(2)
    check_accessibility(page)
    photograph(page, "record")

    conclude(page, check_accessibility, photograph)
    page.get_by_role("button", name="撤回，重新核对").click()
    expect(page.get_by_role("radio")).to_have_count(4)
    conclude(page, check_accessibility, photograph)

    with time_machine.travel(begun + timedelta(hours=25), tick=True):
        assert announce_locks(now=datetime.now(tz=UTC)) == 2
        outbox.deliver_pending(now=datetime.now(tz=UTC))
        log_in(page, EMAIL, PASSWORD)
        page.goto("/verify/")
        expect(page.locator("main")).to_contain_text("核对回执")
        expect(page.get_by_role("button", name="撤回，重新核对")).to_have_count(0)
        check_accessibility(page)
        photograph(page, "locked")
    assert any("锁定" in str(mail["Subject"]) for mail in mails.mails)
    assert AuditEvent.objects.filter(action="verification.withdrawn").count() == 2


def test_logged_out_student_leaves_nothing_behind(
    page: Page, school: StudentRecord, check_accessibility: Callable[[Page], None]
) -> None:
    student(school)
    log_in(page, EMAIL, PASSWORD)
    page.goto("/record/")
    expect(page.locator("main")).to_contain_text(school.name)
    photo = PhotoVersion.objects.filter(record=school).first()
    assert photo is not None

    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("link", name="登录").first).to_be_visible()
    page.go_back()
    page.reload()

    expect(page.locator("body")).not_to_contain_text(school.student_no)
    check_accessibility(page)
    assert Client().get(f"/photo/{photo.pk}/").status_code == 302


def test_student_reports_an_error_without_scripts(
    new_page: Callable[..., Page], school: StudentRecord, photograph: Callable[[Page, str], Path]
) -> None:
    student(school)
    page = new_page(javascript=False)
    log_in(page, EMAIL, PASSWORD)
    page.goto("/verify/")

    page.get_by_label("正确").first.check(force=True)
    page.get_by_label("有误").last.check(force=True)
    page.get_by_role("button", name="下一步，再看一遍").click()
    page.get_by_label("民族").check(force=True)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("民族").fill("维吾尔族")
    page.get_by_role("button", name="提交有误结论").click()

    expect(page.locator("main")).to_contain_text("有误")
    photograph(page, "reported")
    page.goto("/")
    expect(page.locator("main")).to_contain_text("有误")


def test_everything_can_be_done_with_the_keyboard(page: Page, school: StudentRecord) -> None:
    student(school)
    page.goto("/account/login/")
    page.locator("input[name=login]").focus()
    page.keyboard.type(EMAIL)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("你好")

    page.goto("/verify/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    for name in ("photo", "info"):
        page.locator(f"input[name={name}]").first.focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="下一步，再看一遍").focus()
    page.keyboard.press("Enter")
    confirm = page.get_by_role("dialog").get_by_role("button", name="确认提交")
    expect(confirm).to_be_visible()
    confirm.focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="撤回，重新核对")).to_be_visible()


def register(page: Page, check: Callable[[Page], None], photograph: Callable[..., Path]) -> None:
    """From the home page to "look into your mailbox"."""
    page.goto("/")
    check(page)
    photograph(page, "home-visitor")
    page.get_by_role("link", name="注册", exact=True).click()
    expect(page.locator("main")).to_contain_text("密码要做到四点")
    check(page)
    page.get_by_label("邮箱或手机号").fill(EMAIL)
    page.get_by_label("设一个密码").fill(PASSWORD)
    page.get_by_label("再输一遍密码").fill(PASSWORD)
    page.get_by_text("我看过个人信息处理告知").click()
    photograph(page, "signup")
    page.get_by_role("button", name="注册").click()
    expect(page.locator("main")).to_contain_text(EMAIL)
    check(page)


def activate(page: Page, base: str, mails: Sink, check: Callable[[Page], None]) -> None:
    """By the link of the mail that went over the wire; opening it is not yet confirming."""
    (mail,) = mails.mails
    link = re.search(r"https?://[^/\s]+(/account/confirm-email/\S+)", mail.get_content())  # type: ignore[attr-defined]  # the policy's own class
    assert link is not None
    page.goto(base + link[1])
    check(page)
    page.get_by_role("button", name="确认，是我的邮箱").click()
    log_in(page, EMAIL, PASSWORD)


def declare_and_bind(
    page: Page,
    record: StudentRecord,
    check: Callable[[Page], None],
    photograph: Callable[..., Path],
) -> None:
    """Name and number, repeated and frozen; then the one fact."""
    page.goto("/identity/")
    check(page)
    page.get_by_label("姓名").fill(record.name)
    page.get_by_label("证件类型").select_option("居民身份证")
    page.get_by_label("证件号码").fill(f" {record.id_number.lower()} ")
    page.get_by_role("button", name="下一步，核对一遍").click()
    expect(page.locator("main")).to_contain_text(record.name)
    check(page)
    photograph(page, "declare-confirm")
    page.get_by_role("button", name="都对，确认").click()
    page.get_by_label("考生号").fill("22990101999999")
    page.get_by_role("button", name="找我的学籍").click()
    expect(page.locator("main")).to_contain_text("没有对上")
    check(page)
    photograph(page, "bind-refused")
    page.get_by_label("考生号").fill(record.candidate_no)
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator("main")).not_to_contain_text("没有对上")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text(record.name)
    check(page)
    photograph(page, "home-student")


def conclude(page: Page, check: Callable[[Page], None], photograph: Callable[..., Path]) -> None:
    """Both parts correct, through the confirmation."""
    page.goto("/verify/")
    check(page)
    photograph(page, "verify")
    for name in ("photo", "info"):
        page.locator(f"input[name={name}]").first.check(force=True)
    page.get_by_role("button", name="下一步，再看一遍").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("毕业证书")
    check(page)
    photograph(page, "verify-confirm")
    dialog.get_by_role("button", name="确认提交").click()
    expect(page.get_by_role("button", name="撤回，重新核对")).to_be_visible()
    check(page)
    photograph(page, "provisional")


def student(record: StudentRecord) -> None:
    """The student's account, bound to the record."""
    user = people.make_user(EMAIL, password=PASSWORD)
    bind(record, people.make_identity(user, name=record.name, number=record.id_number))
