"""Registration by phone: six digits, ten minutes, the same code again, five tries."""

import re
import time

import pytest
from django.test import Client

from accounts.models import User
from common.models import OutboxMessage
from tests.accounts.entrance import (
    STRONG,
    deliver,
    is_logged_in,
    log_in,
    register,
    sms_code,
    sms_texts,
)
from tests.factories.people import make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PHONE = "+8613800138000"


def verify(browser: Client, code: str):
    """Post the code."""
    return browser.post("/account/phone/verify/", {"code": code})


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize(
    "spelling", ["13800138000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"]
)
def test_any_spelling_is_one_phone(spelling: str) -> None:
    response = register(Client(), spelling)

    assert response["Location"] == "/account/phone/verify/"
    assert User.objects.get().phone == PHONE


def test_right_code_logs_in() -> None:
    browser = Client()
    register(browser, "13800138000")
    deliver()

    response = verify(browser, sms_code())

    assert response["Location"] == "/"
    assert is_logged_in(browser)
    assert User.objects.get().phone_verified_at is not None


def test_phone_account_is_not_stopped_by_the_mail_stage() -> None:
    make_user(phone=PHONE, password=STRONG)

    browser = Client()
    response = log_in(browser, "138 0013 8000")

    assert response["Location"] == "/"
    assert is_logged_in(browser)


def test_code_is_six_digits_and_encrypted_in_the_row() -> None:
    register(Client(), "13800138000")

    row = OutboxMessage.objects.get()
    assert re.fullmatch(r"\d{6}", row.secret_params["code"])
    assert row.recipient == PHONE
    assert row.params.keys() == {"at"}
    deliver()
    row.refresh_from_db()
    assert (row.recipient, row.secret_params) == (None, None)


def test_resend_sends_the_same_code(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client()
    register(browser, "13800138000")
    deliver()
    first = sms_code()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31)

    browser.post("/account/phone/verify/", {"action": "resend"})
    deliver()

    assert len(sms_texts()) == 2
    assert sms_code() == first
    assert verify(browser, first)["Location"] == "/"


def test_resend_within_half_a_minute_is_a_kind_answer() -> None:
    browser = Client()
    register(browser, "13800138000")

    response = browser.post("/account/phone/verify/", {"action": "resend"}, follow=True)

    assert "刚发过一次" in response.content.decode()
    assert OutboxMessage.objects.count() == 1


def test_fifth_wrong_code_ends_it() -> None:
    browser = Client()
    register(browser, "13800138000")
    deliver()
    code = sms_code()

    answers = [verify(browser, wrong(code)).status_code for _ in range(5)]

    assert answers == [200, 200, 200, 200, 302]
    assert verify(browser, code)["Location"] == "/account/login/"
    assert not is_logged_in(browser)


@pytest.mark.parametrize(("age", "works"), [(595, True), (605, False)])
def test_code_lives_ten_minutes(age: int, works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client()
    register(browser, "13800138000")
    deliver()
    code, now = sms_code(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + age)

    verify(browser, code)

    assert is_logged_in(browser) is works


def test_known_phone_answers_the_same_and_its_owner_is_told() -> None:
    make_user(phone=PHONE)

    browser = Client()
    response = register(browser, "13800138000")
    deliver()

    assert response["Location"] == "/account/phone/verify/"
    assert User.objects.count() == 1
    assert "已经注册过" in sms_texts()[0]
    assert verify(browser, "000000").status_code == 200


def test_second_click_is_led_to_the_code_page() -> None:
    browser = Client()
    register(browser, "13800138000")

    again = register(browser, "13800138000")

    assert again["Location"] == "/account/phone/verify/"
    assert User.objects.count() == 1


def test_unproved_claim_of_a_stranger_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    register(Client(), "13800138000", password="Stranger-9-pass!")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31)

    browser = Client()
    register(browser, "13800138000")
    deliver()
    verify(browser, sms_code())

    assert User.objects.get().check_password(STRONG)
    assert is_logged_in(browser)


@pytest.mark.parametrize("is_known", [True, False])
def test_who_typed_a_wrong_number_starts_anew(is_known: bool) -> None:
    if is_known:
        make_user(phone="+8613800138001")
    browser = Client()
    page = register(browser, "13800138001")
    page = browser.get(page["Location"]).content.decode()
    assert "手机号写错了" in page

    away = browser.post("/account/logout/", {"next": "/account/signup/"})
    assert away["Location"] == "/account/signup/"
    assert browser.get("/account/signup/").status_code == 200
    register(browser, "138 0013 8000")
    deliver()
    verify(browser, sms_code())

    assert User.objects.with_phone(PHONE).get().phone_verified_at is not None
    assert is_logged_in(browser)


def test_password_may_not_hold_the_phone() -> None:
    response = register(Client(), "13800138000", password="Zz#138001x")

    assert "密码里有你自己的" in response.content.decode()
    assert User.objects.count() == 0
