"""Who works on a photo batch now: a lease by heartbeat, taken and renewed by compare-and-swap."""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from common.errors import StaleStateError
from enrollment.states import ImportState, UndoState
from imaging.models import PhotoBatch

__all__ = ["STALE_AFTER", "BatchLease", "abandoned", "abandoned_undos"]

# A chunk takes about a second; whoever was silent for so long is not running any more.
STALE_AFTER: Final = timedelta(minutes=5)
_TICK: Final = timedelta(microseconds=1)


class BatchLease:
    """The right to move one batch on; lost as soon as somebody else has taken it.

    Every chunk renews the lease in its own transaction, so a process that was thought dead and
    wakes up again cannot write beside its successor.
    """

    def __init__(
        self,
        batch: PhotoBatch,
        state: ImportState,
        *,
        now: datetime,
        takes_over: bool = False,
        **also: Any,
    ) -> None:
        """Take the lease; StaleStateError when the batch is in another state or being worked on.

        `also` says what else must hold as long as it is held.

        With `takes_over` it is taken from whoever has it: a person has started the same import again.
        """
        self._begun, self._monotonic = now, time.monotonic()
        self._mine = PhotoBatch.objects.filter(pk=batch.pk, state=state, **also)
        seen = self._mine.values_list("heartbeat_at", flat=True).first()
        if seen is not None and seen > now - STALE_AFTER and not takes_over:
            raise StaleStateError("这一批照片正在处理，请稍候再看。")
        self._beat = now if seen is None else max(now, seen + _TICK)
        if self._mine.filter(heartbeat_at=seen).update(heartbeat_at=self._beat) != 1:
            raise StaleStateError("这一批照片的状态刚刚有了变化，请刷新页面再看。")

    @property
    def moment(self) -> datetime:
        """The present, counted on from the moment at which the work began."""
        passed = timedelta(seconds=time.monotonic() - self._monotonic)
        return max(self._begun + passed, self._beat + _TICK)

    def renew(self, **changes: Any) -> None:
        """Show life, and write `changes` of the batch; StaleStateError when the lease was lost."""
        beat = self.moment
        self._write(heartbeat_at=beat, **changes)
        self._beat = beat

    def release(self, **changes: Any) -> None:
        """Give the lease back with the last changes, among them the next state."""
        self._write(heartbeat_at=None, **changes)

    def _write(self, **changes: Any) -> None:
        if self._mine.filter(heartbeat_at=self._beat).update(**changes) != 1:
            raise StaleStateError("这一批照片已由另一个进程接着处理。")


def abandoned_undos(*, now: datetime) -> QuerySet[PhotoBatch]:
    """Batches that are being taken back, which nobody has worked on for a while."""
    silent = Q(heartbeat_at__lte=now - STALE_AFTER)
    never_begun = Q(heartbeat_at=None, undo_started_at__lte=now - STALE_AFTER)
    undoing = PhotoBatch.objects.filter(silent | never_begun, undo_state=UndoState.UNDOING)
    return undoing.order_by("pk")


def abandoned(state: ImportState, *, now: datetime) -> QuerySet[PhotoBatch]:
    """Uploaded batches in `state` that nobody has worked on for a while.

    Not those whose last attempt failed: a person looks at them first.
    """
    silent = Q(heartbeat_at__lte=now - STALE_AFTER)
    never_begun = Q(heartbeat_at=None, created_at__lte=now - STALE_AFTER)
    waiting = PhotoBatch.objects.filter(silent | never_begun, state=state, failure="")
    return waiting.filter(file__isnull=False, file__purged_at=None).order_by("pk")
