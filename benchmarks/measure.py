"""Ours and the floor in turn, so that a machine whose speed drifts spoils neither."""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table; `ratio` is judged against `goal` (like "<= 1.35")."""

    name: str
    ours: float
    floor: float
    ratio: float
    goal: str
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether the ratio satisfies the goal."""
        sign, bound = self.goal.split()
        return self.ratio <= float(bound) if sign == "<=" else self.ratio >= float(bound)

    def as_json(self) -> dict[str, str | float]:
        """The line for var/bench.json."""
        return asdict(self)


def note(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def cpu_of(work: Work) -> float:
    """Seconds of this process's CPU that `work` takes."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def wall_of(work: Work) -> float:
    """Seconds on the clock that `work` takes."""
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def alternating(
    ours: Work, floor: Work, *, rounds: int = 5, timer: Callable[[Work], float] = wall_of
) -> tuple[float, float, float]:
    """Medians of ours and floor over `rounds` pairs, and the median of the pairs' ratios ours ÷ floor.

    The first pair warms up and is not counted; the order changes from pair to pair.
    """
    timer(ours), timer(floor)
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = timer(floor)
            pairs.append((timer(ours), second))
        else:
            pairs.append((timer(ours), timer(floor)))
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] / pair[1] for pair in pairs),
    )
