"""Limits on entry points, counted in the shared cache."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.utils.crypto import salted_hmac

from common.errors import DomainError

logger = logging.getLogger(__name__)


class TooManyError(DomainError):
    """The limit of an entry point is reached."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` uses per `seconds` and key."""

    name: str
    amount: int
    seconds: int


def _keys(limit: Limit, subject: str, now: datetime) -> list[str]:
    """One key for each use that is allowed; keyed, because a phone is soon guessed from a plain digest."""
    digest = salted_hmac("common.ratelimit", subject, algorithm="sha256").hexdigest()[:32]
    window = int(now.timestamp()) // limit.seconds
    return [f"limit:{limit.name}:{digest}:{window}:{number}" for number in range(limit.amount)]


def _ask(question: Callable[[BaseCache], bool]) -> bool:
    for alias in ("default", "fallback"):
        try:
            return question(caches[alias])
        except Exception as error:  # noqa: BLE001 -- a cache that is away must not open the door
            logger.warning("cache %s unavailable for limits: %s", alias, type(error).__name__)
    return False


def hit(limit: Limit, subject: str, *, now: datetime) -> None:
    """Count one use by `subject`; TooManyError when that is more than the limit allows.

    Windows are aligned to the clock, so a burst across two windows may reach twice the amount.
    """
    keys, lives = _keys(limit, subject, now), limit.seconds * 2
    # `add` is atomic in every cache. `incr` of the database cache is not, and it makes whatever it
    # counts live five minutes.
    if not _ask(lambda cache: any(cache.add(key, 1, timeout=lives) for key in keys)):
        raise TooManyError(_message(limit))


def check(limit: Limit, subject: str, *, now: datetime) -> None:
    """Like `hit`, without counting: for limits that count failures only."""
    keys = _keys(limit, subject, now)
    if not _ask(lambda cache: len(cache.get_many(keys)) < len(keys)):
        raise TooManyError(_message(limit))


def _message(limit: Limit) -> str:
    hour = 3600
    wait = (
        f"{limit.seconds // 60} 分钟" if limit.seconds < hour else f"{limit.seconds // 3600} 小时"
    )
    return f"试的次数太多了，请过 {wait}再试"
