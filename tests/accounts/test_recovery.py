"""Codes to log in and to set a new password; changing contacts; nothing told to strangers."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from common.models import OutboxMessage
from tests.accounts.entrance import (
    STRONG,
    activation_path,
    deliver,
    is_logged_in,
    last_mail,
    log_in,
    sms_code,
    sms_texts,
)
from tests.factories.captcha import solved
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL, PHONE = "ruoxi@example.test", "+8613800138000"
NEW = "Lake9-quiet%stone"


def mail_code() -> str:
    """The code in the newest mail."""
    found = re.search(r"验证码：(\d{6})", last_mail())
    assert found is not None
    return found[1]


def test_password_is_reset_by_a_code_from_the_mail() -> None:
    make_user(EMAIL, password=STRONG)
    browser = Client()

    browser.post("/account/password/reset/", {"contact": EMAIL})
    deliver()
    browser.post("/account/password/reset/confirm/", {"code": mail_code()})
    done = browser.post(
        "/account/password/reset/complete/", {"password1": NEW, "password2": NEW}, follow=True
    )

    assert "新密码已设好" in done.content.decode()
    assert User.objects.get().check_password(NEW)


def test_reset_of_an_unknown_address_answers_the_same() -> None:
    make_user(EMAIL)

    known = Client().post("/account/password/reset/", {"contact": EMAIL})
    unknown = Client().post("/account/password/reset/", {"contact": "no@example.test"})
    deliver()

    assert known["Location"] == unknown["Location"]
    assert mail.outbox[-1].to == ["no@example.test"]
    assert "没有账号" in last_mail()


def test_phone_user_logs_in_by_code_and_sets_a_new_password() -> None:
    make_user(phone=PHONE, password=STRONG)
    browser = Client()

    browser.post("/account/login/code/", {"contact": "138 0013 8000"})
    deliver()
    response = browser.post("/account/login/code/confirm/", {"code": sms_code()})
    assert response["Location"] == "/"
    assert "直接设新密码" in browser.get("/account/").content.decode()
    browser.post("/account/password/renew/", {"password1": NEW, "password2": NEW})

    assert User.objects.get().check_password(NEW)
    assert browser.get("/account/").status_code == 200
    deliver()
    assert "设了新密码" in sms_texts()[0]


def test_resent_login_code_is_the_same() -> None:
    make_user(phone=PHONE)
    browser = Client()
    browser.post("/account/login/code/", {"contact": "13800138000"})
    deliver()
    first = sms_code()

    browser.post("/account/login/code/confirm/", {"action": "resend"})
    deliver()

    assert (len(sms_texts()), sms_code()) == (2, first)


def test_renewing_without_a_fresh_code_asks_for_the_old_password() -> None:
    make_user(EMAIL, password=STRONG)
    browser = Client()
    log_in(browser, EMAIL)

    assert browser.get("/account/password/renew/")["Location"] == "/account/password/change/"


def test_login_code_for_an_unproved_address_tells_only_that_there_is_none() -> None:
    user = User.objects.create_user(EMAIL, STRONG)
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=False)

    browser = Client()
    response = browser.post("/account/login/code/", {"contact": EMAIL})
    deliver()

    assert response["Location"] == "/account/login/code/confirm/"
    assert "没有账号" in last_mail()


def test_fifth_wrong_login_code_ends_it() -> None:
    make_user(phone=PHONE)
    browser = Client()
    browser.post("/account/login/code/", {"contact": "13800138000"})
    deliver()
    code = sms_code()
    other = f"{(int(code) + 1) % 1_000_000:06d}"

    for _ in range(5):
        browser.post("/account/login/code/confirm/", {"code": other})
    browser.post("/account/login/code/confirm/", {"code": code})

    assert not is_logged_in(browser)


def test_password_change_knows_own_name_and_number() -> None:
    user = make_user(EMAIL, password=STRONG)
    make_identity(user, name="沈若溪", number=make_number(2))
    browser = Client()
    log_in(browser, EMAIL)

    for bad in ("Shenruoxi-2026!", "Ruoxishen#88a", "沈若溪-Tree77", "Tree#188603Xy"):
        data = {"oldpassword": STRONG, "password1": bad, "password2": bad}
        page = browser.post("/account/password/change/", data).content.decode()
        assert "密码里有你自己的" in page
    good = {"oldpassword": STRONG, "password1": NEW, "password2": NEW}
    assert browser.post("/account/password/change/", good)["Location"] == "/account/"
    deliver()
    assert mail.outbox[-1].subject == "【毕业核对】密码已经改了"


def reauthenticated(email: str) -> Client:
    """A browser whose password was asked once more."""
    browser = Client()
    log_in(browser, email)
    browser.post("/account/reauthenticate/", {"password": STRONG})
    return browser


def test_email_changes_after_the_new_one_is_confirmed() -> None:
    user = make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    browser.post("/account/email/", {"email": "new@example.test", "action_add": "1"})
    deliver()
    user.refresh_from_db()
    assert user.email == EMAIL
    browser.post(activation_path())
    deliver()

    user.refresh_from_db()
    assert user.email == "new@example.test"
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["new@example.test"]
    assert mail.outbox[-1].to == [EMAIL]


def test_sensitive_change_asks_for_the_password_again() -> None:
    make_user(EMAIL, password=STRONG)
    browser = Client()
    log_in(browser, EMAIL)

    response = browser.post("/account/email/", {"email": "new@example.test", "action_add": "1"})

    assert response["Location"].startswith("/account/reauthenticate/")
    assert OutboxMessage.objects.count() == 0


def test_phone_is_added_by_its_code() -> None:
    user = make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    browser.post("/account/phone/change/", {"phone": "+852 9123 4567"})
    deliver()
    browser.post("/account/phone/verify/", {"code": sms_code()})

    user.refresh_from_db()
    assert user.phone == "+85291234567"
    assert user.phone_verified_at is not None


def test_phone_of_somebody_else_is_not_told_and_not_taken() -> None:
    make_user(phone=PHONE)
    user = make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    browser.post("/account/phone/change/", {"phone": "13800138000"})
    deliver()
    browser.post("/account/phone/verify/", {"code": sms_code()})

    user.refresh_from_db()
    assert user.phone is None


def test_last_way_to_log_in_stays() -> None:
    make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    browser.post("/account/email/", {"email": EMAIL, "action_remove": "1"})

    assert EmailAddress.objects.filter(email=EMAIL, verified=True).exists()


def test_limits_are_counted_per_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(phone=PHONE)
    now = time.time()

    pages = []
    for step in range(4):
        monkeypatch.setattr(time, "time", lambda step=step: now + 40 * step)
        asked = {"contact": "13800138000", **solved()}
        pages.append(Client().post("/account/login/code/", asked))

    assert [page.status_code for page in pages] == [302, 302, 302, 200]
    assert "试的次数太多了" in pages[3].content.decode()
