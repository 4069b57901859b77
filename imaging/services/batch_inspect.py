"""Inspect many photos, in this process or in a few others, with bounded memory.

The other processes load Pillow and the inspection only: no settings, no database.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from threading import Thread
from typing import Final, Generic, NamedTuple, TypeVar

from imaging.inspection import Finding, FindingCode, Inspection, PhotoRules, inspect_photo

__all__ = ["Inspectors", "Received", "default_workers", "inspectors"]

Subject = TypeVar("Subject")

_GROUP_PHOTOS: Final = 8
_GROUP_BYTES: Final = 1024 * 1024
_GROUPS_AHEAD: Final = 3
_MOST_WORKERS: Final = 2
# Fewer photos than this are inspected before other processes would have started.
_WORTH_WORKERS: Final = 60


class Received(NamedTuple, Generic[Subject]):
    """The bytes of one photo, what they belong to, and their SHA-256 if it is known."""

    subject: Subject
    data: bytes
    digest: str = ""


def default_workers() -> int:
    """How many processes inspect photos when nobody says: two, where the machine has them.

    One inside a process that may not have children, which inspects by itself then.
    """
    if multiprocessing.current_process().daemon:
        return 1
    return min(_MOST_WORKERS, os.cpu_count() or 1)


class Inspectors:
    """Those who look at the photos of a delivery: this process, or a few others."""

    def __init__(self, pool: ProcessPoolExecutor | None = None, workers: int = 1) -> None:
        self._pool = pool
        self._ahead = workers * _GROUPS_AHEAD

    def inspect(
        self, photos: Iterable[Received[Subject]], rules: PhotoRules
    ) -> Iterator[tuple[Received[Subject], Inspection]]:
        """Yield each photo with its inspection, in order; read ahead only as far as is needed."""
        if self._pool is None:
            for photo in photos:
                yield photo, _inspected(photo.data, photo.digest, rules)
            return
        waiting: deque[tuple[list[Received[Subject]], Future[list[Inspection]]]] = deque()
        for group in _groups(photos):
            data = [(photo.data, photo.digest) for photo in group]
            waiting.append((group, self._pool.submit(_inspect_group, data, rules)))
            if len(waiting) >= self._ahead:
                yield from _finished(*waiting.popleft())
        while waiting:
            yield from _finished(*waiting.popleft())


@contextmanager
def inspectors(photo_count: int, workers: int | None = None) -> Iterator[Inspectors]:
    """Those who look at a delivery of so many photos; when nobody says, as many as the machine bears.

    Other processes begin to start here, while the delivery is still being planned, and end with the
    context; what they have not begun is left.
    """
    wanted = workers or default_workers()
    if wanted <= 1 or photo_count < _WORTH_WORKERS:
        yield Inspectors()
        return
    with ProcessPoolExecutor(
        wanted, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_worker
    ) as pool:
        try:
            # A process is only started for something to do.
            for _ in range(wanted):
                pool.submit(_inspect_group, [], PhotoRules())
            yield Inspectors(pool, wanted)
        finally:
            pool.shutdown(cancel_futures=True)


def _finished(
    group: list[Received[Subject]], future: Future[list[Inspection]]
) -> Iterator[tuple[Received[Subject], Inspection]]:
    return zip(group, future.result(), strict=True)


def _groups(photos: Iterable[Received[Subject]]) -> Iterator[list[Received[Subject]]]:
    """Cut the photos into parcels that are worth sending, never more than a megabyte and one photo."""
    group: list[Received[Subject]] = []
    size = 0
    for photo in photos:
        group.append(photo)
        size += len(photo.data)
        if len(group) >= _GROUP_PHOTOS or size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _inspect_group(group: list[tuple[bytes, str]], rules: PhotoRules) -> list[Inspection]:
    return [_inspected(data, digest, rules) for data, digest in group]


def _inspected(data: bytes, digest: str, rules: PhotoRules) -> Inspection:
    """A photo that breaks the inspection itself is refused like one that cannot be read."""
    try:
        return inspect_photo(data, rules, digest=digest)
    except Exception as error:  # noqa: BLE001 -- one photo never stops the others
        message = f"照片打不开（{type(error).__name__}），请重新导出后再传。"
        refusal = Finding(FindingCode.UNREADABLE, message)
        return Inspection(sha256(data).hexdigest(), len(data), errors=(refusal,))


def _begin_worker() -> None:
    """A worker leaves interrupts to its parent, and never outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
