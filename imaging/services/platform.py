"""The platform's list: read and compared at once, what is accepted registered row by row in the background."""

import hashlib
import os
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from common import audit
from common.actors import Actor, System
from common.errors import DomainError, InvalidInputError, StaleStateError
from common.ratelimit import Limit, hit
from common.wording import file_size
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.models import School
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import IMPORT, EnrollmentStatus, ImportAction, ImportState
from imaging import tasks
from imaging.importers.platform import parse_platform
from imaging.models import Campaign, PlatformList, PlatformRow
from imaging.policies import check_can_register
from imaging.selectors.platform import OUTCOMES, compared
from imaging.states import CampaignKind
from imaging.states.registration import REGISTERING, PlatformFinding

__all__ = [
    "apply_platform_list",
    "discard_platform_list",
    "resume_platform_lists",
    "start_platform_list",
    "upload_platform_list",
]

UPLOADS: Final = Limit("platform-lists", 30, 3600)
_MOST_BYTES: Final = 20 * 1024 * 1024
_LONGEST_NAME: Final = 255
_BEAT_EVERY: Final = 20


@transaction.atomic
def upload_platform_list(
    *,
    file: BinaryIO,
    file_name: str,
    campaign: Campaign,
    school: School,
    actor: Actor,
    now: datetime,
) -> PlatformList:
    """Read a list and say for each row what it means beside our own state; nothing is registered yet.

    The same file sent once more is refused by name: it stands on the desk already.
    """
    check_can_register(actor)
    hit(UPLOADS, actor.actor_id, now=now)
    if campaign.kind != CampaignKind.GRADUATION:
        raise InvalidInputError("只有毕业的校对批次要登记。", field="campaign")
    if not campaign.schools.filter(pk=school.pk).exists():
        raise InvalidInputError("这所学校不在这个批次里。", field="school")
    size = file.seek(0, os.SEEK_END)
    if size > _MOST_BYTES:
        raise InvalidInputError(
            f"这个文件有 {file_size(size)}，名单最大 {file_size(_MOST_BYTES)}，请拆开。",
            field="file",
        )
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any seekable file
    try:
        entries = list(parse_platform(read_table(file, file_name)))
    except UnreadableTableError as error:
        raise InvalidInputError(str(error), field="file") from error
    if not entries:
        raise InvalidInputError("名单里一个人也没有，请检查后再上传。", field="file")
    listed = _create(campaign, school, file_name, digest, actor=actor, now=now)
    rows = compared(entries, platform_list=listed, now=now)
    PlatformRow.objects.bulk_create(rows, batch_size=500)
    audit.record(
        "platformlist.uploaded",
        actor=actor,
        now=now,
        obj=listed,
        details={"rows": len(entries), "sha256": digest},
    )
    return listed


def _create(
    campaign: Campaign, school: School, name: str, digest: str, *, actor: Actor, now: datetime
) -> PlatformList:
    try:
        with transaction.atomic():
            return PlatformList.objects.create(
                campaign=campaign,
                school=school,
                file_name=name.strip()[-_LONGEST_NAME:],
                file_sha256=digest,
                created_at=now,
                created_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise InvalidInputError(
            "同一份名单已经上传过，在“平台状态名单”里；要重新比对，先放弃那一份。", field="file"
        ) from error


@transaction.atomic
def start_platform_list(
    *, platform_list: PlatformList, takes_early: bool, actor: Actor, now: datetime
) -> None:
    """Accept what can be registered, with `takes_early` also whom the student has not finished checking."""
    check_can_register(actor)
    _move(
        platform_list,
        ImportAction.START,
        takes_early=takes_early,
        applied_at=now,
        applied_by=actor.actor_label,
        progress=0,
    )
    audit.record(
        "platformlist.started",
        actor=actor,
        now=now,
        obj=platform_list,
        details={"count": accepted(platform_list).count(), "takes_early": takes_early},
    )
    transaction.on_commit(
        partial(tasks.apply_platform_list.delay, list_id=platform_list.pk), robust=True
    )


@transaction.atomic
def discard_platform_list(*, platform_list: PlatformList, actor: Actor, now: datetime) -> None:
    """Put a list aside that nothing was registered from; its rows go."""
    check_can_register(actor)
    _move(platform_list, ImportAction.DISCARD)
    platform_list.rows.all().delete()
    audit.record("platformlist.discarded", actor=actor, now=now, obj=platform_list)


def accepted(platform_list: PlatformList) -> "QuerySet[PlatformRow]":
    """The rows that registering is about."""
    kinds = REGISTERING if platform_list.takes_early else {PlatformFinding.REGISTER}
    return PlatformRow.objects.filter(platform_list=platform_list, finding__in=kinds)


def apply_platform_list(*, platform_list: PlatformList, now: datetime) -> int:
    """Register the accepted rows that are not done, each in a transaction of its own; how many were done.

    Safe to run twice and beside another: a row is claimed first. What stands against a row is
    written beside it, and the others go on.
    """
    if platform_list.state != ImportState.APPLYING:
        return 0
    actor = System(platform_list.applied_by)
    waiting = accepted(platform_list).filter(done_at=None).select_related("record__school")
    done = 0
    mine = PlatformList.objects.filter(pk=platform_list.pk)
    for number, row in enumerate(waiting.order_by("row_no"), start=1):
        done += _register(row, actor=actor, now=now)
        if number % _BEAT_EVERY == 0:
            mine.update(progress=accepted(platform_list).exclude(done_at=None).count())
    with transaction.atomic():
        count = accepted(platform_list).exclude(done_at=None).count()
        _move(platform_list, ImportAction.FINISH, progress=count)
        audit.record(
            "platformlist.applied",
            actor=actor,
            now=now,
            obj=platform_list,
            details={"count": count},
        )
    return done


def resume_platform_lists(*, now: datetime) -> int:
    """Go on with lists whose worker was lost; a sweep."""
    done = 0
    for platform_list in PlatformList.objects.filter(state=ImportState.APPLYING):
        try:
            done += apply_platform_list(platform_list=platform_list, now=now)
        except StaleStateError:  # another worker has just finished it
            continue
    return done


def _register(row: PlatformRow, *, actor: Actor, now: datetime) -> int:
    try:
        with transaction.atomic():
            if not PlatformRow.objects.filter(pk=row.pk, done_at=None).update(done_at=now):
                return 0
            if row.record is None or row.conferred_date is None:
                raise StaleStateError("这一行没有学籍或日期。")
            new = NewGraduation(
                outcome=OUTCOMES[EnrollmentStatus(row.status)],
                conferred_date=row.conferred_date,
                certificate_no=row.certificate_no,
            )
            register_graduation(record=row.record, new=new, actor=actor, now=now)
    except DomainError as error:
        PlatformRow.objects.filter(pk=row.pk).update(
            finding=PlatformFinding.DIFFERENT, note=f"没有登记：{error}"[:300]
        )
        return 0
    return 1


def _move(platform_list: PlatformList, action: ImportAction, **changes: Any) -> None:
    source = ImportState(platform_list.state)
    target = IMPORT.target(action, source=source)
    unmoved = PlatformList.objects.filter(pk=platform_list.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("这份名单的状态刚刚有了变化，请刷新页面再看。")
    platform_list.refresh_from_db()
