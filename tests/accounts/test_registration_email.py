"""Registration by e-mail: a link that only a person opens, once, within a day."""

import threading
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client

from accounts.adapters import AccountAdapter
from accounts.models import User
from accounts.states import CONSENT_VERSION
from common.models import AuditEvent, OutboxMessage
from tests.accounts.entrance import (
    STRONG,
    activation_path,
    deliver,
    is_logged_in,
    last_mail,
    log_in,
    register,
)
from tests.factories.captcha import solved
from tests.factories.people import make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL = "ruoxi@example.test"


def test_form_states_the_rule_before_typing() -> None:
    page = Client().get("/account/signup/").content.decode()

    assert "8 到 64 位" in page
    assert "字母、数字、符号三样都要有" in page
    assert 'name="contact"' in page
    assert 'name="email"' not in page
    assert 'name="phone"' not in page


def test_registering_queues_a_mail_with_encrypted_link() -> None:
    response = register(Client(), EMAIL)

    assert response.status_code == 302
    assert response["Location"] == "/account/confirm-email/"
    row = OutboxMessage.objects.get()
    assert row.template == "account_email_confirmation_signup"
    assert row.recipient == EMAIL
    assert "activate_url" in row.secret_params
    assert row.params.keys() == {"at"}
    assert mail.outbox == []


def test_delivered_mail_is_chinese_and_erased_from_the_row() -> None:
    register(Client(), EMAIL)

    deliver()

    assert mail.outbox[0].to == [EMAIL]
    assert mail.outbox[0].subject == "【毕业核对】激活你的账号"
    assert "24 小时内有效" in last_mail()
    row = OutboxMessage.objects.get()
    assert (row.recipient, row.secret_params) == (None, None)


def test_registering_keeps_consent_and_audit() -> None:
    register(Client(), EMAIL)

    user = User.objects.get()
    assert user.consented_at is not None
    assert user.consent_version == CONSENT_VERSION
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "consent.given",
        "account.registered",
    ]


def test_login_before_activation_goes_to_the_mail_page() -> None:
    register(Client(), EMAIL)

    browser = Client()
    response = log_in(browser, EMAIL)

    assert response["Location"] == "/account/confirm-email/"
    assert not is_logged_in(browser)


def test_opening_the_link_confirms_nothing() -> None:
    register(Client(), EMAIL)
    deliver()

    page = Client().get(activation_path())

    assert page.status_code == 200
    assert "确认，是我的邮箱" in page.content.decode()
    assert not EmailAddress.objects.get().verified


def test_confirming_in_the_same_browser_logs_in() -> None:
    browser = Client()
    register(browser, EMAIL)
    deliver()

    response = browser.post(activation_path())

    assert response["Location"] == "/"
    assert is_logged_in(browser)
    assert EmailAddress.objects.get().verified


def test_confirming_on_another_device_leads_to_the_login() -> None:
    register(Client(), EMAIL)
    deliver()

    other = Client()
    response = other.post(activation_path())

    assert response["Location"] == "/account/login/"
    assert not is_logged_in(other)
    log_in(other, EMAIL)
    assert is_logged_in(other)


def test_link_works_once() -> None:
    register(Client(), EMAIL)
    deliver()
    path = activation_path()
    Client().post(path)

    again = Client().get(path)

    assert "链接不能用了" in again.content.decode()
    assert Client().post(path).status_code == 404


@pytest.mark.parametrize(("age", "works"), [(24 * 3600 - 5, True), (24 * 3600 + 5, False)])
def test_link_lives_a_day(age: int, works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    register(Client(), EMAIL)
    deliver()
    path = activation_path()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + age)

    page = Client().get(path).content.decode()

    assert ("确认，是我的邮箱" in page) is works


def test_link_is_sent_again_at_most_once_a_minute() -> None:
    browser = Client()
    register(browser, EMAIL)

    first = browser.post("/account/activation/", {"email": EMAIL})

    assert first["Location"] == "/account/confirm-email/"
    assert OutboxMessage.objects.count() == 1  # within the minute of the first


