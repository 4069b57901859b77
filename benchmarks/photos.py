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
from benchmarks.photo_desk import looked_through_then_imported, peak_at_the_desk
from benchmarks.photo_floor import in_this_process, in_two_processes
from benchmarks.scratch import MEMORY_BOUND, SCALE, forget, in_turn, peak_of
from imaging.models import CaptureEntry, PhotoProfile
from imaging.states import PhotoKind
from tests.factories.enrolment import make_record
from xuexin.demo.portraits import portrait_jpeg

_DRAWN = int(400 * SCALE)
_MANY = int(10_000 * SCALE)
_ROUNDS = 5
# With the face check each photo takes many times as long.
_CHECKED = int(100 * SCALE)
_CHECKED_ROUNDS = 3
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

    turns = _turns(few, _DRAWN, rounds=_ROUNDS)
    desk = _at_the_desk(few)
    checked, checked_peak = _with_faces(folder / "checked-photos.zip", numbers, drawn)
    _pack(many, numbers, drawn)
    note(f"{_MANY:,} photos in one archive, three times")
    whole = _turns(many, _MANY, rounds=3, warm_up=0)
    note(f"peak memory of the command on {_MANY:,} photos")
    _forget()
    peak = peak_of("import_photos", str(many), "--apply", "--workers", "2", "--verbosity", "0")
    assert CaptureEntry.objects.count() == _MANY
    _forget()
    note("the same at the desk: kept, looked through, imported")
    desk_peak = peak_at_the_desk(many)
    assert CaptureEntry.objects.count() == _MANY
    _forget()
    return [
        _rate("photo import, one process", turns, _DRAWN),
        _gain("photo import, gain of a second process", turns),
        _rate(f"photo import of {_MANY:,}, one process", whole, _MANY),
        _gain(f"photo import of {_MANY:,}, gain of a second process", whole),
        _rate("photo import with the face check, one process", checked, _CHECKED),
        _gain("photo import with the face check, gain of a second process", checked),
        desk,
        _memory("photo import, peak memory", peak),
        _memory("photo import with the face check, peak memory", checked_peak),
        _memory("photo batch at the desk, peak memory", desk_peak),
    ]


def _forget() -> None:
    forget(*_TABLES, rows_of=_ROWS_OF)


def _turns(
    archive: Path, count: int, *, rounds: int, has_faces: bool = False, warm_up: int = 1
) -> list[tuple[float, ...]]:
    """Seconds of ours and of the floor, with one process and with two, round by round."""

    def ours(workers: int) -> None:
        said = io.StringIO()
        call_command(
            "import_photos",
            str(archive),
            apply=True,
            json=True,
            workers=workers,
            verbosity=0,
            stdout=said,
        )
        assert json.loads(said.getvalue())["matched"] == count, said.getvalue()

    def least(handled: int) -> None:
        assert handled == count

    return in_turn(
        (
            lambda: ours(1),
            lambda: least(in_this_process(str(archive), has_faces=has_faces)),
            lambda: ours(2),
            lambda: least(in_two_processes(str(archive), has_faces=has_faces)),
        ),
        rounds=rounds,
        tidy=_forget,
        warm_up=warm_up,
    )


def _at_the_desk(archive: Path) -> Result:
    """Seconds of the desk's way, beside the floor of one import: each photo is looked at twice."""
    note(f"{_DRAWN} photos at the desk: kept, looked through, imported")

    def ours() -> None:
        looked_through_then_imported(archive)
        assert CaptureEntry.objects.count() == _DRAWN

    turns = in_turn(
        (ours, lambda: in_two_processes(str(archive))),
        rounds=3,
        tidy=_forget,
    )
    return _rate("photo batch at the desk, two processes", turns, _DRAWN, goal=">= 0.375")


def _with_faces(
    archive: Path, numbers: list[str], drawn: list[bytes]
) -> tuple[list[tuple[float, ...]], float]:
    """The same under a profile that asks for the face check, and the peak memory of the command."""
    note(f"{_CHECKED} photos with the face check")
    _pack(archive, numbers[:_CHECKED], drawn)
    profile = PhotoProfile.objects.create(
        name="with the face check", kind=PhotoKind.GRADUATION, is_default=True
    )
    turns = _turns(archive, _CHECKED, rounds=_CHECKED_ROUNDS, has_faces=True)
    _forget()
    peak = peak_of("import_photos", str(archive), "--apply", "--workers", "2", "--verbosity", "0")
    assert CaptureEntry.objects.count() == _CHECKED
    _forget()
    profile.delete()
    return turns, peak


def _memory(name: str, peak: float) -> Result:
    return Result(name, peak, MEMORY_BOUND, peak / MEMORY_BOUND, "<= 1.0", "MB, bound 300")


def _rate(
    name: str, turns: list[tuple[float, ...]], count: int, *, goal: str = ">= 0.75"
) -> Result:
    ours = statistics.median(count / each[0] for each in turns)
    floor = statistics.median(count / each[1] for each in turns)
    ratio = statistics.median(each[1] / each[0] for each in turns)
    return Result(name, ours, floor, ratio, goal, "photos/s")


def _gain(name: str, turns: list[tuple[float, ...]]) -> Result:
    gains = [(each[0] / each[2], each[1] / each[3]) for each in turns]
    return Result(
        name,
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
