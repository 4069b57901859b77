"""Login by e-mail, phone or document number; limits, sessions, the way out."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.states import NumberSource, Role
from common.models import AuditEvent
from tests.accounts import hashing
from tests.accounts.entrance import STRONG, is_logged_in, log_in
from tests.factories.captcha import solved
from tests.factories.people import make_identity, make_number, make_staff, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

EMAIL, PHONE, NUMBER = "ruoxi@example.test", "+8613800138000", make_number(2)


@pytest.fixture
def ruoxi() -> User:
    """A person with all three login names."""
    user = make_user(EMAIL, phone=PHONE, password=STRONG)
    identity = make_identity(user, number=NUMBER)
    identity.numbers.update(source=NumberSource.ROSTER)
    return user


@pytest.mark.parametrize(
    "login",
    [
        EMAIL,
        " Ruoxi@Example.Test ",
        "13800138000",
        "+86 138-0013-8000",
        "008613800138000",
        NUMBER,
        f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} ",
        NUMBER.lower(),
    ],
)
def test_every_login_name_in_any_spelling(ruoxi: User, login: str) -> None:
    browser = Client()

    response = log_in(browser, login)

    assert response["Location"] == "/"
    assert int(browser.session["_auth_user_id"]) == ruoxi.pk


@pytest.mark.parametrize("login", [EMAIL, "13800138000", NUMBER, "nobody@example.test", "x"])
def test_wrong_password_and_unknown_login_get_one_answer(ruoxi: User, login: str) -> None:
    page = log_in(Client(), login, "Wrong-pass-7!").content.decode()

    assert "账号或密码不对。" in page


def test_number_ends_the_chain_after_one_hash_whether_known_or_not(
    ruoxi: User, settings: pytest.FixtureRequest
) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]  # type: ignore[attr-defined]
    costs = []
    for number in (NUMBER, make_number(9)):
        hashing.calls.clear()
        with CaptureQueriesContext(connection) as queries:
            log_in(Client(), number, "Wrong-pass-7!")
        costs.append((len(hashing.calls), len(queries)))

    assert costs[0] == costs[1]
    assert costs[0][0] == 1


@pytest.mark.parametrize("login", [EMAIL, "13800138000", "no@example.test", "13900139000"])
def test_mail_and_phone_cost_one_hash_too(
    ruoxi: User, settings: pytest.FixtureRequest, login: str
) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.hashing.CountingHasher"]  # type: ignore[attr-defined]
    hashing.calls.clear()

    log_in(Client(), login, "Wrong-pass-7!")

    assert len(hashing.calls) == 1


def test_number_that_was_only_declared_logs_nobody_in(ruoxi: User) -> None:
    ruoxi.identity.numbers.update(source=NumberSource.DECLARED)
    browser = Client()

    log_in(browser, NUMBER)

    assert "_auth_user_id" not in browser.session


def test_number_that_is_claimed_but_not_held_logs_nobody_in(ruoxi: User) -> None:
    other = make_user("other@example.test", password=STRONG)
    identity = make_identity(other, number=make_number(77))
    identity.numbers.update(superseded_at=timezone.now())

    browser = Client()
    log_in(browser, make_number(77))

    assert not is_logged_in(browser)


def test_inactive_account_stays_out(ruoxi: User) -> None:
    User.objects.filter(pk=ruoxi.pk).update(is_active=False)

    for login in (EMAIL, "13800138000", NUMBER):
        browser = Client()
        log_in(browser, login)
        assert not is_logged_in(browser)


@pytest.mark.parametrize("login", [EMAIL, "13800138000", NUMBER])
def test_sixth_try_is_refused_even_with_the_right_password(ruoxi: User, login: str) -> None:
    for _ in range(5):
        log_in(Client(), login, "Wrong-pass-7!", **solved())

    browser = Client()
    page = log_in(browser, login, **solved()).content.decode()

    assert "试的次数太多了" in page
    assert not is_logged_in(browser)


@pytest.mark.parametrize(
    ("tried", "own"), [("1390013900{}", "13800138000"), ("99010118860312{:04d}", NUMBER)]
)
def test_bad_logins_of_strangers_lock_nobody_else_out(ruoxi: User, tried: str, own: str) -> None:
    for serial in range(6):
        client = Client(REMOTE_ADDR=f"203.0.113.{serial}")
        log_in(client, tried.format(serial), "Wrong-pass-7!")

    browser = Client()
    log_in(browser, own)

    assert is_logged_in(browser)


def test_session_ends_with_the_browser(ruoxi: User) -> None:
    browser = Client()
    response = log_in(browser, EMAIL)

    assert browser.session.get_expire_at_browser_close()
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""


def test_remembered_device_stays_two_weeks(ruoxi: User) -> None:
    browser = Client()
    response = log_in(browser, EMAIL, remember="on")

    assert not browser.session.get_expire_at_browser_close()
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 14 * 24 * 3600


@pytest.mark.parametrize(("minutes", "is_out"), [(29, False), (31, True)])
def test_idle_session_ends(ruoxi: User, minutes: int, is_out: bool) -> None:
    browser = Client()
    log_in(browser, EMAIL)
    browser.get("/account/")
    session = browser.session
    session["seen_at"] = (timezone.now() - timedelta(minutes=minutes)).timestamp()
    session.save()

    response = browser.get("/account/")

    assert (response.status_code == 302) is is_out


def test_remembered_session_does_not_idle_out(ruoxi: User) -> None:
    browser = Client()
    log_in(browser, EMAIL, remember="on")
    session = browser.session
    session["seen_at"] = (timezone.now() - timedelta(hours=5)).timestamp()
    session.save()

    assert browser.get("/account/").status_code == 200


def test_logging_out_is_explicit_and_says_so(ruoxi: User) -> None:
    browser = Client()
    log_in(browser, EMAIL)

    asked = browser.get("/account/logout/")
    assert is_logged_in(browser)
    assert "退出" in asked.content.decode()

    page = browser.post("/account/logout/", follow=True).content.decode()
    assert not is_logged_in(browser)
    assert "已退出" in page


def test_personal_pages_are_not_kept(ruoxi: User) -> None:
    browser = Client()
    log_in(browser, EMAIL)

    assert "no-store" in browser.get("/account/")["Cache-Control"]


def test_logins_and_logouts_leave_a_trail(ruoxi: User) -> None:
    browser = Client()
    log_in(browser, EMAIL)
    browser.post("/account/logout/")

    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["account.logged_in", "account.logged_out"]


def test_old_sessions_end_at_the_ninth_login(ruoxi: User) -> None:
    browsers = [Client() for _ in range(9)]
    for browser in browsers:
        log_in(browser, EMAIL)

    assert browsers[0].get("/account/").status_code == 302
    assert browsers[1].get("/account/").status_code == 200


def test_next_page_is_kept(ruoxi: User) -> None:
    response = log_in(Client(), EMAIL, next="/account/")

    assert response["Location"] == "/account/"


def test_admin_login_is_our_login(ruoxi: User) -> None:
    anonymous = Client().get("/admin/login/?next=/admin/accounts/")
    assert anonymous["Location"] == "/account/login/?next=/admin/accounts/"
    student = Client()
    log_in(student, EMAIL)
    assert student.get("/admin/login/").status_code == 404
    make_staff(Role.REGISTRAR, "li@example.test")
    staff = Client()
    log_in(staff, "li@example.test", "Yuanshan-2026!")
    assert staff.get("/admin/login/")["Location"] == "/admin/"
    assert staff.get("/admin/login/?next=//evil.test/")["Location"] == "/admin/"
