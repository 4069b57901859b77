"""Who works on an import now: a lease by heartbeat, taken and renewed by compare-and-swap."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from common.errors import StaleStateError
from enrollment.models import RosterImport
from enrollment.states import ImportState

__all__ = ["STALE_AFTER", "Lease", "abandoned"]

# A chunk takes less than a second; whoever was silent for so long is not running any more.
STALE_AFTER = timedelta(minutes=5)
_TICK = timedelta(microseconds=1)


class Lease:
    """The right to move one import on; lost as soon as somebody else has taken it.

    Every chunk renews the lease in its own transaction, so a process that was thought dead and
    wakes up again cannot write beside its successor.
    """

    def __init__(
        self, roster: RosterImport, state: ImportState, *, now: datetime, **also: Any
    ) -> None:
        """Take the lease; StaleStateError when the import is in another state or being worked on.

        `also`: further columns that must stand as given.
        """
        self._begun, self._monotonic = now, time.monotonic()
        self._mine = RosterImport.objects.filter(pk=roster.pk, state=state, **also)
        seen = self._mine.values_list("heartbeat_at", flat=True).first()
        if seen is not None and seen > now - STALE_AFTER:
            raise StaleStateError("这份名册正在处理，请稍候再看。")
        if self._mine.filter(heartbeat_at=seen).update(heartbeat_at=now) != 1:
            raise StaleStateError("这份名册的状态刚刚有了变化，请刷新页面再看。")
        self._beat = now

    @property
    def moment(self) -> datetime:
        """The present, counted on from the moment at which the work began."""
        passed = timedelta(seconds=time.monotonic() - self._monotonic)
        return max(self._begun + passed, self._beat + _TICK)

    def renew(self, **changes: Any) -> None:
        """Show life, and write `changes` of the import; StaleStateError when the lease was lost."""
        beat = self.moment
        self._write(heartbeat_at=beat, **changes)
        self._beat = beat

    def release(self, **changes: Any) -> None:
        """Give the lease back with the last changes, among them the next state."""
        self._write(heartbeat_at=None, **changes)

    def _write(self, **changes: Any) -> None:
        if self._mine.filter(heartbeat_at=self._beat).update(**changes) != 1:
            raise StaleStateError("这份名册已由另一个进程接着处理。")


def abandoned(
    state: ImportState, *, since: str, now: datetime, **also: Any
) -> QuerySet[RosterImport]:
    """Imports in `state` that nobody has worked on for a while; `since` names when they got there."""
    silent = Q(heartbeat_at__lte=now - STALE_AFTER)
    never_begun = Q(heartbeat_at=None) & Q(**{f"{since}__lte": now - STALE_AFTER})
    return RosterImport.objects.filter(silent | never_begun, state=state, **also).order_by("pk")
