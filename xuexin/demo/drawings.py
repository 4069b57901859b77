"""Many portraits at once: drawn by two processes where that is worth it, handed over in order."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice

from accounts.identity import Sex
from xuexin.demo.people import Student
from xuexin.demo.portraits import Variant, portrait_jpeg

__all__ = ["FACES", "Studio", "open_studio"]

# So many faces are drawn; with more students faces come again, in files that still differ.
FACES = 400
_AT_ONCE = 64
_WORTH_A_POOL = 100

Face = tuple[int, Sex, Variant]


class Studio:
    """Draws the photo of each student; open one with `open_studio`."""

    def __init__(self, pool: ProcessPoolExecutor | None) -> None:
        self._pool = pool
        self._drawn: dict[Face, bytes] = {}

    def portraits(
        self, students: Iterable[Student], variant: Variant
    ) -> Iterator[tuple[Student, bytes]]:
        """Each student with the JPEG of the own face, no two files alike."""
        waiting = iter(students)
        while group := list(islice(waiting, _AT_ONCE)):
            self._draw(list(dict.fromkeys(_face(each, variant) for each in group)))
            for each in group:
                yield each, self.portrait(each, variant)

    def portrait(self, student: Student, variant: Variant) -> bytes:
        """The JPEG of one student."""
        face = _face(student, variant)
        self._draw([face])
        data = self._drawn[face]
        return data if student.serial < FACES else _signed(data, student.serial)

    def _draw(self, faces: list[Face]) -> None:
        missing = [face for face in faces if face not in self._drawn]
        draw = map if self._pool is None or len(missing) < 2 else self._pool.map  # noqa: PLR2004
        self._drawn.update(zip(missing, draw(_jpeg, missing), strict=True))


@contextmanager
def open_studio(students: int) -> Iterator[Studio]:
    """A studio for so many students; its processes end with the block."""
    if students < _WORTH_A_POOL:
        yield Studio(None)
        return
    workers = min(2, os.cpu_count() or 1)
    # Fresh processes: they load what draws, and hold no connection of ours.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield Studio(pool)


def _face(student: Student, variant: Variant) -> Face:
    return student.serial % FACES, student.sex, variant


def _jpeg(face: Face) -> bytes:
    seed, sex, variant = face
    return portrait_jpeg(seed, sex=sex, variant=variant)


def _signed(data: bytes, serial: int) -> bytes:
    """The same picture with a number in its comment field, so that it is another file."""
    comment = f"demo {serial}".encode()
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + data[2:]
