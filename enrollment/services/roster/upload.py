"""A roster file handed in: kept sealed, checked in the background, or put aside."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import IO

from django.conf import settings
from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, StaleStateError
from common.files import store_sealed
from common.wording import file_size
from enrollment import tasks
from enrollment.models import ClassGroup, RosterImport, School
from enrollment.states import IMPORT, Coverage, ImportAction, ImportState

__all__ = ["PART", "RETENTION", "Claim", "discard_roster", "submit_roster", "upload_roster"]

# Originals and staged rows trace an import for one term; then they are erased.
RETENTION = timedelta(days=180)
_LONGEST_NAME = 255
_KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/csv",
    "dbf": "application/x-dbf",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the roster claims to hold completely; who is missing from it gets marked."""

    coverage: Coverage = Coverage.PART
    grade: int | None = None
    class_group: ClassGroup | None = None


PART = Claim()


@transaction.atomic
def upload_roster(
    *,
    file: IO[bytes],
    file_name: str,
    school: School | None,
    skip_bad: bool,
    actor: Actor,
    now: datetime,
    claim: Claim = PART,
) -> RosterImport:
    """Keep the original, sealed and with its day of erasure, and open an import for it.

    `school` stands for rows that name none, and is the one that a `claim` speaks of. Nothing is
    read yet: see `stage_roster`.
    """
    _check_claim(claim, school)
    _check_size(file)
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
        coverage=claim.coverage,
        coverage_grade=claim.grade,
        coverage_class=claim.class_group,
        created_at=now,
        created_by=actor.actor_label,
    )
    audit.record(
        "roster.uploaded",
        actor=actor,
        now=now,
        obj=roster,
        details={
            "file": roster.file_name,
            "sha256": stored.sha256,
            "skip_bad": skip_bad,
            "coverage": roster.coverage,
        },
    )
    return roster


def _check_claim(claim: Claim, school: School | None) -> None:
    if claim.coverage == Coverage.PART:
        if claim.grade is not None or claim.class_group is not None:
            raise InvalidInputError("只含一部分人的名册不填年级和班级。", field="coverage")
        return
    if school is None:
        raise InvalidInputError("完整名册要选学校。", field="school")
    if (claim.coverage == Coverage.GRADE) != (claim.grade is not None):
        raise InvalidInputError("写明是哪个年级，例如 2022；别的范围不填。", field="coverage_grade")
    if (claim.coverage == Coverage.CLASS) != (claim.class_group is not None):
        raise InvalidInputError("选是哪个班；别的范围不选。", field="coverage_class")
    if claim.class_group is not None and claim.class_group.school_id != school.pk:
        raise InvalidInputError("这个班不是所选学校的。", field="coverage_class")


def _check_size(file: IO[bytes]) -> None:
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(0)
    most = settings.MAX_ROSTER_BYTES
    if size > most:
        raise InvalidInputError(
            f"这个文件有 {file_size(size)}，最大 {file_size(most)}。"
            "删去空白的行列和图片，或按学院拆成几个文件再上传。",
            field="file",
        )


@transaction.atomic
def submit_roster(
    *,
    file: IO[bytes],
    file_name: str,
    school: School | None,
    skip_bad: bool,
    actor: Actor,
    now: datetime,
    claim: Claim = PART,
) -> RosterImport:
    """Upload and have it checked in the background; the sweep sees to it when no worker listens."""
    roster = upload_roster(
        file=file,
        file_name=file_name,
        school=school,
        skip_bad=skip_bad,
        actor=actor,
        now=now,
        claim=claim,
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
