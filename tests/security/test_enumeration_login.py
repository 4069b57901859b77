"""Logging in tells nobody which e-mail, phone or document number is known."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.states import NumberSource
from tests.factories.people import make_identity, make_number, make_user
from tests.security.enumerating import EMAIL, NO_PHONE, NOBODY, PHONE, walk

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NUMBER, NO_NUMBER = make_number(2), make_number(3)
PAIRS = {"email": (EMAIL, NOBODY), "phone": (PHONE, NO_PHONE), "number": (NUMBER, NO_NUMBER)}
WRONG = "Wrong-pass-7!"


@pytest.fixture(autouse=True)
def _ruoxi() -> None:
    user = make_user(EMAIL, phone="+8613800138000")
    make_identity(user, number=NUMBER).numbers.update(source=NumberSource.ROSTER)


@pytest.mark.parametrize("kind", PAIRS)
def test_every_failure_up_to_the_lock_looks_alike(kind: str) -> None:
    known, unknown = PAIRS[kind]

    for _ in range(7):
        answers = [
            walk("/account/login/", {"login": login, "password": WRONG}, login)
            for login in (known, unknown)
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize("kind", PAIRS)
def test_failure_costs_as_many_queries_either_way(kind: str) -> None:
    amounts = []
    for login in PAIRS[kind]:
        with CaptureQueriesContext(connection) as asked:
            Client().post("/account/login/", {"login": login, "password": WRONG})
        amounts.append(len(asked))

    assert abs(amounts[0] - amounts[1]) <= 1


def test_account_that_is_closed_looks_like_an_unknown_one_without_its_password() -> None:
    closed = make_user("closed@example.test")
    closed.is_active = False
    closed.save()

    answers = [
        walk("/account/login/", {"login": login, "password": WRONG}, login)
        for login in ("closed@example.test", NOBODY)
    ]

    assert answers[0] == answers[1]
