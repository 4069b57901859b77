"""A session that a stranger planted is worth nothing to the stranger once its victim has come in."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.accounts.entrance import STRONG, deliver, is_logged_in, log_in, register, sms_code
from tests.factories.people import make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PHONE = "+8613800138000"
NEW = "Lake9-quiet%stone"
COOKIE = settings.SESSION_COOKIE_NAME


def planted() -> tuple[Client, Client]:
    """The stranger's browser and the victim's, with the session that the stranger began."""
    stranger, victim = Client(), Client()
    stranger.post("/account/password/reset/", {"contact": "13900139000"})
    victim.cookies[COOKIE] = stranger.cookies[COOKIE].value
    return stranger, victim


def test_login_by_password() -> None:
    make_user(phone=PHONE, password=STRONG)
    stranger, victim = planted()

    log_in(victim, "13800138000")

    assert is_logged_in(victim)
    assert victim.cookies[COOKIE].value != stranger.cookies[COOKIE].value
    assert stranger.get("/account/").status_code == 302


def test_login_by_code() -> None:
    make_user(phone=PHONE, password=STRONG)
    stranger, victim = planted()

    victim.post("/account/login/code/", {"contact": "13800138000"})
    deliver()
    victim.post("/account/login/code/confirm/", {"code": sms_code()})

    assert is_logged_in(victim)
    assert stranger.get("/account/").status_code == 302


def test_registration() -> None:
    stranger, victim = planted()

    register(victim, "13800138000")
    deliver()
    victim.post("/account/phone/verify/", {"code": sms_code()})

    assert is_logged_in(victim)
    assert stranger.get("/account/").status_code == 302


def test_new_password_after_a_code() -> None:
    make_user(phone=PHONE, password=STRONG)
    stranger, victim = planted()

    victim.post("/account/password/reset/", {"contact": "13800138000"})
    deliver()
    victim.post("/account/password/reset/confirm/", {"code": sms_code()})
    theirs = {"password1": "Stranger9-%stone", "password2": "Stranger9-%stone"}
    stranger.post("/account/password/reset/complete/", theirs)
    assert User.objects.get().check_password(STRONG)
    victim.post("/account/password/reset/complete/", {"password1": NEW, "password2": NEW})

    assert User.objects.get().check_password(NEW)
