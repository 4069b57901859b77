"""Lists of people: read and judged at once, applied row by row in the background."""

import os
from datetime import datetime
from functools import partial
from typing import BinaryIO

from django.db import transaction
from django.db.models import QuerySet

from common import audit
from common.actors import Actor, System
from common.errors import DomainError, InvalidInputError, StaleStateError
from common.wording import file_size
from enrollment import tasks
from enrollment.importers.people import parse_people
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.models import PeopleList, PeopleListRow
from enrollment.selectors.people import Directory, judged
from enrollment.services.invitation import invite
from enrollment.services.placement import place
from enrollment.states import IMPORT, ImportAction, ImportState, ListedOutcome

__all__ = [
    "apply_people_list",
    "discard_people_list",
    "resume_people_lists",
    "start_people_list",
    "upload_people_list",
]

_LONGEST_NAME = 255
# Read while somebody waits; five thousand people take a tenth of it.
_MOST_BYTES = 5 * 1024 * 1024


@transaction.atomic
def upload_people_list(
    *, file: BinaryIO, file_name: str, actor: Actor, now: datetime
) -> PeopleList:
    """Read a list and say for each row what applying it would do; nothing is done yet."""
    name = file_name.strip()
    if not name:
        raise InvalidInputError("选一个名单文件再上传。", field="file")
    _check_size(file)
    try:
        people = list(parse_people(read_table(file, name)))
    except UnreadableTableError as error:
        raise InvalidInputError(str(error), field="file") from error
    if not people:
        raise InvalidInputError("名单里一个人也没有，请检查后再上传。", field="file")
    listed = PeopleList.objects.create(
        file_name=name[-_LONGEST_NAME:],
        state=ImportState.STAGED,
        created_at=now,
        created_by=actor.actor_label,
    )
    directory = Directory(people)
    rows = [judged(person, directory, people_list=listed, now=now) for person in people]
    PeopleListRow.objects.bulk_create(rows, batch_size=500)
    audit.record(
        "people_list.uploaded", actor=actor, now=now, obj=listed, details={"rows": len(rows)}
    )
    return listed


def _check_size(file: BinaryIO) -> None:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size > _MOST_BYTES:
        raise InvalidInputError(
            f"这个文件有 {file_size(size)}，名单最大 {file_size(_MOST_BYTES)}。"
            "删去空白的行列和图片再上传。",
            field="file",
        )


@transaction.atomic
def start_people_list(*, people_list: PeopleList, actor: Actor, now: datetime) -> None:
    """Begin to apply: appoint whom we know, invite the others; a worker does the rows."""
    _move(people_list, ImportAction.START, {"applied_at": now, "applied_by": actor.actor_label})
    audit.record("people_list.started", actor=actor, now=now, obj=people_list)
    transaction.on_commit(
        partial(tasks.apply_people_list.delay, list_id=people_list.pk), robust=True
    )


@transaction.atomic
def discard_people_list(*, people_list: PeopleList, actor: Actor, now: datetime) -> None:
    """Put a list aside that was not applied; its rows go, because nobody needs the contacts any more."""
    _move(people_list, ImportAction.DISCARD, {})
    people_list.rows.all().delete()
    audit.record("people_list.discarded", actor=actor, now=now, obj=people_list)


def apply_people_list(*, people_list: PeopleList, now: datetime) -> int:
    """Do the rows that are not done, each in a transaction of its own; returns how many were done.

    Safe to run twice and beside another: a row is claimed first. What stands against a row is
    written beside it, and the others go on.
    """
    if people_list.state != ImportState.APPLYING:
        return 0
    waiting: QuerySet[PeopleListRow] = people_list.rows.filter(
        done_at=None, outcome__in=[ListedOutcome.APPOINT, ListedOutcome.INVITE]
    )
    done = 0
    for row in waiting.select_related("class_group", "college", "record__school").order_by(
        "row_no"
    ):
        done += _do(row, actor=System(people_list.applied_by), now=now)
    with transaction.atomic():
        _move(people_list, ImportAction.FINISH, {})
        audit.record(
            "people_list.applied",
            actor=System(people_list.applied_by),
            now=now,
            obj=people_list,
            details={"done": people_list.rows.filter(done_at__isnull=False).count()},
        )
    return done


def resume_people_lists(*, now: datetime) -> int:
    """Go on with lists whose worker was lost; a sweep."""
    running = PeopleList.objects.filter(state=ImportState.APPLYING)
    done = 0
    for people_list in running:
        try:
            done += apply_people_list(people_list=people_list, now=now)
        except StaleStateError:  # another worker has just finished it
            continue
    return done


def _do(row: PeopleListRow, *, actor: Actor, now: datetime) -> int:
    try:
        with transaction.atomic():
            if not PeopleListRow.objects.filter(pk=row.pk, done_at=None).update(done_at=now):
                return 0
            if row.outcome == ListedOutcome.INVITE:
                invite(placement=row, actor=actor, now=now)
            else:
                user = Directory([]).account(row)
                if user is None:
                    raise StaleStateError("这个账号刚刚不在了，请重新上传名单。")
                place(user, row, actor=actor, now=now)
    except DomainError as error:
        PeopleListRow.objects.filter(pk=row.pk).update(
            outcome=ListedOutcome.ERROR, finding=str(error)[:300]
        )
        return 0
    return 1


def _move(people_list: PeopleList, action: ImportAction, changes: dict[str, object]) -> None:
    source = ImportState(people_list.state)
    target = IMPORT.target(action, source=source)
    if (
        PeopleList.objects.filter(pk=people_list.pk, state=source).update(state=target, **changes)
        != 1
    ):
        raise StaleStateError("这份名单的状态刚刚有了变化，请刷新页面再看。")
    people_list.refresh_from_db()
