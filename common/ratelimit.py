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


def _keys(limit: Limit, subject: str) -> list[str]:
    """One key for each use that is allowed; keyed, because a phone is soon guessed from a plain digest."""
    digest = salted_hmac("common.ratelimit", subject, algorithm="sha256").hexdigest()[:32]
    return [f"limit:{limit.name}:{digest}:{number}" for number in range(limit.amount)]


def _live(cache: BaseCache, keys: list[str], limit: Limit, now: datetime) -> dict[str, bool]:
    """Which keys are taken, and whether their use still counts at `now`."""
    since = now.timestamp() - limit.seconds
    return {key: taken > since for key, taken in cache.get_many(keys).items()}


def _take(cache: BaseCache, limit: Limit, subject: str, now: datetime) -> bool:
    """Take a free key; `add` is atomic in every cache, so two never take the same.

    `incr` of the database cache is not atomic, and it makes whatever it counts live five minutes.
    """
    keys = _keys(limit, subject)
    live = _live(cache, keys, limit, now)
    for key in keys:
        if live.get(key):
            continue
        if key in live:
            cache.delete(key)
        if cache.add(key, now.timestamp(), timeout=limit.seconds * 2):
            return True
    return False


def _ask(question: Callable[[BaseCache], bool]) -> bool:
    for alias in ("default", "fallback"):
        try:
            return question(caches[alias])
        except Exception as error:  # noqa: BLE001 -- a cache that is away must not open the door
            logger.warning("cache %s unavailable for limits: %s", alias, type(error).__name__)
    return False


def hit(limit: Limit, subject: str, *, now: datetime) -> None:
    """Count one use by `subject`; TooManyError when more than `amount` fall within `seconds`.

    Every use counts for `seconds` from its own moment, so there is no turn of a window at which
    twice the amount would pass.
    """
    if not _ask(lambda cache: _take(cache, limit, subject, now)):
        raise TooManyError(_message(limit))


def check(limit: Limit, subject: str, *, now: datetime) -> None:
    """Like `hit`, without counting: for limits that count failures only."""
    keys = _keys(limit, subject)
    if not _ask(lambda cache: sum(_live(cache, keys, limit, now).values()) < limit.amount):
        raise TooManyError(_message(limit))


def _message(limit: Limit) -> str:
    hour = 3600
    wait = (
        f"{limit.seconds // 60} 分钟" if limit.seconds < hour else f"{limit.seconds // 3600} 小时"
    )
    return f"试的次数太多了，请过 {wait}再试"
