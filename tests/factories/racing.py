"""Acts at one moment, for races: real threads, each with a connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from common.errors import DomainError

__all__ = ["together"]


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
