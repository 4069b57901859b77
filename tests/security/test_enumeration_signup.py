"""Registering, and adding a contact, tells nobody that somebody else has it."""

import pytest
from django.test import Client

from tests.accounts.entrance import STRONG, log_in
from tests.factories.people import make_user
from tests.security.enumerating import EMAIL, NO_PHONE, NOBODY, PHONE, said, walk

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAIRS = {"email": (EMAIL, NOBODY), "phone": (PHONE, NO_PHONE)}


@pytest.fixture(autouse=True)
def _ruoxi() -> None:
    make_user(EMAIL)
    make_user(phone="+8613800138000")


def form(contact: str) -> dict[str, str]:
    return {"contact": contact, "password1": STRONG, "password2": STRONG, "consent": "on"}


@pytest.mark.parametrize("kind", PAIRS)
def test_registering_looks_alike(kind: str) -> None:
    answers = [
        walk("/account/signup/", form(contact), contact, f"+86{contact}") for contact in PAIRS[kind]
    ]

    assert answers[0] == answers[1]


def test_activation_is_sent_again_alike() -> None:
    answers = [walk("/account/activation/", {"email": email}, email) for email in PAIRS["email"]]

    assert answers[0] == answers[1]


@pytest.mark.parametrize("kind", PAIRS)
def test_adding_a_contact_looks_alike(kind: str) -> None:
    path = {"email": "/account/email/", "phone": "/account/phone/change/"}[kind]
    seen = []
    for serial, contact in enumerate(PAIRS[kind]):
        login = f"me{serial}@example.test"
        make_user(login, password=STRONG)
        browser = Client()
        log_in(browser, login)
        browser.post("/account/reauthenticate/", {"password": STRONG})
        data = {kind: contact, "action_add": "1"}
        seen.append(walk(path, data, contact, f"+86{contact}", login, client=browser))

    assert seen[0] == seen[1]


def test_wrong_codes_for_a_new_phone_look_alike() -> None:
    seen = []
    for serial, phone in enumerate((PHONE, NO_PHONE)):
        login = f"me{serial}@example.test"
        make_user(login, password=STRONG)
        browser = Client()
        log_in(browser, login)
        browser.post("/account/reauthenticate/", {"password": STRONG})
        browser.post("/account/phone/change/", {"phone": phone})
        seen.append(
            [
                said(
                    browser.post("/account/phone/verify/", {"code": "000000"}),
                    phone,
                    f"+86{phone}",
                    login,
                )
                for _ in range(6)
            ]
        )

    assert seen[0] == seen[1]
