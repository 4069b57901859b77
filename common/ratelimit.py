"""Limits on entry points, counted in the shared cache."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.utils.crypto import salted_hmac

from common.errors import DomainError

logger = logging.getLogger(__name__)

_CACHES = ("default", "fallback")
Answer = TypeVar("Answer")


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


def _has_room(cache: BaseCache, keys: list[str], limit: Limit, now: datetime) -> bool:
    # The first free key is taken, so the last one is free nearly always, and then no more is asked.
    if keys and not any(_live(cache, keys[-1:], limit, now).values()):
        return True
    return sum(_live(cache, keys, limit, now).values()) < limit.amount


@dataclass(frozen=True, slots=True)
class Use:
    """One use that was counted: its key, and the cache that holds it."""

    cache: str
    key: str

    def give_back(self) -> None:
        """Uncount it, as when what is limited is failures and this was none."""
        try:
            caches[self.cache].delete(self.key)
        except Exception as error:  # noqa: BLE001 -- it counts for its time, which is on the safe side
            logger.warning("cache %s unavailable for limits: %s", self.cache, type(error).__name__)


def _take(cache: BaseCache, limit: Limit, subject: str, now: datetime) -> str:
    """Take a free key, empty when there is none; `add` is atomic in every cache, so two never share.

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
            return key
    return ""


def _ask(question: Callable[[BaseCache], Answer]) -> tuple[str, Answer | None]:
    """The answer of the first cache that has one, with its name; None when none is there to ask."""
    for alias in _CACHES:
        try:
            return alias, question(caches[alias])
        except Exception as error:  # noqa: BLE001 -- a cache that is away must not open the door
            logger.warning("cache %s unavailable for limits: %s", alias, type(error).__name__)
    return "", None


def hit(limit: Limit, subject: str, *, now: datetime) -> Use:
    """Count one use by `subject`; TooManyError when more than `amount` fall within `seconds`.

    Every use counts for `seconds` from its own moment, so there is no turn of a window at which
    twice the amount would pass.
    """
    alias, key = _ask(lambda cache: _take(cache, limit, subject, now))
    if not key:
        raise TooManyError(_message(limit))
    return Use(alias, key)


def check(limit: Limit, subject: str, *, now: datetime) -> None:
    """Like `hit`, without counting: for limits that count failures only."""
    keys = _keys(limit, subject)
    _, has_room = _ask(lambda cache: _has_room(cache, keys, limit, now))
    if not has_room:
        raise TooManyError(_message(limit))


def forget(limit: Limit, subject: str) -> None:
    """Uncount every use by `subject`, for who has shown in another way to be the person."""
    keys = _keys(limit, subject)
    for alias in _CACHES:
        try:
            caches[alias].delete_many(keys)
        except Exception as error:  # noqa: BLE001 -- they count for their time, which is on the safe side
            logger.warning("cache %s unavailable for limits: %s", alias, type(error).__name__)


def _message(limit: Limit) -> str:
    hour = 3600
    wait = (
        f"{limit.seconds // 60} 分钟" if limit.seconds < hour else f"{limit.seconds // 3600} 小时"
    )
    return f"试的次数太多了，请过 {wait}再试"
