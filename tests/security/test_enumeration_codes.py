"""Asking for a code to log in or for a new password tells nobody whether the contact is known."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.captcha import solved
from tests.factories.people import make_user
from tests.security.enumerating import EMAIL, NO_PHONE, NOBODY, PHONE, said, walk

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAGES = ["/account/login/code/", "/account/password/reset/"]
PAIRS = {"email": (EMAIL, NOBODY), "phone": (PHONE, NO_PHONE)}


@pytest.fixture(autouse=True)
def _ruoxi() -> None:
    make_user(EMAIL, phone="+8613800138000")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("kind", PAIRS)
def test_asking_again_and_again_looks_alike(path: str, kind: str) -> None:
    for _ in range(5):
        answers = [
            walk(path, {"contact": contact, **solved()}, contact, f"+86{contact}")
            for contact in PAIRS[kind]
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("kind", PAIRS)
def test_wrong_codes_look_alike_until_the_end(path: str, kind: str) -> None:
    seen = []
    for contact in PAIRS[kind]:
        browser = Client()
        browser.post(path, {"contact": contact})
        steps = [
            said(browser.post(f"{path}confirm/", {"code": "000000"}), contact, f"+86{contact}")
            for _ in range(6)
        ]
        seen.append(steps)

    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", PAIRS)
def test_sending_again_looks_alike_until_it_is_refused(kind: str) -> None:
    seen = []
    for contact in PAIRS[kind]:
        browser = Client()
        browser.post("/account/login/code/", {"contact": contact})
        steps = []
        for _ in range(4):
            answer = browser.post("/account/login/code/confirm/", {"action": "resend"}, follow=True)
            steps.append(said(answer, contact, f"+86{contact}"))
        seen.append(steps)

    assert seen[0] == seen[1]


def test_day_of_sms_ends_alike(settings: Any) -> None:
    settings.SMS_PER_DAY = 2
    rounds = [
        [
            walk("/account/login/code/", {"contact": phone, **solved()}, phone, f"+86{phone}")
            for phone in (PHONE, NO_PHONE)
        ]
        for _ in range(3)
    ]

    assert all(known == unknown for known, unknown in rounds)
    assert "一天里要的短信太多了" in rounds[2][0][0][2]
