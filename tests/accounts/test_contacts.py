"""Adding, changing, removing contacts; a phone that now belongs to somebody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.policies import is_abandoned
from accounts.services import check_can_take_phone, prove_phone, remove_email, remove_phone
from accounts.states import Role
from common.errors import NotAllowedError
from common.models import AuditEvent, OutboxMessage
from tests.accounts.entrance import (
    STRONG,
    activation_path,
    deliver,
    is_logged_in,
    last_mail,
    log_in,
    register,
    sms_code,
    sms_texts,
)
from tests.factories.people import JOINED, make_staff, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NOW = datetime(2027, 9, 1, 2, 0, tzinfo=UTC)
EMAIL, PHONE = "ruoxi@example.test", "+8613800138000"
OLD = "old@example.test"


def reauthenticated(login: str) -> Client:
    """A browser whose password was asked once more."""
    browser = Client()
    log_in(browser, login)
    browser.post("/account/reauthenticate/", {"password": STRONG})
    return browser


def last_seen(user: User, days: int) -> User:
    """The account as if the last login was so many days before NOW."""
    User.objects.filter(pk=user.pk).update(
        last_login=NOW - timedelta(days=days), date_joined=JOINED
    )
    return User.objects.get(pk=user.pk)


def change_phone(browser: Client, phone: str):
    """Ask for a code to the phone and type it."""
    browser.post("/account/phone/change/", {"phone": phone})
    deliver()
    return browser.post("/account/phone/verify/", {"code": sms_code()})


def test_page_shows_both_and_how_to_go_on() -> None:
    make_user("ruoxi@stu.example.edu.cn", phone=PHONE, password=STRONG)
    browser = Client()
    log_in(browser, "13800138000")

    page = browser.get("/account/contacts/").content.decode()

    assert "ruoxi@stu.example.edu.cn" in page
    assert "+86*******8000" in page
    assert "学校邮箱毕业以后可能停用" in page
    assert "去掉邮箱" in page
    assert "去掉手机号" in page
    assert "/account/contacts/" in browser.get("/account/").content.decode()


def test_page_of_one_contact_offers_no_removal() -> None:
    make_user(EMAIL, password=STRONG)
    browser = Client()
    log_in(browser, EMAIL)

    page = browser.get("/account/contacts/").content.decode()

    assert "去掉邮箱" not in page
    assert "加一个手机号" in page
    assert "学校邮箱" not in page


def test_changed_phone_is_told_to_the_old_one_and_to_the_mail() -> None:
    make_user(EMAIL, phone=PHONE, password=STRONG)
    browser = reauthenticated(EMAIL)

    change_phone(browser, "139 0013 9000")
    deliver()

    user = User.objects.get()
    assert user.phone == "+8613900139000"
    assert any("换了登录手机号" in text for text in sms_texts())
    assert mail.outbox[-1].subject == "【毕业核对】登录手机号已经换了"
    assert "13900139000" not in last_mail()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("139 0013 9000", "+8613900139000"),
        ("+852 9123-4567", "+85291234567"),
        ("00853 6612 3456", "+85366123456"),
        ("+886 912 345 678", "+886912345678"),
        ("+44 7400 123456", "+447400123456"),
        ("＋８６１３９００１３９０００", "+8613900139000"),
    ],
    ids=["mainland", "hongkong", "macau", "taiwan", "britain", "full-width"],
)
def test_phones_from_anywhere_in_any_spelling(typed: str, kept: str) -> None:
    make_user(EMAIL, password=STRONG)

    change_phone(reauthenticated(EMAIL), typed)

    assert User.objects.get().phone == kept


def test_added_mail_is_told_to_the_phone() -> None:
    make_user(phone=PHONE, password=STRONG)
    browser = reauthenticated("13800138000")

    browser.post("/account/email/", {"email": EMAIL, "action_add": "1"})
    deliver()
    browser.post(activation_path())
    deliver()

    assert User.objects.get().email == EMAIL
    assert "确认了邮箱 r****@example.test" in sms_texts()[0]


def test_email_of_somebody_else_is_neither_told_nor_taken() -> None:
    make_user(OLD)
    make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    answers = [
        browser.post("/account/email/", {"email": email, "action_add": "1"})
        for email in (OLD, "free@example.test")
    ]

    assert answers[0].status_code == answers[1].status_code == 302
    assert EmailAddress.objects.get(email=OLD, verified=True).user.email == OLD


@pytest.mark.parametrize("kind", ["email", "phone"])
def test_one_of_two_contacts_is_removed_and_both_are_told(kind: str) -> None:
    user = make_user(EMAIL, phone=PHONE, password=STRONG)
    browser = reauthenticated(EMAIL)

    asked = browser.get(f"/account/contacts/remove/{kind}/").content.decode()
    done = browser.post(f"/account/contacts/remove/{kind}/")
    deliver()

    assert "去掉登录用的" in asked
    assert done["Location"] == "/account/contacts/"
    user.refresh_from_db()
    assert (user.email, user.phone) == ((None, PHONE) if kind == "email" else (EMAIL, None))
    assert "去掉了" in sms_texts()[0]
    assert "去掉了" in last_mail()
    assert AuditEvent.objects.filter(action=f"account.{kind}_removed").count() == 1
    other = Client()
    log_in(other, EMAIL if kind == "email" else "13800138000")
    assert not is_logged_in(other)


def test_removing_asks_for_the_password_again() -> None:
    make_user(EMAIL, phone=PHONE, password=STRONG)
    browser = Client()
    log_in(browser, EMAIL)

    for answer in (
        browser.get("/account/contacts/remove/phone/"),
        browser.post("/account/contacts/remove/phone/"),
    ):
        assert answer["Location"].startswith("/account/reauthenticate/")
    assert User.objects.get().phone == PHONE


def test_last_contact_is_not_removed() -> None:
    make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    page = browser.post("/account/contacts/remove/email/", follow=True).content.decode()

    assert "唯一的登录方式，先加一个手机号" in page
    assert User.objects.get().email == EMAIL


def test_an_unproved_contact_does_not_count_as_another_way_in() -> None:
    user = make_user(EMAIL, phone=PHONE)
    User.objects.update(phone_verified_at=None)
    user.refresh_from_db()

    with pytest.raises(NotAllowedError, match="唯一"):
        remove_email(user=user, now=NOW)
    EmailAddress.objects.update(verified=False)
    User.objects.update(phone_verified_at=JOINED)
    with pytest.raises(NotAllowedError, match="唯一"):
        remove_phone(user=User.objects.get(), now=NOW)


def test_removing_twice_is_harmless_and_told_once() -> None:
    user = make_user(EMAIL, phone=PHONE)

    for _ in range(2):
        remove_phone(user=user, now=NOW)

    assert OutboxMessage.objects.filter(template="account_phone_removed").count() == 2


def test_phone_of_an_abandoned_account_goes_to_who_holds_it_now() -> None:
    old = last_seen(make_user(OLD, phone=PHONE), days=400)
    user = make_user(EMAIL)

    prove_phone(user=user, phone=PHONE, now=NOW)

    user.refresh_from_db()
    old.refresh_from_db()
    assert (user.phone, old.phone, old.phone_verified_at) == (PHONE, None, None)
    assert old.email == OLD
    event = AuditEvent.objects.get(action="account.phone_taken")
    assert (event.object_id, event.actor_id) == (str(old.pk), str(user.pk))
    told = OutboxMessage.objects.get(template="account_phone_taken")
    assert told.recipient == OLD
    assert PHONE not in str(told.params)


def test_mail_to_the_old_owner_says_what_happened() -> None:
    last_seen(make_user(OLD, phone=PHONE), days=4000)
    make_user(EMAIL, password=STRONG)

    change_phone(reauthenticated(EMAIL), "13800138000")
    deliver()

    assert User.objects.get(email=EMAIL).phone == PHONE
    texts = {message.to[0]: message.body for message in mail.outbox}
    assert "现在由别人使用" in texts[OLD]
    assert "13800138000" not in texts[OLD]


@pytest.mark.parametrize("days", [0, 364])
def test_phone_of_a_used_account_stays_and_the_way_is_told(days: int) -> None:
    old = last_seen(make_user(OLD, phone=PHONE), days=days)
    user = make_user(EMAIL)

    with pytest.raises(NotAllowedError, match="带证件和手机找教务处学籍科"):
        prove_phone(user=user, phone=PHONE, now=NOW)

    old.refresh_from_db()
    assert old.phone == PHONE


def test_phone_that_is_the_only_way_to_an_account_stays() -> None:
    old = last_seen(make_user(phone=PHONE), days=4000)

    assert not is_abandoned(old, now=NOW)
    with pytest.raises(NotAllowedError, match="另一个账号"):
        check_can_take_phone(user=make_user(EMAIL), phone=PHONE, now=NOW)


def test_phone_of_a_working_account_is_never_taken() -> None:
    staff = last_seen(make_staff(Role.REGISTRAR, OLD), days=4000)

    assert not is_abandoned(staff, now=NOW)


def test_refusal_is_seen_by_who_shows_the_code_only() -> None:
    make_user(phone=PHONE)
    make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    asked = browser.post("/account/phone/change/", {"phone": "13800138000"}, follow=True)
    deliver()
    wrong = f"{(int(sms_code()) + 1) % 1_000_000:06d}"
    guessed = browser.post("/account/phone/verify/", {"code": wrong}).content.decode()
    shown = browser.post("/account/phone/verify/", {"code": sms_code()}).content.decode()

    assert "另一个账号" not in asked.content.decode()
    assert "另一个账号" not in guessed
    assert "正用在另一个账号上" in shown


def test_owner_of_a_recycled_phone_is_told_the_way_at_registration() -> None:
    make_user(phone=PHONE)

    register(Client(), "13800138000")
    deliver()

    assert "账号不是你的：用邮箱注册" in sms_texts()[0]


def test_phone_gets_so_many_sms_a_day(settings: Any) -> None:
    settings.SMS_PER_DAY = 3
    settings.ACCOUNT_RATE_LIMITS = {"verify_phone": "99/m/key", "change_phone": "99/m/user"}
    make_user(EMAIL, password=STRONG)
    browser = reauthenticated(EMAIL)

    pages = [browser.post("/account/phone/change/", {"phone": "+85291234567"}) for _ in range(4)]
    deliver()

    assert [page.status_code for page in pages] == [302, 302, 302, 200]
    assert "一天里要的短信太多了" in pages[3].content.decode()
    assert len(sms_texts()) == 3
