"""Importing photos: the command beside Pillow alone, with one process and with two."""

import io
import json
import os
import statistics
import zipfile
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from accounts.identity import Sex
from benchmarks.measure import Result, note
from benchmarks.people import analyse, records_like
from benchmarks.photo_floor import in_this_process, in_two_processes
from benchmarks.scratch import MEMORY_BOUND, SCALE, forget, in_turn, peak_of
from imaging.models import CaptureEntry
from tests.factories.enrolment import make_record
from xuexin.demo.portraits import portrait_jpeg

_DRAWN = int(400 * SCALE)
_MANY = int(10_000 * SCALE)
_ROUNDS = 5
_TABLES = ("imaging_photobatch", "common_auditevent")
# Not truncated: rosters hang on stored files, and the records on their rosters.
_ROWS_OF = ("common_storedfile",)


def run() -> list[Result]:
    """Photos a second, the gain of a second process, and the peak memory of the command."""
    if connection.vendor != "postgresql":
        note("left out: the goals are of PostgreSQL")
        return []
    note(f"{_DRAWN} portraits to draw")
    sexes = tuple(Sex)
    drawn = [portrait_jpeg(number, sex=sexes[number % 2]) for number in range(_DRAWN)]
    records = records_like(make_record(), _MANY, prefix="P")
    numbers = [record.student_no for record in records]
    analyse()
    folder = Path(os.environ["VAR_DIR"])
    few, many = folder / "photos.zip", folder / "many-photos.zip"
    _pack(few, numbers[:_DRAWN], drawn)

    def ours(workers: int) -> None:
        said = io.StringIO()
        call_command(
            "import_photos",
            str(few),
            apply=True,
            json=True,
            workers=workers,
            verbosity=0,
            stdout=said,
        )
        assert json.loads(said.getvalue())["matched"] == _DRAWN, said.getvalue()

    def least(count: int) -> None:
        assert count == _DRAWN

    turns = in_turn(
        (
            lambda: ours(1),
            lambda: least(in_this_process(str(few))),
            lambda: ours(2),
            lambda: least(in_two_processes(str(few))),
        ),
        rounds=_ROUNDS,
        tidy=_forget,
    )
    note(f"peak memory of the command on {_MANY:,} photos")
    _pack(many, numbers, drawn)
    _forget()
    peak = peak_of("import_photos", str(many), "--apply", "--workers", "2", "--verbosity", "0")
    assert CaptureEntry.objects.count() == _MANY
    _forget()
    return [
        _rate(turns),
        _gain(turns),
        Result(
            "photo import, peak memory",
            peak,
            MEMORY_BOUND,
            peak / MEMORY_BOUND,
            "<= 1.0",
            "MB, bound 300",
        ),
    ]


def _forget() -> None:
    forget(*_TABLES, rows_of=_ROWS_OF)


def _rate(turns: list[tuple[float, ...]]) -> Result:
    ours = statistics.median(_DRAWN / each[0] for each in turns)
    floor = statistics.median(_DRAWN / each[1] for each in turns)
    ratio = statistics.median(each[1] / each[0] for each in turns)
    return Result("photo import, one process", ours, floor, ratio, ">= 0.75", "photos/s")


def _gain(turns: list[tuple[float, ...]]) -> Result:
    gains = [(each[0] / each[2], each[1] / each[3]) for each in turns]
    return Result(
        "photo import, gain of a second process",
        statistics.median(mine for mine, _ in gains),
        statistics.median(least for _, least in gains),
        statistics.median(mine / least for mine, least in gains),
        ">= 0.9",
        "times",
    )


def _pack(path: Path, numbers: list[str], drawn: list[bytes]) -> None:
    """One photo per number, stored; drawings that come again differ by a comment in their bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for order, number in enumerate(numbers):
            said = f"photo {order}".encode()
            mark = b"\xff\xfe" + (len(said) + 2).to_bytes(2, "big") + said
            data = drawn[order % len(drawn)]
            archive.writestr(f"照片/{number}.jpg", data[:2] + mark + data[2:])
