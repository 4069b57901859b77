"""Sanctions from a list: read and compared at once, entered after a look, taken back as a whole."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Final

from django.db import IntegrityError, transaction

from accounts.identity import name_match_key
from accounts.models import User
from common import audit as trail
from common.errors import DomainError, InvalidInputError, NotAllowedError
from common.ratelimit import Limit, hit
from corrections.importers.sanctions import SanctionEntry, parse_sanctions
from corrections.models import Sanction, SanctionImport, SanctionRow
from corrections.policies.graduation import check_handles_sanctions
from corrections.selectors.graduation_scope import is_own
from corrections.services.graduation.sanctions import enter_sanction, lift_sanction
from corrections.services.graduation.staging import (
    file_name_of,
    move_table,
    opened_table,
    undo_table,
)
from corrections.states.graduation import SanctionKind
from enrollment.importers.tables import UnreadableTableError
from enrollment.models import School, StudentRecord
from enrollment.states import ImportAction, ImportState, RowOutcome

__all__ = ["apply_sanctions", "discard_sanctions", "undo_sanctions", "upload_sanctions"]

UPLOADS: Final = Limit("graduation-sanctions", 30, 3600)
_CHUNK: Final = 500


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
    seen: dict[tuple[str, str], int] = {}
    for entry in entries:
        record = records.get(entry.student_no)
        key = (entry.student_no, entry.document_no)
        problem = entry.problem or _against(entry, record, seen.get(key), actor=actor)
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
    entry: SanctionEntry, record: StudentRecord | None, before: int | None, *, actor: User
) -> str:
    """What stands against a row that could be read; empty when nothing does."""
    if record is None:
        return "名册里没有这个学号。"
    found = {
        f"和第 {before} 行是同一个学号、同一个文号，只留一行。": before is not None,
        "姓名和名册里这个学号的不一样，请核对学号。": bool(entry.name)
        and name_match_key(entry.name) != record.name_key,
        "这是你自己的学籍，请另一位经办人导入。": is_own(actor, record),
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
        ).select_related("record")
    }
    done = 0
    for row in rows:
        _compare(row, known.get((row.record_id or 0, row.document_no)))
        done += _enter(row, actor=actor, now=now)
    SanctionRow.objects.bulk_update(rows, ["outcome", "finding", "sanction"], batch_size=_CHUNK)
    trail.record(
        "sanctionimport.applied", actor=actor, now=now, obj=sanction_import, details={"count": done}
    )
    return sanction_import


def _enter(row: SanctionRow, *, actor: User, now: datetime) -> int:
    if row.record is None or row.imposed_date is None:
        return 0
    try:
        with transaction.atomic():
            if row.outcome == RowOutcome.CREATE:
                row.sanction = enter_sanction(
                    record=row.record,
                    kind=SanctionKind(row.kind),
                    document_no=row.document_no,
                    imposed_date=row.imposed_date,
                    lifted_date=row.lifted_date,
                    reason=row.reason or "",
                    actor=actor,
                    now=now,
                )
                return 1
            if row.outcome == RowOutcome.UPDATE and row.sanction and row.lifted_date:
                lift_sanction(
                    sanction=row.sanction, lifted_date=row.lifted_date, actor=actor, now=now
                )
                return 1
    except DomainError as error:
        row.outcome, row.finding = RowOutcome.ERROR, str(error)[:300]
    return 0


@transaction.atomic
def undo_sanctions(
    *, sanction_import: SanctionImport, actor: User, now: datetime
) -> tuple[int, int]:
    """Take back what the list has done; how many, and how many were changed again and stay."""
    check_handles_sanctions(actor)
    undo_table(sanction_import, undone_at=now, undone_by=actor.actor_label)
    rows = sanction_import.rows.filter(
        outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
    ).select_related("sanction")
    done = kept = 0
    for row in rows:
        there = Sanction.objects.filter(
            pk=row.sanction_id or 0, voided_at=None, lifted_date=row.lifted_date
        )
        if row.outcome == RowOutcome.CREATE:
            taken = there.update(
                voided_at=now, voided_by=actor.actor_label, void_reason="撤销导入的名单"
            )
        else:
            taken = there.update(lifted_date=None, lifted_at=None, lifted_by="")
        done, kept = done + taken, kept + (1 - taken)
    trail.record(
        "sanctionimport.undone",
        actor=actor,
        now=now,
        obj=sanction_import,
        details={"count": done, "kept": kept},
    )
    return done, kept


@transaction.atomic
def discard_sanctions(*, sanction_import: SanctionImport, actor: User, now: datetime) -> None:
    """Put a list aside that was not applied; its rows go."""
    check_handles_sanctions(actor)
    if sanction_import.state == ImportState.APPLIED:
        raise NotAllowedError("已经导入的名单不能放弃，可以撤销。")
    move_table(sanction_import, ImportAction.DISCARD)
    sanction_import.rows.all().delete()
    trail.record("sanctionimport.discarded", actor=actor, now=now, obj=sanction_import)
