"""A new password by SMS in one flow; the login name by document number and name."""

import pytest
from captcha.models import CaptchaStore
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.services.recovery import RECOVERIES_PER_NUMBER, RECOVERIES_PER_NUMBER_HERE
from common.models import AuditEvent, OutboxMessage
from tests.accounts.entrance import (
    STRONG,
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

EMAIL, PHONE, NUMBER, NAME = "ruoxi@example.test", "+8613800138000", make_number(2), "沈若溪"
NEW = "Lake9-quiet%stone"


def ask_code(browser: Client, contact: str, **more: str):
    """Post the page for a forgotten password."""
    return browser.post("/account/password/reset/", {"contact": contact, **more})


def recover(browser: Client, *, name: str = NAME, number: str = NUMBER, **more: str):
    """Post the page for a forgotten login name, with the picture solved."""
    data = {"name": name, "number": number, **solved(), **more}
    return browser.post("/account/recover/", data)


def test_password_is_set_anew_by_sms_in_one_flow() -> None:
    make_user(phone=PHONE, password=STRONG)
    browser = Client()

    asked = ask_code(browser, "138 0013 8000")
    deliver()
    page = browser.get(asked["Location"]).content.decode()
    browser.post("/account/password/reset/confirm/", {"code": sms_code()})
    new = {"password1": NEW, "password2": NEW}
    done = browser.post("/account/password/reset/complete/", new, follow=True)

    assert PHONE in page
    assert "没收到验证码" in page
    assert "新密码已设好" in done.content.decode()
    assert User.objects.get().check_password(NEW)
    deliver()
    assert "密码" in sms_texts()[0]
    assert not is_logged_in(browser)


def test_new_password_may_not_hold_the_phone() -> None:
    make_user(phone=PHONE, password=STRONG)
    browser = Client()
    ask_code(browser, "13800138000")
    deliver()
    browser.post("/account/password/reset/confirm/", {"code": sms_code()})

    bad = {"password1": "x-13800138000", "password2": "x-13800138000"}
    page = browser.post("/account/password/reset/complete/", bad).content.decode()

    assert "密码里有你自己的" in page


def test_wrong_code_sets_nothing_and_the_sixth_try_starts_anew() -> None:
    make_user(phone=PHONE, password=STRONG)
    browser = Client()
    ask_code(browser, "13800138000")
    deliver()
    code = sms_code()
    other = f"{(int(code) + 1) % 1_000_000:06d}"

    for _ in range(5):
        browser.post("/account/password/reset/confirm/", {"code": other})
    browser.post("/account/password/reset/confirm/", {"code": code})
    answer = browser.get("/account/password/reset/complete/")

    assert answer["Location"] == "/account/password/reset/"


def test_code_asked_for_twice_in_one_browser_is_one_code() -> None:
    make_user(phone=PHONE)
    browser = Client()

    ask_code(browser, "13800138000")
    deliver()
    first = sms_code()
    ask_code(browser, "13800138000")
    deliver()

    assert len(sms_texts()) == 2
    assert sms_code() == first


def test_code_of_another_browser_is_another_code() -> None:
    make_user(phone=PHONE)
    codes = set()
    for _ in range(2):
        ask_code(Client(), "13800138000")
        deliver()
        codes.add(sms_code())

    assert len(codes) == 2


def test_tries_with_the_old_password_are_forgotten_after_a_reset() -> None:
    make_user(phone=PHONE, password=STRONG)
    for _ in range(5):
        log_in(Client(), "13800138000", "Wrong-pass-7!", **solved())
    browser = Client()
    ask_code(browser, "13800138000")
    deliver()
    browser.post("/account/password/reset/confirm/", {"code": sms_code()})
    browser.post("/account/password/reset/complete/", {"password1": NEW, "password2": NEW})

    log_in(browser, "13800138000", NEW, **solved())

    assert is_logged_in(browser)


def test_third_code_within_ten_minutes_needs_the_picture_and_says_how_to_go_on() -> None:
    make_user(phone=PHONE)
    for _ in range(2):
        assert ask_code(Client(), "13800138000").status_code == 302

    page = ask_code(Client(), "+86 138 0013 8000").content.decode()

    assert 'name="captcha_1"' in page
    assert "看不见图的，过 10 分钟再来" in page
    assert ask_code(Client(), "13800138000", **solved(page)).status_code == 302


def test_document_number_is_no_place_for_a_code() -> None:
    assert "不填证件号码" in ask_code(Client(), NUMBER).content.decode()


def test_login_names_go_to_the_owner_and_are_shown_masked() -> None:
    user = make_user(EMAIL, phone=PHONE)
    make_identity(user, name=NAME, number=NUMBER)

    page = recover(Client(), number=f"{NUMBER[:6]} {NUMBER[6:]}".lower()).content.decode()
    deliver()

    assert "r****@example.test" in page
    assert "8000" in page
    assert EMAIL not in page
    assert "13800138000" not in page
    assert mail.outbox[-1].to == [EMAIL]
    assert "能登录的是" in last_mail()
    assert "用这个手机号或邮箱 r****@example.test" in sms_texts()[0]
    event = AuditEvent.objects.get(action="account.login_names_asked")
    assert NUMBER not in str(event.details)


def test_login_names_need_the_picture() -> None:
    make_identity(make_user(EMAIL), name=NAME, number=NUMBER)
    data = {"name": NAME, "number": NUMBER}

    page = Client().post("/account/recover/", data).content.decode()

    assert 'name="captcha_1"' in page
    assert "example.test" not in page
    assert OutboxMessage.objects.count() == 0


@pytest.mark.parametrize(
    "changes", [{"name": "沈若兮"}, {"number": make_number(3)}], ids=["name", "number"]
)
def test_unknown_person_gets_the_same_page_and_nobody_a_message(changes: dict[str, str]) -> None:
    make_identity(make_user(EMAIL), name=NAME, number=NUMBER)

    known = recover(Client()).content.decode()
    unknown = [recover(Client(), **changes).content.decode() for _ in range(2)]

    assert "登录名会发到这里" in unknown[0]
    assert "example.test" not in unknown[0]
    assert contacts_of(unknown[0]) == contacts_of(unknown[1]) != []
    assert skeleton(known) == skeleton(unknown[0])
    deliver()
    assert [message.to for message in mail.outbox] == [[EMAIL]]
    assert sms_texts() == []


def contacts_of(page: str) -> list[str]:
    """The contacts that the page shows."""
    return [part.split("<")[0] for part in page.split('<li class="nb">')[1:]]


def skeleton(page: str) -> str:
    """The page without its contacts."""
    start, end = page.index('<li class="nb">'), page.rindex('<li class="nb">')
    return page[:start] + page[page.index("</li>", end) :]


def test_made_up_contacts_look_like_contacts() -> None:
    shown = [
        contact
        for serial in range(3)
        for contact in contacts_of(recover(Client(), number=make_number(serial)).content.decode())
    ]

    assert shown
    assert all("*" in contact for contact in shown)
    assert all(contact.startswith("+86") or "@" in contact for contact in shown)


def test_number_is_asked_three_times_a_day_from_one_place() -> None:
    make_identity(make_user(EMAIL), name=NAME, number=NUMBER)

    answers = [recover(Client()).status_code for _ in range(4)]

    assert RECOVERIES_PER_NUMBER_HERE.amount == 3
    assert answers == [200, 200, 200, 429]
    assert recover(Client(REMOTE_ADDR="203.0.113.9")).status_code == 200


def test_number_is_asked_ten_times_a_day_from_many_places() -> None:
    clients = [Client(REMOTE_ADDR=f"203.0.113.{last}") for last in range(11)]

    answers = [recover(client).status_code for client in clients]

    assert RECOVERIES_PER_NUMBER.amount == 10
    assert answers == [200] * 10 + [429]


def test_solved_picture_opens_the_page_once() -> None:
    browser = Client()
    answer = solved()
    data = {"name": NAME, "number": NUMBER, **answer}
    browser.post("/account/recover/", data)

    assert not CaptchaStore.objects.filter(hashkey=answer["captcha_0"]).exists()
    assert "照新的图填" in browser.post("/account/recover/", data).content.decode()
