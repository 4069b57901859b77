"""A roster file handed in: kept sealed, checked in the background, or put aside."""

from datetime import datetime, timedelta
from functools import partial
from typing import IO

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.files import store_sealed
from enrollment import tasks
from enrollment.models import RosterImport, School
from enrollment.states import IMPORT, ImportAction, ImportState

__all__ = ["RETENTION", "discard_roster", "submit_roster", "upload_roster"]

# Originals and staged rows trace an import for one term; then they are erased.
RETENTION = timedelta(days=180)
_LONGEST_NAME = 255
_KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/csv",
    "dbf": "application/x-dbf",
}


@transaction.atomic
def upload_roster(
    *,
    file: IO[bytes],
    file_name: str,
    school: School | None,
    skip_bad: bool,
    actor: Actor,
    now: datetime,
) -> RosterImport:
    """Keep the original, sealed and with its day of erasure, and open an import for it.

    `school` stands for rows that name none. Nothing is read yet: see `stage_roster`.
    """
    name = file_name.strip()
    if not name:
        raise InvalidInputError("选一个名册文件再上传。", field="file")
    extension = name.rpartition(".")[2].lower()
    stored = store_sealed(
        file,
        kind="roster",
        content_type=_KINDS.get(extension, "application/octet-stream"),
        now=now,
        actor=actor,
        original_name=name,
        retain_until=now + RETENTION,
    )
    roster = RosterImport.objects.create(
        file=stored,
        # The end of a name says what kind of file it is.
        file_name=name[-_LONGEST_NAME:],
        school=school,
        skip_bad=skip_bad,
        created_at=now,
        created_by=actor.actor_label,
    )
    audit.record(
        "roster.uploaded",
        actor=actor,
        now=now,
        obj=roster,
        details={"file": roster.file_name, "sha256": stored.sha256, "skip_bad": skip_bad},
    )
    return roster


@transaction.atomic
def submit_roster(
    *,
    file: IO[bytes],
    file_name: str,
    school: School | None,
    skip_bad: bool,
    actor: Actor,
    now: datetime,
) -> RosterImport:
    """Upload and have it checked in the background; the sweep sees to it when no worker listens."""
    roster = upload_roster(
        file=file, file_name=file_name, school=school, skip_bad=skip_bad, actor=actor, now=now
    )
    transaction.on_commit(partial(tasks.stage_roster.delay, roster_id=roster.pk), robust=True)
    return roster


@transaction.atomic
def discard_roster(*, roster: RosterImport, actor: Actor, now: datetime) -> None:
    """Put an import aside that was not applied; its rows stay until they are erased."""
    source = ImportState(roster.state)
    target = IMPORT.target(ImportAction.DISCARD, source=source)
    if RosterImport.objects.filter(pk=roster.pk, state=source).update(state=target) != 1:
        raise StaleStateError("这份名册的状态刚刚有了变化，请刷新页面再看。")
    roster.state = target
    audit.record("roster.discarded", actor=actor, now=now, obj=roster)
