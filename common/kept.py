"""Rows that are read far more often than they are written, in the cache until somebody writes.

They carry the mark of the writing that they were read after; whoever writes changes the mark once
the writing is through. A reader takes the mark before the rows, so rows read too early are never
taken for new ones. While the cache is away the database answers.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.cache import cache

__all__ = ["Kept"]

logger = logging.getLogger(__name__)

Rows = TypeVar("Rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[Rows]):
    """What `fresh` reads, kept under a name for so many seconds at most."""

    name: str
    fresh: Callable[[], Rows]
    lives: int = 300

    def get(self) -> Rows:
        """The rows as they were last written."""
        held = self._guarded(lambda: cache.get_many([self._mark, self._rows])) or {}
        mark = held.get(self._mark) or self._guarded(
            lambda: cache.get_or_set(self._mark, secrets.token_hex(8), timeout=None)
        )
        kept = held.get(self._rows)
        if kept and kept["mark"] == mark:
            found: Rows = kept["rows"]
            return found
        rows = self.fresh()
        if mark:
            written = {"mark": mark, "rows": rows}
            self._guarded(lambda: cache.set(self._rows, written, timeout=self.lives))
        return rows

    def forget(self) -> None:
        """Let readers see what was just written."""
        self._guarded(lambda: cache.set(self._mark, secrets.token_hex(8), timeout=None))

    @property
    def _mark(self) -> str:
        return f"{self.name}:mark"

    @property
    def _rows(self) -> str:
        return f"{self.name}:rows"

    def _guarded(self, ask: Callable[[], Any]) -> Any:
        """The cache's answer; None while it is away."""
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with it, the database has the rows
            logger.warning("cache unavailable for the %s: %s", self.name, type(error).__name__)
            return None
