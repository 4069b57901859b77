"""A code by SMS to a phone that may have a new holder shows nobody's account by itself."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import LoginEvent, User
from accounts.services.doubt import DOUBT_TRIES
from accounts.states import PHONE_TRUSTED_FOR, LoginWay
from common.models import AuditEvent
from tests.accounts.entrance import STRONG, deliver, is_logged_in, log_in, sms_code
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PHONE, NUMBER, NEW = "+8613800138000", make_number(2), "Lake9-quiet%stone"
PAGE, RESET_PAGE = "/account/phone/", "/account/phone/new-password/"


@pytest.fixture
def ruoxi(db: None) -> User:
    """Somebody whose phone was proved long ago."""
    user = make_user(phone=PHONE, password=STRONG)
    make_identity(user, number=NUMBER)
    return proved(user, PHONE_TRUSTED_FOR + timedelta(hours=1))


def proved(user: User, ago: timedelta) -> User:
    User.objects.filter(pk=user.pk).update(phone_verified_at=timezone.now() - ago)
    return User.objects.get(pk=user.pk)


def come_by_sms(client: Client) -> str:
    """Where the right code leads."""
    client.post("/account/login/code/", {"contact": "13800138000"})
    deliver()
    return str(client.post("/account/login/code/confirm/", {"code": sms_code()})["Location"])


def test_old_phone_is_asked_for_the_number(ruoxi: User) -> None:
    client = Client()

    assert come_by_sms(client) == PAGE
    assert not is_logged_in(client)
    page = client.get(PAGE).content.decode()
    assert ruoxi.identity.name not in page
    assert client.get("/record/").status_code == 302

    client.post(PAGE, {"number": f" {NUMBER[:6]} {NUMBER[6:].lower()}"})

    assert is_logged_in(client)
    ruoxi.refresh_from_db()
    assert ruoxi.phone_verified_at is not None
    assert timezone.now() - ruoxi.phone_verified_at < timedelta(minutes=1)
    assert AuditEvent.objects.filter(action="account.phone_confirmed").count() == 1


def test_stranger_stays_out_and_is_written_down(ruoxi: User) -> None:
    client = Client()
    come_by_sms(client)

    for serial in range(DOUBT_TRIES.amount):
        response = client.post(PAGE, {"number": make_number(50 + serial)})
        assert "不一样" in response.content.decode()
    # The limit holds for the right number, too, and in another browser.
    assert client.post(PAGE, {"number": NUMBER}).status_code == 429
    other = Client()
    come_by_sms(other)
    assert other.post(PAGE, {"number": NUMBER}).status_code == 429

    assert not is_logged_in(client)
    events = LoginEvent.objects.filter(user=ruoxi, way=LoginWay.CODE, is_success=False)
    assert events.count() == DOUBT_TRIES.amount


def test_page_is_nobodys_without_a_code(ruoxi: User) -> None:
    assert Client().get(PAGE)["Location"] == "/account/login/"
    assert Client().post(PAGE, {"number": NUMBER})["Location"] == "/account/login/"


def test_phone_that_was_used_lately_is_trusted(ruoxi: User) -> None:
    proved(ruoxi, PHONE_TRUSTED_FOR - timedelta(hours=1))
    client = Client()

    come_by_sms(client)

    assert is_logged_in(client)
    ruoxi.refresh_from_db()
    assert ruoxi.phone_verified_at is not None
    assert timezone.now() - ruoxi.phone_verified_at < timedelta(minutes=1)


def test_device_that_the_account_knows_is_not_asked(ruoxi: User) -> None:
    client = Client()
    log_in(client, PHONE)
    client.post("/account/logout/")

    come_by_sms(client)

    assert is_logged_in(client)


def test_account_without_an_identity_is_not_asked(db: None) -> None:
    proved(make_user(phone=PHONE, password=STRONG), PHONE_TRUSTED_FOR * 2)
    client = Client()

    come_by_sms(client)

    assert is_logged_in(client)


def test_password_is_no_doubt(ruoxi: User) -> None:
    client = Client()

    log_in(client, PHONE)

    assert is_logged_in(client)


def ask_new_password(client: Client) -> None:
    client.post("/account/password/reset/", {"contact": "13800138000"})
    deliver()
    client.post("/account/password/reset/confirm/", {"code": sms_code()})


def test_new_password_by_sms_waits_for_the_number(ruoxi: User) -> None:
    client = Client()
    complete = "/account/password/reset/complete/"
    new = {"password1": NEW, "password2": NEW}
    ask_new_password(client)

    assert client.get(complete)["Location"] == RESET_PAGE
    assert client.post(complete, new)["Location"] == RESET_PAGE
    assert "不一样" in client.post(RESET_PAGE, {"number": make_number(9)}).content.decode()
    assert client.post(complete, new)["Location"] == RESET_PAGE
    ruoxi.refresh_from_db()
    assert ruoxi.check_password(STRONG)

    assert client.post(RESET_PAGE, {"number": NUMBER})["Location"] == complete
    client.post(complete, new)

    ruoxi.refresh_from_db()
    assert ruoxi.check_password(NEW)


def test_page_of_the_new_password_is_nobodys_without_a_code(ruoxi: User) -> None:
    assert Client().post(RESET_PAGE, {"number": NUMBER}).status_code == 302
    ruoxi.refresh_from_db()
    assert timezone.now() - (ruoxi.phone_verified_at or timezone.now()) > PHONE_TRUSTED_FOR
