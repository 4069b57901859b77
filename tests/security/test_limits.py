"""Limits on entry points hold in the cache of one machine as they do in Redis."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from common.models import OutboxMessage
from common.ratelimit import Limit, TooManyError, check, hit

NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)
LIMIT = Limit("tries", 3, 3600)
TABLE = "limits_of_a_test"

pytestmark = pytest.mark.django_db


@pytest.fixture
def _database_cache(settings: Any) -> None:
    call_command("createcachetable", TABLE)
    backend = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": TABLE}
    settings.CACHES = {"default": backend, "fallback": backend}


@pytest.mark.usefixtures("_database_cache")
def test_what_is_counted_in_the_database_lives_as_long_as_the_limit() -> None:
    hit(LIMIT, "somebody", now=NOW)
    hit(LIMIT, "somebody", now=NOW)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MIN(expires) FROM {TABLE}")  # noqa: S608 -- a constant
        (expires,) = cursor.fetchone()
    moment = datetime.fromisoformat(expires) if isinstance(expires, str) else expires
    left = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(tz=UTC)
    assert left.total_seconds() > LIMIT.seconds


@pytest.mark.usefixtures("_database_cache")
def test_limit_is_reached_and_seen_and_belongs_to_one_subject() -> None:
    for _ in range(LIMIT.amount):
        check(LIMIT, "somebody", now=NOW)
        hit(LIMIT, "somebody", now=NOW)

    with pytest.raises(TooManyError):
        hit(LIMIT, "somebody", now=NOW)
    with pytest.raises(TooManyError):
        check(LIMIT, "somebody", now=NOW)
    hit(LIMIT, "somebody else", now=NOW)


def test_limits_close_the_door_when_every_cache_is_away(settings: Any) -> None:
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://[::1]:1"}
    settings.CACHES = {"default": away, "fallback": away}

    with pytest.raises(TooManyError):
        hit(LIMIT, "somebody", now=NOW)
    settings.CACHES = {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
        for name in ("default", "fallback")
    }
    caches["default"].clear()


def test_a_strangers_mailbox_is_not_filled_with_activation_mails(
    client: Client, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "1000/m/key"}
    address = reverse("accounts:activation_resend")

    answers = [
        client.post(address, {"email": "somebody@example.test"}).status_code for _ in range(12)
    ]

    assert answers.count(302) == 10
    assert answers[-1] == 429
    assert OutboxMessage.objects.count() <= 10
