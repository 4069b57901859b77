"""Limits on entry points, counted in the shared cache."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

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


def _key(limit: Limit, subject: str, now: datetime) -> str:
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    return f"limit:{limit.name}:{digest}:{int(now.timestamp()) // limit.seconds}"


def _count(key: str, seconds: int, *, step: int) -> int:
    for alias in ("default", "fallback"):
        cache = caches[alias]
        try:
            cache.add(key, 0, timeout=seconds * 2)
            return cache.incr(key, step) if step else int(cache.get(key, 0))
        except Exception as error:  # noqa: BLE001 -- a cache that is away must not open the door
            logger.warning("cache %s unavailable for limits: %s", alias, type(error).__name__)
    return 0


def hit(limit: Limit, subject: str, *, now: datetime) -> None:
    """Count one use by `subject`; TooManyError when that is more than the limit allows.

    Windows are aligned to the clock, so a burst across two windows may reach twice the amount.
    """
    if _count(_key(limit, subject, now), limit.seconds, step=1) > limit.amount:
        raise TooManyError(_message(limit))


def check(limit: Limit, subject: str, *, now: datetime) -> None:
    """Like `hit`, without counting: for limits that count failures only."""
    if _count(_key(limit, subject, now), limit.seconds, step=0) >= limit.amount:
        raise TooManyError(_message(limit))


def _message(limit: Limit) -> str:
    hour = 3600
    wait = (
        f"{limit.seconds // 60} 分钟" if limit.seconds < hour else f"{limit.seconds // 3600} 小时"
    )
    return f"试的次数太多了，请过 {wait}再试"
