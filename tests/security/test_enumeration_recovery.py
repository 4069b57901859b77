"""Looking for a login name tells nobody whether a document number is registered."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.models import AuditEvent, OutboxMessage
from tests.factories.captcha import solved
from tests.factories.people import make_identity, make_number, make_user
from tests.security.enumerating import said

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NAME, NUMBER, NO_NUMBER = "沈若溪", make_number(2), make_number(3)


@pytest.fixture(autouse=True)
def _ruoxi() -> None:
    make_identity(make_user("ruoxi@example.test"), name=NAME, number=NUMBER)


def ask(number: str, name: str = NAME):
    """Post the form with the picture solved."""
    return Client().post("/account/recover/", {"name": name, "number": number, **solved()})


@pytest.mark.parametrize(
    ("number", "name"), [(NO_NUMBER, NAME), (NUMBER, "秦川")], ids=["number", "name"]
)
def test_unknown_number_and_wrong_name_leave_the_same_traces(number: str, name: str) -> None:
    traces = []
    for asked in ((NUMBER, NAME), (number, name)):
        OutboxMessage.objects.all().delete()
        before = AuditEvent.objects.count()
        with CaptureQueriesContext(connection) as queries:
            answer = ask(*asked)
        traces.append(
            (
                answer.status_code,
                AuditEvent.objects.count() - before,
                OutboxMessage.objects.exists(),
                len(queries),
            )
        )

    assert traces[0] == traces[1]


def test_limit_of_a_number_is_reached_alike() -> None:
    for _ in range(3):
        assert ask(NUMBER).status_code == ask(NO_NUMBER).status_code
    known, unknown = ask(NUMBER), ask(NO_NUMBER)
    assert said(known, NUMBER) == said(unknown, NO_NUMBER)
    assert known.status_code == 429


def test_made_up_messages_are_never_sent_to_anybody() -> None:
    ask(NO_NUMBER)

    rows = OutboxMessage.objects.all()
    assert rows
    assert all(row.recipient is None and row.user_id is None for row in rows)


def test_number_that_was_declared_second_shows_nothing_of_the_first() -> None:
    other = make_identity(make_user("second@example.test"), name=NAME, number=make_number(9))
    other.numbers.update(superseded_at=other.declared_at)

    page = ask(make_number(9)).content.decode()

    assert "example.test" not in page
