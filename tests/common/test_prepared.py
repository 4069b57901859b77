"""Queries that are written once: the same rows as Django's, for every moment and number of keys."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.prepared import PreparedQuery
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)
HOUR = timedelta(hours=1)


def before(now: datetime, keys: list[int]) -> QuerySet[Any, Any]:
    """Accounts of these numbers from before a moment, by whether they are in use."""
    return (
        User.objects.filter(date_joined__lt=now, pk__in=keys)
        .values("is_active")
        .annotate(amount=Count("pk"), first=Min("date_joined"))
        .order_by("is_active")
    )


@pytest.fixture
def people() -> list[User]:
    """Three, an hour apart; the second account is closed."""
    made = [make_user(f"person-{number}@example.test") for number in range(3)]
    for number, person in enumerate(made):
        person.date_joined = NOW + number * HOUR
        person.is_active = number != 1
        person.save()
    return made


def test_finds_what_django_finds(people: list[User]) -> None:
    query = PreparedQuery(before)
    keys = [person.pk for person in people]
    for now in (NOW, NOW + HOUR, NOW + 3 * HOUR):
        for asked in (keys, keys[:1], keys[1:]):
            assert query.rows(now, asked) == list(before(now, asked)), (now, asked)
    (found,) = query.rows(NOW + HOUR, keys)
    assert found == {"is_active": True, "amount": 1, "first": NOW}


def test_asks_once_and_builds_once(people: list[User]) -> None:
    built = []

    def counted(now: datetime, keys: list[int]) -> QuerySet[Any, Any]:
        built.append(now)
        return before(now, keys)

    query = PreparedQuery(counted)
    with CaptureQueriesContext(connection) as asked:
        for number in range(5):
            query.rows(NOW + number * HOUR, [people[0].pk, people[1].pk])
    assert len(asked) == 5
    assert len(built) == 2  # with two values each, to see where they go


def test_nobody_is_asked_about_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert PreparedQuery(before).rows(NOW, []) == []
    assert len(asked) == 0


def test_a_value_that_is_calculated_with_is_refused(people: list[User]) -> None:
    query = PreparedQuery(lambda now, keys: before(now - HOUR, keys))
    with pytest.raises(TypeError, match="as they are"):
        query.rows(NOW, [people[0].pk])
