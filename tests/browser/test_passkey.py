"""Passkeys for real: Chromium's virtual authenticator registers one, logs in with it, confirms with it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from accounts.models import LoginEvent, User
from accounts.states import LoginWay
from tests.browser.stories import log_in
from tests.factories.people import PASSWORD
from xuexin.signon import SingleSignOn

pytestmark = pytest.mark.django_db(transaction=True)


def plug_in(page: Page, *, is_verified: bool = True) -> tuple[Any, str]:
    """A device with a screen lock; the session of the tools and the device's name."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    answer = tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": is_verified,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return tools, str(answer["authenticatorId"])


def confirm_password(page: Page) -> None:
    """The password once more, where a sensitive page asks for it."""
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="继续").click()


def add_passkey(page: Page, name: str) -> None:
    """From the page of the account to the recovery codes."""
    page.goto("/account/2fa/webauthn/add/")
    confirm_password(page)
    page.locator("input[name=name]").fill(name)
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("备用码")


def log_out(page: Page) -> None:
    """Away from the account, with the device still there."""
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("button", name="退出")).to_have_count(0)


def test_passkey_is_added_and_logs_in(
    page: Page,
    alice: User,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    plug_in(page)
    log_in(page, str(alice.email), PASSWORD)
    page.goto("/account/2fa/")
    check_accessibility(page)
    photograph(page, "second-factor")
    page.goto("/account/2fa/webauthn/add/")
    confirm_password(page)
    check_accessibility(page)
    photograph(page, "passkey-add")
    page.locator("input[name=name]").fill("我的手机")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("备用码")
    check_accessibility(page)
    photograph(page, "recovery-codes")
    assert Authenticator.objects.get(type="webauthn").wrap().is_passwordless
    page.goto("/account/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("我的手机")
    check_accessibility(page)
    photograph(page, "passkeys")
    log_out(page)

    page.goto("/account/login/?next=/account/sessions/")
    check_accessibility(page)
    photograph(page, "login")
    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("登录过的设备")
    check_accessibility(page)
    photograph(page, "sessions")
    newest = LoginEvent.objects.order_by("-pk")[0]
    assert (newest.way, newest.is_success, newest.user) == (LoginWay.PASSKEY, True, alice)


def test_passkey_is_the_second_step_after_a_password(
    page: Page, alice: User, photograph: Callable[[Page, str], Path]
) -> None:
    plug_in(page)
    log_in(page, str(alice.email), PASSWORD)
    add_passkey(page, "我的手机")
    log_out(page)

    page.goto("/account/login/")
    page.locator("input[name=login]").fill(str(alice.email))
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("两步验证")
    expect(page.get_by_role("button", name="退出")).to_have_count(0)
    photograph(page, "second-step")
    page.get_by_role("button", name="用通行密钥").click()

    expect(page.get_by_role("button", name="退出")).to_be_visible()


def test_passkey_confirms_something_sensitive_and_is_removed(page: Page, alice: User) -> None:
    plug_in(page)
    log_in(page, str(alice.email), PASSWORD)
    add_passkey(page, "旧手机")
    log_out(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()

    key = Authenticator.objects.get(type="webauthn")
    removal = f"/account/2fa/webauthn/keys/{key.pk}/remove/"
    page.goto(f"/account/2fa/webauthn/reauthenticate/?next={removal}")
    page.get_by_role("button", name="用通行密钥确认").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("移除通行密钥")
    page.get_by_role("button", name="移除", exact=True).click()

    expect(page.locator("main")).to_contain_text("还没有通行密钥")
    assert not Authenticator.objects.exists()


def test_device_without_its_lock_opened_adds_nothing(page: Page, alice: User) -> None:
    plug_in(page, is_verified=False)
    log_in(page, str(alice.email), PASSWORD)
    page.goto("/account/2fa/webauthn/add/")
    confirm_password(page)

    page.get_by_role("button", name="添加", exact=True).click()

    expect(page.locator("[data-ui-passkey-note]")).to_contain_text("没有完成")
    assert not Authenticator.objects.exists()


def test_passkey_that_the_account_no_longer_has_is_refused(page: Page, alice: User) -> None:
    plug_in(page)
    log_in(page, str(alice.email), PASSWORD)
    add_passkey(page, "丢了的手机")
    log_out(page)
    Authenticator.objects.all().delete()

    page.goto("/account/login/")
    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page.locator(".ui-messages")).to_contain_text("通行密钥没有通过")
    expect(page.get_by_role("button", name="退出")).to_have_count(0)


def test_registrar_without_second_factor_sets_one_up_first(
    page: Page,
    li: User,
    settings: Any,
    check_accessibility: Callable[[Page], None],
    photograph: Callable[[Page, str], Path],
) -> None:
    settings.STAFF_SECOND_FACTOR = "required"
    plug_in(page)
    page.goto("/account/login/?next=/admin/")
    page.locator("input[name=login]").fill(str(li.email))
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("先打开两步验证")
    check_accessibility(page)
    photograph(page, "second-factor-first")

    page.get_by_role("link", name="添加通行密钥").click()
    confirm_password(page)
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("备用码")
    page.goto("/admin/")

    expect(page).to_have_url(re.compile(r"/admin/$"))
    expect(page.locator("body")).to_contain_text("工作台")


def test_staff_bound_to_the_campus_login_cannot_use_a_passkey(
    page: Page, li: User, settings: Any
) -> None:
    plug_in(page)
    log_in(page, str(li.email), PASSWORD)
    add_passkey(page, "办公室电脑")
    log_out(page)
    settings.SINGLE_SIGN_ON = SingleSignOn(
        issuer="https://sso.example.edu.cn",
        client_id="xuexin",
        client_secret="secret",
        name="校园统一认证",
        trusts_email=True,
    )
    settings.STAFF_LOGIN = "sso"

    page.goto("/account/login/")
    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page.locator(".ui-messages")).to_contain_text("只能从「校园统一认证」登录")
    expect(page.get_by_role("button", name="退出")).to_have_count(0)


def test_login_page_works_without_a_script(new_page: Callable[..., Page], alice: User) -> None:
    page = new_page(javascript=False)
    page.goto("/account/login/")

    expect(page.get_by_role("button", name="用通行密钥登录")).to_have_count(0)
    log_in(page, str(alice.email), PASSWORD)
    page.goto("/account/2fa/webauthn/add/")
    confirm_password(page)
    expect(page.locator("main")).to_contain_text("关掉了 JavaScript")


def test_log_in_page_left_open_leads_to_a_fresh_one(
    new_page: Callable[..., Page], alice: User
) -> None:
    """Somebody logged in and out in another tab meanwhile."""
    page = new_page()
    page.goto("/account/login/")
    other = page.context.new_page()
    other.goto("/account/login/")
    for field, text in (("login", str(alice.email)), ("password", PASSWORD)):
        other.locator(f"input[name={field}]").fill(text)
        page.locator(f"input[name={field}]").fill(text)
    other.get_by_role("button", name="登录", exact=True).click()
    other.get_by_role("button", name="退出").first.click()
    expect(other.get_by_role("link", name="登录").first).to_be_visible()

    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.locator("main")).to_contain_text("请再填一次密码")
    log_in(page, str(alice.email), PASSWORD)
