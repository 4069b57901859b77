"""A batch as staff bring it in: kept sealed, looked through with rows and small pictures, then imported."""

from pathlib import Path

from django.utils import timezone

from benchmarks.scratch import peak_of
from common.actors import System
from enrollment.states import ImportState
from imaging.services.batch import apply_batch, check_batch, stage_batch, start_batch
from imaging.states import PhotoKind

__all__ = ["looked_through_then_imported", "peak_at_the_desk"]

# In a process that has loaded no more than a worker has.
_ALONE = """
from pathlib import Path
from benchmarks.photo_desk import looked_through_then_imported
looked_through_then_imported(Path({path!r}))
"""


def looked_through_then_imported(archive: Path) -> None:
    """All that the desk does with an archive, one thing after the other."""
    actor = System("命令行")
    now = timezone.now()
    with archive.open("rb") as file:
        batch = stage_batch(
            file=file, file_name=archive.name, kind=PhotoKind.GRADUATION, actor=actor, now=now
        )
    # Where tasks run at once, as in the tests, each step is over when it has been asked for.
    batch.refresh_from_db()
    if batch.state == ImportState.UPLOADED:
        check_batch(batch=batch, now=now)
        batch.refresh_from_db()
    start_batch(batch=batch, actor=actor, now=now)
    batch.refresh_from_db()
    if batch.state == ImportState.APPLYING:
        apply_batch(batch=batch, actor=actor, now=now)


def peak_at_the_desk(archive: Path) -> float:
    """The peak memory of the same in a process of its own, in megabytes."""
    return peak_of("shell", "--no-imports", "-c", _ALONE.format(path=str(archive)))
