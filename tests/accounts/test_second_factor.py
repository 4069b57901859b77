"""Authenticator apps and recovery codes, and the list of devices."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from accounts.adapters import MFAAdapter
from accounts.models import User
from tests.accounts.entrance import STRONG, is_logged_in, log_in
from tests.factories.people import make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL = "li@example.test"


def code_now(secret: str) -> str:
    """What the app on the phone shows."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


@pytest.fixture
def browser() -> Client:
    """A person who has just typed the password again."""
    make_user(EMAIL, password=STRONG)
    client = Client()
    log_in(client, EMAIL)
    client.post("/account/reauthenticate/", {"password": STRONG})
    return client


def activate(browser: Client) -> str:
    """Switch the second factor on; returns the secret."""
    page = browser.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    browser.post("/account/2fa/totp/activate/", {"code": code_now(secret)})
    return str(secret)


def test_activating_asks_for_the_password_first() -> None:
    make_user(EMAIL, password=STRONG)
    client = Client()
    log_in(client, EMAIL)

    response = client.get("/account/2fa/totp/activate/")

    assert response["Location"].startswith("/account/reauthenticate/")


def test_picture_of_the_secret_obeys_the_content_policy(browser: Client) -> None:
    page = browser.get("/account/2fa/totp/activate/").content.decode()

    assert "<svg" in page
    assert "data:image" not in page
    assert "style=" not in page


def test_secret_is_encrypted_in_the_database(browser: Client) -> None:
    secret = activate(browser)

    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret not in str(row.data)
    assert MFAAdapter().decrypt(row.data["secret"]) == secret


def test_login_asks_for_the_second_factor(browser: Client) -> None:
    secret = activate(browser)
    other = Client()

    response = log_in(other, EMAIL)
    assert response["Location"] == "/account/2fa/authenticate/"
    assert not is_logged_in(other)
    assert "两步验证" in other.get("/account/2fa/authenticate/").content.decode()
    other.post("/account/2fa/authenticate/", {"code": code_now(secret)})

    assert is_logged_in(other)


def test_recovery_code_replaces_the_app_once(browser: Client) -> None:
    activate(browser)
    page = browser.get("/account/2fa/recovery-codes/")
    codes = page.context["unused_codes"]
    assert len(codes) == 10

    for expected in (True, False):
        other = Client()
        log_in(other, EMAIL)
        other.post("/account/2fa/authenticate/", {"code": codes[0]})
        assert is_logged_in(other) is expected


@pytest.mark.parametrize(
    "path",
    [
        "/account/signup/passkey/",
        "/account/2fa/webauthn/signup/",
        "/account/2fa/trust/",
        "/account/3rdparty/",
        "/account/3rdparty/signup/",
        "/account/3rdparty/login/cancelled/",
        "/account/social/connections/",
        "/account/oidc/campus/login/",
    ],
)
def test_what_is_not_offered_is_not_there(browser: Client, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_recovery_codes_are_shown_once(browser: Client) -> None:
    activate(browser)
    first = browser.get("/account/2fa/recovery-codes/")
    codes = first.context["unused_codes"]
    assert len(codes) == 10
    shown = re.sub(r"<[^>]+>|\s", "", first.content.decode())
    assert all(code in shown for code in codes)
    assert first["Cache-Control"] == "no-store, private"

    again = re.sub(r"<[^>]+>|\s", "", browser.get("/account/2fa/recovery-codes/").content.decode())

    assert not any(code in again for code in codes)
    assert "还剩10个" in again
    assert browser.get("/account/2fa/recovery-codes/download/").status_code == 403


def test_person_with_a_second_factor_may_still_change_the_address(browser: Client) -> None:
    activate(browser)

    browser.post("/account/email/", {"action_add": "", "email": "new@example.test"})

    assert EmailAddress.objects.filter(email="new@example.test", verified=False).exists()


def test_other_devices_are_logged_out(browser: Client) -> None:
    other = Client()
    log_in(other, EMAIL)
    assert "登录过的设备" in browser.get("/account/sessions/").content.decode()

    browser.post("/account/sessions/")

    assert other.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/account/",
        "/account/email/",
        "/account/phone/change/",
        "/account/password/change/",
        "/account/reauthenticate/",
        "/account/2fa/",
        "/account/2fa/totp/deactivate/",
        "/account/2fa/recovery-codes/",
        "/account/2fa/recovery-codes/generate/",
        "/account/2fa/webauthn/",
        "/account/2fa/webauthn/add/",
        "/account/sessions/",
        "/account/logout/",
    ],
)
def test_page_is_in_our_clothes(browser: Client, path: str) -> None:
    activate(browser)

    page = browser.get(path).content.decode()

    assert 'class="ui-page' in page
    assert not page.split("<h1>")[1].split("</h1>")[0].isascii()


@pytest.mark.parametrize(
    "path",
    [
        "/account/login/",
        "/account/signup/",
        "/account/login/code/",
        "/account/password/reset/",
        "/account/confirm-email/",
        "/account/confirm-email/unknown-key/",
        "/account/activation/",
        "/account/privacy/",
        "/account/inactive/",
        "/account/password/reset/done/",
    ],
)
def test_open_page_is_in_our_clothes(db: None, path: str) -> None:
    page = Client().get(path).content.decode()

    assert 'class="ui-page' in page
    assert not page.split("<h1>")[1].split("</h1>")[0].isascii()


def test_account_without_a_password_sets_one(db: None) -> None:
    user = make_user(EMAIL)
    user.set_unusable_password()
    user.save()
    client = Client()
    client.force_login(user, backend="accounts.backends.AccountBackend")

    assert "设一个密码" in client.get("/account/password/set/").content.decode()
    client.post("/account/password/set/", {"password1": STRONG, "password2": STRONG})
    assert User.objects.get().check_password(STRONG)
