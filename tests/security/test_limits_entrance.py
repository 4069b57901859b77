"""Limits of the entrance hold against many addresses, and one address does not lock out the rest."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.adapters.entry import FAILED_OF_ADDRESS, FAILED_OF_LOGIN
from common.cachekeys import keyed
from common.ratelimit import hit
from tests.accounts.entrance import STRONG, is_logged_in, log_in
from tests.factories.captcha import solved
from tests.factories.people import make_number, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL, PHONE = "ruoxi@example.test", "+8613800138000"
WRONG = "Wrong-pass-7!"


def elsewhere(number: int) -> Client:
    """A browser at another address each time."""
    return Client(REMOTE_ADDR=f"203.0.{number // 250}.{number % 250}")


def test_guessing_from_many_addresses_meets_the_picture_then_the_lock() -> None:
    make_user(EMAIL, password=STRONG)

    pages = [log_in(elsewhere(n), EMAIL, WRONG).content.decode() for n in range(4)]
    assert ["captcha_1" in page for page in pages] == [False, False, True, True]
    for n in range(4, 8):
        log_in(elsewhere(n), EMAIL, WRONG, **solved())

    browser = elsewhere(99)
    assert "试的次数太多了" in log_in(browser, EMAIL, STRONG, **solved()).content.decode()
    assert not is_logged_in(browser)


def test_right_password_without_the_picture_does_not_get_in() -> None:
    make_user(EMAIL, password=STRONG)
    for n in range(3):
        log_in(elsewhere(n), EMAIL, WRONG)

    browser = elsewhere(9)
    log_in(browser, EMAIL)
    assert not is_logged_in(browser)
    log_in(browser, EMAIL, STRONG, **solved())
    assert is_logged_in(browser)


def test_blind_person_logs_in_by_code_without_a_picture() -> None:
    make_user(phone=PHONE, password=STRONG)
    for n in range(3):
        log_in(elsewhere(n), PHONE, WRONG)

    page = log_in(elsewhere(4), PHONE, WRONG).content.decode()
    asked = elsewhere(4).post("/account/login/code/", {"contact": PHONE})

    assert '<a href="/account/login/code/">用验证码登录</a>' in page
    assert asked["Location"] == "/account/login/code/confirm/"


def test_one_address_that_tries_many_people_meets_the_picture() -> None:
    browser = Client()
    for n in range(20):
        log_in(browser, f"person{n}@example.test", WRONG)

    assert 'name="captcha_1"' in browser.get("/account/login/").content.decode()
    assert 'name="captcha_1"' not in elsewhere(1).get("/account/login/").content.decode()


def test_failures_of_one_address_end_its_minute_and_nobody_elses() -> None:
    make_user(EMAIL, password=STRONG)
    for _ in range(FAILED_OF_ADDRESS.amount - 1):
        hit(FAILED_OF_ADDRESS, "203.0.0.1", now=timezone.now())
    log_in(elsewhere(1), "nobody@example.test", WRONG)

    here = elsewhere(1)
    assert "试的次数太多了" in log_in(here, EMAIL, STRONG).content.decode()
    assert not is_logged_in(here)
    other = elsewhere(2)
    log_in(other, EMAIL, STRONG)
    assert is_logged_in(other)


def test_right_passwords_count_as_no_failure() -> None:
    make_user(EMAIL, password=STRONG)

    for _ in range(FAILED_OF_LOGIN.amount + 1):
        browser = Client()
        log_in(browser, EMAIL, STRONG)
        assert is_logged_in(browser)


def test_spellings_of_one_contact_share_one_count() -> None:
    for login in ("13800138000", "+86 138-0013-8000", "008613800138000"):
        log_in(Client(), login, WRONG)

    assert "captcha_1" in log_in(Client(), "１３８００１３８０００", WRONG).content.decode()


@pytest.mark.parametrize("path", ["/account/login/code/", "/account/password/reset/"])
def test_codes_to_one_contact_are_few_from_many_addresses(path: str) -> None:
    answers = [
        elsewhere(n).post(path, {"contact": EMAIL, **solved()}).status_code for n in range(5)
    ]

    assert answers[:3] == [302, 302, 302]
    assert 302 not in answers[3:]


def test_numbers_are_looked_up_sixty_times_an_hour_from_one_address() -> None:
    answers = [
        Client()
        .post("/account/recover/", {"name": "沈若溪", "number": make_number(n), **solved()})
        .status_code
        for n in range(62)
    ]

    assert answers[:60] == [200] * 60
    assert 429 in answers[60:]


def test_limits_are_stored_under_the_sites_own_key(settings: Any) -> None:
    key = "allauth:rl:allauth.account:login_failed:5/300/key:abc"

    first = keyed(key, "", 1)
    settings.SECRET_KEY = "another"
    assert "abc" not in first
    assert keyed(key, "", 1) != first
    assert keyed("other", "p", 1) == "p:1:other"
