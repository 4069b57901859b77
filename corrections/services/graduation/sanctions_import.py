"""Sanctions from a list: read and compared at once, entered after a look, taken back as a whole."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Final

from django.db import IntegrityError, transaction

from accounts.identity import name_match_key
from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from common.wording import local
from corrections.importers.sanctions import SanctionEntry, parse_sanctions
from corrections.models import Sanction, SanctionImport, SanctionRow
from corrections.policies.graduation import check_handles_sanctions
from corrections.selectors.graduation_scope import own_records
from corrections.services.graduation.staging import (
    file_name_of,
    move_table,
    opened_table,
    undo_table,
)
from enrollment.importers.tables import UnreadableTableError
from enrollment.models import School, StudentRecord
from enrollment.states import ImportAction, ImportState, RowOutcome

__all__ = ["apply_sanctions", "discard_sanctions", "undo_sanctions", "upload_sanctions"]

UPLOADS: Final = Limit("graduation-sanctions", 30, 3600)
_CHUNK: Final = 500
_OWN: Final = "这是你自己的学籍，请另一位经办人导入。"


@transaction.atomic
def upload_sanctions(
    *, file: BinaryIO, file_name: str, school: School, actor: User, now: datetime
) -> SanctionImport:
    """Read a list and say for each row what entering it would do; nothing is entered yet."""
    hit(UPLOADS, actor.actor_id, now=now)
    check_handles_sanctions(actor)
    name = file_name_of(file_name)
    try:
        digest, rows = opened_table(file, name)
        entries = list(parse_sanctions(rows))
    except UnreadableTableError as error:
        raise InvalidInputError(str(error), field="file") from error
    if not entries:
        raise InvalidInputError("表里一行也没有，请检查后再上传。", field="file")
    try:
        with transaction.atomic():
            made = SanctionImport.objects.create(
                school=school,
                file_name=name,
                file_sha256=digest,
                state=ImportState.STAGED,
                created_at=now,
                created_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise InvalidInputError(
            "同一份名单已经上传过。要重新比对，先放弃或撤销那一份。", field="file"
        ) from error
    SanctionRow.objects.bulk_create(_staged(made, entries, actor=actor), batch_size=_CHUNK)
    trail.record(
        "sanctionimport.uploaded",
        actor=actor,
        now=now,
        obj=made,
        details={"rows": len(entries), "sha256": digest},
    )
    return made


def _staged(
    made: SanctionImport, entries: list[SanctionEntry], *, actor: User
) -> Iterator[SanctionRow]:
    records = {
        record.student_no: record
        for record in StudentRecord.objects.filter(
            school=made.school, student_no__in={entry.student_no for entry in entries}
        )
    }
    known = {
        (each.record_id, each.document_no): each
        for each in Sanction.objects.filter(record__in=records.values(), voided_at=None)
    }
    own = own_records(actor)
    seen: dict[tuple[str, str], int] = {}
    for entry in entries:
        record = records.get(entry.student_no)
        key = (entry.student_no, entry.document_no)
        problem = entry.problem or _against(entry, record, seen.get(key), own)
        seen.setdefault(key, entry.row_no)
        row = SanctionRow(
            sanction_import=made,
            row_no=entry.row_no,
            student_no=entry.student_no,
            record=record,
            kind=entry.kind or "",
            document_no=entry.document_no,
            imposed_date=entry.imposed,
            lifted_date=entry.lifted,
            reason=entry.reason or None,
            outcome=RowOutcome.ERROR,
            finding=problem[:300],
        )
        if not problem and record is not None:
            _compare(row, known.get((record.pk, entry.document_no)))
        yield row


def _against(
    entry: SanctionEntry, record: StudentRecord | None, before: int | None, own: Collection[int]
) -> str:
    """What stands against a row that could be read; empty when nothing does."""
    if record is None:
        return "名册里没有这个学号。"
    found = {
        f"和第 {before} 行是同一个学号、同一个文号，只留一行。": before is not None,
        "姓名和名册里这个学号的不一样，请核对学号。": bool(entry.name)
        and name_match_key(entry.name) != record.name_key,
        _OWN: record.pk in own,
    }
    return next((said for said, holds in found.items() if holds), "")


def _compare(row: SanctionRow, known: Sanction | None) -> None:
    """New, known but now lifted, the same as before, or in conflict with what stands there."""
    row.sanction, row.finding = known, ""
    if known is None:
        row.outcome = RowOutcome.CREATE
    elif (known.kind, known.imposed_date) != (row.kind, row.imposed_date):
        row.outcome = RowOutcome.ERROR
        row.finding = "同一文号已登记，种类或日期不一样。请核对决定书，再手工办理。"
    elif row.lifted_date is None or row.lifted_date == known.lifted_date:
        row.outcome = RowOutcome.UNCHANGED
    elif known.lifted_date is None:
        row.outcome = RowOutcome.UPDATE
    else:
        row.outcome = RowOutcome.ERROR
        row.finding = "已登记过另一个解除日期。请核对后手工办理。"


@transaction.atomic
def apply_sanctions(
    *, sanction_import: SanctionImport, actor: User, now: datetime
) -> SanctionImport:
    """Enter or lift what the good rows say; what has changed since the look is compared anew."""
    check_handles_sanctions(actor)
    move_table(
        sanction_import,
        ImportAction.START,
        ImportAction.FINISH,
        applied_at=now,
        applied_by=actor.actor_label,
    )
    rows = list(
        sanction_import.rows.exclude(outcome=RowOutcome.ERROR)
        .select_related("record")
        .order_by("row_no")
    )
    known = {
        (each.record_id, each.document_no): each
        for each in Sanction.objects.filter(
            record__in=[row.record_id for row in rows], voided_at=None
        )
        .select_for_update(of=("self",))
        .select_related("record")
        .order_by("pk")
    }
    own = own_records(actor)
    for row in rows:
        _compare(row, known.get((row.record_id or 0, row.document_no)))
        _judge_again(row, own, now=now)
    done = _enter(rows, actor=actor, now=now) + _lift(rows, actor=actor, now=now)
    SanctionRow.objects.bulk_update(rows, ["outcome", "finding", "sanction"], batch_size=_CHUNK)
    trail.record(
        "sanctionimport.applied", actor=actor, now=now, obj=sanction_import, details={"count": done}
    )
    return sanction_import


def _judge_again(row: SanctionRow, own: Collection[int], *, now: datetime) -> None:
    """What the rules of a sanction by hand say of a row that would be written."""
    if row.outcome == RowOutcome.UNCHANGED:
        return
    found = {
        _OWN: row.record_id in own,
        "处分日期不能晚于今天。": row.imposed_date is None or row.imposed_date > local(now).date(),
    }
    said = next((said for said, holds in found.items() if holds), "")
    if said:
        row.outcome, row.finding = RowOutcome.ERROR, said


def _enter(rows: Iterable[SanctionRow], *, actor: User, now: datetime) -> int:
    """The new ones, written at once."""
    label = actor.actor_label
    new = [row for row in rows if row.outcome == RowOutcome.CREATE]
    made = []
    for row in new:
        row.sanction = Sanction(
            record=row.record,
            kind=row.kind,
            document_no=row.document_no,
            imposed_date=row.imposed_date,  # type: ignore[misc]  # a good row has one
            lifted_date=row.lifted_date,
            lifted_at=now if row.lifted_date else None,
            lifted_by=label if row.lifted_date else "",
            reason=row.reason or None,
            entered_at=now,
            entered_by=label,
        )
        made.append(row.sanction)
    try:
        with transaction.atomic():
            Sanction.objects.bulk_create(made, batch_size=_CHUNK)
    except IntegrityError as error:
        raise StaleStateError("刚刚有人登记了同一文号的处分，请再点一次。") from error
    _note("sanction.entered", new, actor=actor, now=now)
    return len(new)


def _lift(rows: Iterable[SanctionRow], *, actor: User, now: datetime) -> int:
    """Those that are known, with the day on which they were lifted."""
    lifted = [row for row in rows if row.outcome == RowOutcome.UPDATE]
    changed = []
    for row in lifted:
        known = row.sanction
        if known is not None:
            known.lifted_date, known.lifted_at = row.lifted_date, now
            known.lifted_by = actor.actor_label
            changed.append(known)
    Sanction.objects.bulk_update(
        changed, ["lifted_date", "lifted_at", "lifted_by"], batch_size=_CHUNK
    )
    _note("sanction.lifted", lifted, actor=actor, now=now)
    return len(lifted)


def _note(action: str, rows: Iterable[SanctionRow], *, actor: User, now: datetime) -> None:
    """One event for each sanction: that there is one, never which."""
    trail.record_many(
        trail.event(action, actor=actor, now=now, obj=row.sanction, subject=row.record)
        for row in rows
    )


@transaction.atomic
def undo_sanctions(
    *, sanction_import: SanctionImport, actor: User, now: datetime
) -> tuple[int, int]:
    """Take back what the list has done; how many, and how many were changed again and stay.

    Nobody takes back a list that says something of the own record.
    """
    check_handles_sanctions(actor)
    rows = list(
        sanction_import.rows.filter(
            outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
        ).select_related("record", "sanction")
    )
    own = own_records(actor)
    if any(row.record_id in own for row in rows):
        raise NotAllowedError("名单里有你自己的学籍，请另一位经办人撤销。")
    undo_table(sanction_import, undone_at=now, undone_by=actor.actor_label)
    there = Sanction.objects.select_for_update().filter(
        pk__in=[row.sanction_id for row in rows], voided_at=None
    )
    days = dict(there.order_by("pk").values_list("pk", "lifted_date"))
    still = [
        row for row in rows if row.sanction_id in days and days[row.sanction_id] == row.lifted_date
    ]
    entered = [row for row in still if row.outcome == RowOutcome.CREATE]
    lifted = [row for row in still if row.outcome == RowOutcome.UPDATE]
    Sanction.objects.filter(pk__in=[row.sanction_id for row in entered]).update(
        voided_at=now, voided_by=actor.actor_label, void_reason="撤销导入的名单"
    )
    Sanction.objects.filter(pk__in=[row.sanction_id for row in lifted]).update(
        lifted_date=None, lifted_at=None, lifted_by=""
    )
    _note("sanction.voided", entered, actor=actor, now=now)
    _note("sanction.lift_undone", lifted, actor=actor, now=now)
    kept = len(rows) - len(still)
    trail.record(
        "sanctionimport.undone",
        actor=actor,
        now=now,
        obj=sanction_import,
        details={"count": len(still), "kept": kept},
    )
    return len(still), kept


@transaction.atomic
def discard_sanctions(*, sanction_import: SanctionImport, actor: User, now: datetime) -> None:
    """Put a list aside that was not applied; its rows go."""
    check_handles_sanctions(actor)
    if sanction_import.state == ImportState.APPLIED:
        raise NotAllowedError("已经导入的名单不能放弃，可以撤销。")
    move_table(sanction_import, ImportAction.DISCARD)
    sanction_import.rows.all().delete()
    trail.record("sanctionimport.discarded", actor=actor, now=now, obj=sanction_import)
