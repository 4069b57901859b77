"""Claims on other people's phones, and what a log may say."""

import logging

import pytest
from django.test import Client
from django.urls import reverse

from accounts.adapters import AccountAdapter
from accounts.models import User
from common.redaction import RedactingFormatter
from tests.factories.people import make_user

PHONE = "+8613800138000"


@pytest.mark.django_db
def test_unproved_claim_on_a_phone_keeps_its_owner_out_of_nothing() -> None:
    User.objects.create_user(None, "x", phone=PHONE)
    owner = make_user("owner@example.test")

    AccountAdapter().set_phone_verified(owner, PHONE)

    owner.refresh_from_db()
    assert owner.phone == PHONE
    assert User.objects.with_phone(PHONE).get() == owner


@pytest.mark.django_db
def test_strangers_and_visitors_are_sent_nowhere_else_by_next(client: Client) -> None:
    for address in (reverse("account_login"), "/admin/login/"):
        answer = client.get(address, {"next": "https://evil.example/"})
        assert "evil.example" not in answer.headers.get("Location", "")


def test_traceback_carries_no_whole_number() -> None:
    said = "DETAIL:  Failing row contains (7, 990101188603120014, +8613800138000)"
    with pytest.raises(ValueError, match="990101") as raised:
        int(said)
    record = logging.LogRecord(
        "x", logging.ERROR, "", 1, "failed", (), (raised.type, raised.value, raised.tb)
    )

    text = RedactingFormatter("{message}", style="{").format(record)

    assert "ValueError" in text
    assert "990101188603120014" not in text
    assert "13800138000" not in text
