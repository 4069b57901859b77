"""Acts at one moment, for races: real threads, each with a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from time import sleep

from django.db import connection

from common.errors import DomainError

__all__ = ["Meeting", "together"]


def together(acts: Sequence[Callable[[], object]]) -> list[str]:
    """Run all at one moment, each on a connection of its own; "" for a winner, else what it was told."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        barrier.wait()
        try:
            act()
        except DomainError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


class Meeting:
    """The first act stops half-way for a while, and the second one begins there."""

    def __init__(self) -> None:
        self._half_way = Event()

    def stop(self) -> None:
        """Here, once: let the other one begin, and reach what this one holds."""
        if not self._half_way.is_set():
            self._half_way.set()
            sleep(0.7)

    def told(self, first: Callable[[], object], second: Callable[[], object]) -> list[str]:
        """Both, and what they were told."""

        def later() -> None:
            assert self._half_way.wait(10)
            second()

        return together([first, later])
