"""What the imports are measured with: works in turn, a tidy database, a command's peak memory."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from benchmarks.measure import Work, note, wall_of

__all__ = ["MEMORY_BOUND", "SCALE", "forget", "in_turn", "peak_of"]

# Sizes shrink with it while a benchmark is being written; the goals speak of 1.0.
SCALE = float(os.environ.get("XUEXIN_BENCH_SCALE", "1.0"))
MEMORY_BOUND = 300.0

_ROOT = Path(__file__).resolve().parent.parent
_MEGABYTE = 1_000_000
_PROC = Path("/proc")
_LOOK_SECONDS = 0.02


def in_turn(
    works: Sequence[Work], *, rounds: int, tidy: Callable[[], None], warm_up: int = 1
) -> list[tuple[float, ...]]:
    """Seconds of each work, round by round; `tidy` runs before each and is not counted.

    `warm_up` rounds come first and are dropped; the order turns around from round to round.
    """
    timed = []
    for number in range(warm_up + rounds):
        seconds = [0.0] * len(works)
        order = range(len(works))
        for index in reversed(order) if number % 2 else order:
            tidy()
            seconds[index] = wall_of(works[index])
        timed.append(tuple(seconds))
        note(" ".join(f"{each:.2f}" for each in seconds))
    return timed[warm_up:]


def forget(*tables: str, rows_of: Sequence[str] = ()) -> None:
    """Empty these tables with all that hangs on them, then `rows_of`, on which nothing may hang.

    Stored files stay until the run is over.

    A server has its folders after the first import, and it does not delete thousands of files just
    before the next: ext4 leaves the places of freshly deleted files alone for a while, and then
    searches for another place ten times as long as it takes to make a file.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        for table in rows_of:
            cursor.execute(f"DELETE FROM {table}")


def peak_of(*arguments: str) -> float:
    """Run a management command on the scratch database; its peak memory in megabytes.

    The peaks of the command's process and of every process that it starts, added up (each as the
    kernel keeps it, VmHWM), though they need not have come at once and share pages: never too low.
    """
    command = [sys.executable, str(_ROOT / "manage.py"), *arguments]
    with subprocess.Popen(
        command, cwd=_ROOT, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        peaks: dict[int, int] = {}
        while process.poll() is None:
            for pid in _family(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), _high_water(pid))
            time.sleep(_LOOK_SECONDS)
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 0, said
    return sum(peaks.values()) / _MEGABYTE


def _environment() -> dict[str, str]:
    """This run's own, but with the scratch database."""
    used = connection.settings_dict
    user, password, name = (quote(str(used[key]), safe="") for key in ("USER", "PASSWORD", "NAME"))
    address = f"{used['HOST']}:{used['PORT']}" if used["PORT"] else str(used["HOST"])
    return {**os.environ, "DATABASE_URL": f"postgres://{user}:{password}@{address}/{name}"}


def _family(pid: int) -> list[int]:
    """The process and its descendants, those that still live."""
    found = [pid]
    for parent in found:
        try:
            for task in (_PROC / str(parent) / "task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _high_water(pid: int) -> int:
    """The most bytes that a process has had in memory since it became this program."""
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
