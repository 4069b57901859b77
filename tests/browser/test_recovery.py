"""Two ways back in: a new password by SMS, and a number that an old account holds."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import FilePayload, Page, expect

from accounts.models import User
from accounts.states import Role
from enrollment.models import RescueCase, StudentRecord
from enrollment.states import RescueState
from tests.accounts.entrance import sms_code, sms_texts
from tests.browser.stories import log_in
from tests.factories import people
from tests.factories.people import PASSWORD
from tests.factories.rescue import hand_held

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, TYPED = "+8613800138000", "138 0013 8000"
NEW = "Lake9-quiet%stone"
Look = Callable[[Page, str], None]


@pytest.fixture
def look(
    check_accessibility: Callable[[Page], None], photograph: Callable[[Page, str], Path]
) -> Look:
    """axe, and a picture."""

    def at(page: Page, name: str) -> None:
        check_accessibility(page)
        photograph(page, name)

    return at


def test_forgotten_password_is_set_anew_by_sms(page: Page, look: Look) -> None:
    people.make_user(phone=PHONE)
    page.goto("/account/login/")
    page.get_by_role("link", name="忘记密码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("忘记密码")
    look(page, "reset-ask")
    page.get_by_label("邮箱或手机号").fill(TYPED)
    page.get_by_role("button", name="发验证码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("填收到的验证码")
    expect(page.locator("main")).to_contain_text(PHONE)
    look(page, "reset-code")

    code = sms_code()
    page.get_by_label("验证码").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    page.get_by_role("button", name="确定").click()
    expect(page.locator("main [role=alert], main .ui-errors").first).to_be_visible()
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("设新密码")
    look(page, "reset-password")
    page.get_by_label("新密码", exact=True).fill(NEW)
    page.get_by_label("再输一遍").fill(NEW)
    page.get_by_role("button", name="保存新密码").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("新密码已设好")
    look(page, "reset-done")

    assert "密码" in sms_texts()[0]
    page.get_by_role("link", name="去登录").click()
    page.locator("input[name=login]").fill(TYPED)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("main .ui-errors").first).to_be_visible()
    log_in(page, TYPED, NEW)


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def test_number_comes_back_after_a_day_and_two_decisions(
    new_page: Callable[..., Page],
    record: StudentRecord,
    alice: User,
    eve: User,
    li: User,
    wang: User,
    look: Look,
) -> None:
    begun = datetime.now(tz=UTC)
    claimant = new_page()
    log_in(claimant, str(eve.email), PASSWORD)
    declare(claimant, record)
    open_case(claimant, look)
    case = RescueCase.objects.get()

    with time_machine.travel(begun + timedelta(hours=25), tick=True):
        first, second = new_page(), new_page()
        log_in(first, str(li.email), PASSWORD)
        propose(first, case, look)
        log_in(second, str(wang.email), PASSWORD)
        confirm(second, case, look)

        log_in(claimant, str(eve.email), PASSWORD)
        expect(claimant.get_by_role("heading", level=1)).to_contain_text(record.name)
        claimant.goto(f"/identity/rescue/{case.pk}/")
        expect(claimant.locator("main")).to_contain_text("号码转到你现在的账号")
        look(claimant, "rescue-over")
        claimant.get_by_role("link", name="去首页看学籍").click()
        expect(claimant.get_by_role("heading", level=1)).to_contain_text(record.name)
        claimant.goto("/record/")
        expect(claimant.locator("main")).to_contain_text("汉语言文学 2201 班")

        former = new_page()
        log_in(former, str(alice.email), PASSWORD)
        former.goto("/record/")
        expect(former.get_by_role("heading", level=1)).to_have_text("这个账号已经停用")
        expect(former.locator("body")).not_to_contain_text(record.student_no)
        look(former, "rescue-replaced")


def declare(page: Page, record: StudentRecord) -> None:
    """Name and number of a record that another account holds; the page says nothing of that."""
    page.goto("/identity/")
    page.get_by_label("姓名").fill(record.name)
    page.get_by_label("证件类型").select_option("居民身份证")
    page.get_by_label("证件号码").fill(record.id_number)
    page.get_by_role("button", name="下一步，核对一遍").click()
    page.get_by_role("button", name="都对，确认").click()
    page.get_by_label("考生号").fill(record.candidate_no)
    page.get_by_role("button", name="找我的学籍").click()
    expect(page.locator("main")).to_contain_text("没有对上")
    page.get_by_role("link", name="证件号码被别人登记了，或者我的学籍对不上").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("找回证件号码")


def open_case(page: Page, look: Look) -> None:
    """By a photo with the document in hand; then it is the school's turn."""
    look(page, "rescue-start")
    page.get_by_role("link", name="传手持证件照片").click()
    photo = FilePayload(name="我.jpg", mimeType="image/jpeg", buffer=hand_held())
    page.get_by_label("手持证件照片").set_input_files(photo)
    page.get_by_label("情况说明").fill("以前的邮箱不用了。")
    look(page, "rescue-open")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main")).to_contain_text("以前答复你")
    look(page, "rescue-case")
    page.goto("/")
    expect(page.locator("main")).to_contain_text("找回证件号码正在办")
    look(page, "rescue-home")


def propose(page: Page, case: RescueCase, look: Look) -> None:
    """The first one finds the case on the desk, proposes, and is offered no second decision."""
    page.goto("/admin/")
    page.get_by_role("link", name=re.compile("证件号码找回没办结")).click()
    page.get_by_role("link", name=case.case_no).click()
    expect(page.locator("body")).to_contain_text("两个账号")
    look(page, "rescue-desk")
    page.get_by_role("link", name="提出处理意见").click()
    page.get_by_label("归申请人").check()
    page.get_by_label("给申请人的答复").fill("看过证件照片，号码转到你现在的账号。")
    page.get_by_label("第一经办人姓名").fill("李青")
    look(page, "rescue-propose")
    submit(page)
    expect(page.locator("body")).to_contain_text("要由另一位老师确认")
    expect(page.get_by_role("link", name="退回再核")).to_be_visible()
    expect(page.get_by_role("link", name="确认通过")).to_have_count(0)


def confirm(page: Page, case: RescueCase, look: Look) -> None:
    """The second one sees what changes hands, and confirms."""
    page.goto(f"/admin/enrollment/rescuecase/{case.pk}/change/")
    page.get_by_role("link", name="确认通过").click()
    page.get_by_label("第二经办人姓名").fill("王安")
    look(page, "rescue-confirm")
    submit(page)
    expect(page.locator("body")).to_contain_text("号码和学籍转到申请人")
    case.refresh_from_db()
    assert (case.state, case.proposer_name, case.decider_name) == (
        RescueState.APPROVED,
        "李青",
        "王安",
    )


def submit(page: Page) -> None:
    """The one button of a page of the desk."""
    page.locator("#content-main form [type=submit]").click()