def test_resending_answers_the_same_for_a_known_and_an_unknown_address() -> None:
    make_user("known@example.test")

    answers = []
    for address in ("known@example.test", "nobody@example.test"):
        browser = Client()
        response = browser.post("/account/activation/", {"email": address}, follow=True)
        answers.append(response.content.decode().replace(address, "…"))

    assert _without_tokens(answers[0]) == _without_tokens(answers[1])
    assert OutboxMessage.objects.count() == 2


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_registering_a_known_address_answers_the_same_and_tells_its_owner() -> None:
    make_user(EMAIL)

    response = register(Client(), EMAIL)
    deliver()

    assert response["Location"] == "/account/confirm-email/"
    assert User.objects.count() == 1
    assert mail.outbox[0].subject == "【毕业核对】这个邮箱已经注册过"
    assert "/account/password/reset/" in last_mail()


def test_unproved_claim_of_a_stranger_gives_way() -> None:
    register(Client(), EMAIL, password="Stranger-9-pass!")
    deliver()
    strangers_link = activation_path()

    owner = Client()
    register(owner, EMAIL)
    deliver()

    assert User.objects.get().check_password(STRONG)
    assert Client().post(strangers_link).status_code == 404
    owner.post(activation_path())
    assert is_logged_in(owner)


def test_second_click_goes_on_with_the_first() -> None:
    browser = Client()

    first = register(browser, EMAIL)
    user = User.objects.get()
    second = register(browser, EMAIL)
    deliver()

    assert first["Location"] == second["Location"]
    assert User.objects.get() == user
    assert len(mail.outbox) == 1
    browser.post(activation_path())
    assert is_logged_in(browser)


def test_registrations_of_one_contact_are_limited() -> None:
    for _ in range(10):
        register(Client(), EMAIL, **solved())

    page = register(Client(), EMAIL, **solved()).content.decode()

    assert "试的次数太多了" in page


@pytest.mark.django_db(transaction=True)
def test_four_clicks_at_once_make_one_account() -> None:
    start = threading.Barrier(4)
    answers: list[int] = []

    def click() -> None:
        browser = Client()
        start.wait()
        try:
            answers.append(register(browser, EMAIL).status_code)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert answers == [302] * 4
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"contact": "ruoxi@example"}, "邮箱地址写得不对"),
        ({"contact": "123"}, "这不像邮箱，也不像手机号"),
        ({"password2": "other-Pass-77"}, "两次输入的密码不一样"),
        ({"consent": ""}, "同意以后才能注册"),
        ({"password1": "abc", "password2": "abc"}, "密码里还缺数字和符号"),
        ({"password1": "Abc123456!", "password2": "Abc123456!"}, "这个密码太常见"),
        ({"password1": "ruoxi#Tree7-x", "password2": "ruoxi#Tree7-x"}, "密码里有你自己的"),
        ({"password1": "A1!" + "x" * 70, "password2": "A1!" + "x" * 70}, "密码要 8 到 64 位"),
    ],
)
def test_refusal_says_what_to_mend(changes: dict[str, str], sentence: str) -> None:
    data = {"contact": EMAIL, "password1": STRONG, "password2": STRONG, "consent": "on", **changes}

    response = Client().post("/account/signup/", {key: val for key, val in data.items() if val})

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert User.objects.count() == 0


def test_a_lost_race_is_not_counted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run again after another won, the fifth registration must not meet the picture it was let in without."""
    for _ in range(4):
        register(Client(), EMAIL)
    save = AccountAdapter.save_user
    races = [IntegrityError("another was first")]

    def lose_once(*args: Any, **kwargs: Any) -> User:
        if races:
            raise races.pop()
        return save(*args, **kwargs)

    monkeypatch.setattr(AccountAdapter, "save_user", lose_once)

    response = register(Client(), EMAIL)

    assert races == []
    assert response.status_code == 302
