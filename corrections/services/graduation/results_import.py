"""Results of items from a list: read and compared at once, written after a look, taken back as a whole."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import BinaryIO, Final

from django.db import IntegrityError, transaction

from accounts.identity import name_match_key
from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError
from common.ratelimit import Limit, hit
from corrections.importers.audit_results import ResultCell, parse_results
from corrections.models import (
    AuditedStudent,
    AuditItem,
    GraduationAudit,
    ItemMark,
    ResultImport,
    ResultRow,
)
from corrections.policies.graduation import check_can_change_list, check_is_office
from corrections.selectors.graduation_scope import own_records
from corrections.services.graduation.listing import held_audit
from corrections.services.graduation.staging import (
    file_name_of,
    move_table,
    opened_table,
    undo_table,
)
from corrections.states.graduation import OUT, ItemSource
from enrollment.importers.tables import UnreadableTableError
from enrollment.states import ImportAction, ImportState, RowOutcome

__all__ = ["apply_results", "discard_results", "undo_results", "upload_results"]

UPLOADS: Final = Limit("graduation-results", 60, 3600)
_CHUNK: Final = 500
_OWN: Final = "这是你自己的学籍，请另一位老师导入。"


@transaction.atomic
def upload_results(
    *, file: BinaryIO, file_name: str, audit: GraduationAudit, actor: User, now: datetime
) -> ResultImport:
    """Read a list and say for each cell what it would change; nothing is written yet.

    The same file sent once more is refused: it stands on the desk already.
    """
    hit(UPLOADS, actor.actor_id, now=now)
    check_can_change_list(actor, audit)
    name = file_name_of(file_name)
    items = {item.title: item for item in audit.items.filter(source=ItemSource.IMPORT)}
    try:
        digest, rows = opened_table(file, name)
        cells = list(parse_results(rows, items))
    except UnreadableTableError as error:
        raise InvalidInputError(str(error), field="file") from error
    if not cells:
        raise InvalidInputError("表里一个结果也没有，请检查后再上传。", field="file")
    made = _create(audit, name, digest, actor=actor, now=now)
    staged = list(_staged(made, cells, items, actor=actor))
    ResultRow.objects.bulk_create(staged, batch_size=_CHUNK)
    trail.record(
        "resultimport.uploaded",
        actor=actor,
        now=now,
        obj=made,
        details={"rows": len(staged), "sha256": digest},
    )
    return made


def _create(
    audit: GraduationAudit, name: str, digest: str, *, actor: User, now: datetime
) -> ResultImport:
    try:
        with transaction.atomic():
            return ResultImport.objects.create(
                audit=audit,
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


def _staged(
    made: ResultImport, cells: list[ResultCell], items: dict[str, AuditItem], *, actor: User
) -> Iterable[ResultRow]:
    students = {
        student.record.student_no: student
        for student in AuditedStudent.objects.filter(
            audit=made.audit, record__student_no__in={cell.student_no for cell in cells}
        ).select_related("record")
    }
    own = own_records(actor)
    marks = _marks(students.values())
    seen: dict[tuple[str, str], int] = {}
    for cell in cells:
        student = students.get(cell.student_no)
        problem = cell.problem or _against(cell, student, own, seen)
        seen.setdefault((cell.student_no, cell.title), cell.row_no)
        yield _row(made, cell, student, items.get(cell.title), marks, problem)


def _row(
    made: ResultImport,
    cell: ResultCell,
    student: AuditedStudent | None,
    item: AuditItem | None,
    marks: dict[tuple[int, int], ItemMark],
    problem: str,
) -> ResultRow:
    row = ResultRow(
        result_import=made,
        row_no=cell.row_no,
        student_no=cell.student_no,
        student=student,
        item=item,
        new_state=cell.state or "",
        new_note=cell.note or None,
        outcome=RowOutcome.ERROR,
        finding=problem[:300],
    )
    if problem or student is None or item is None:
        return row
    _compare(row, marks.get((student.pk, item.pk)))
    return row


def _marks(students: Iterable[AuditedStudent]) -> dict[tuple[int, int], ItemMark]:
    return {
        (mark.student_id, mark.item_id): mark
        for mark in ItemMark.objects.filter(student__in=list(students))
    }


def _against(
    cell: ResultCell,
    student: AuditedStudent | None,
    own: Collection[int],
    seen: dict[tuple[str, str], int],
) -> str:
    """What stands against a cell that could be read; empty when nothing does."""
    if student is None or student.state in OUT:
        return "这次审核的名单上没有这个学号。"
    before = seen.get((cell.student_no, cell.title))
    found = {
        f"和第 {before} 行是同一个学号，只留一行。": before is not None,
        "姓名和名册里这个学号的不一样，请核对学号。": bool(cell.name)
        and name_match_key(cell.name) != student.record.name_key,
        _OWN: student.record_id in own,
    }
    return next((said for said, holds in found.items() if holds), "")


def _compare(row: ResultRow, mark: ItemMark | None) -> None:
    """What writing this row does, as things are now."""
    row.former_state = mark.state if mark else ""
    row.former_note = mark.note if mark else None
    if mark is None:
        row.outcome = RowOutcome.CREATE
    elif mark.value == (row.new_state, row.new_note or ""):
        row.outcome = RowOutcome.UNCHANGED
    else:
        row.outcome = RowOutcome.UPDATE


@transaction.atomic
def apply_results(*, result_import: ResultImport, actor: User, now: datetime) -> ResultImport:
    """Write every good row; all of them or none. What has changed since the look is compared anew.

    The own row stays as it is, whoever uploaded the list.
    """
    audit = held_audit(result_import.audit)
    check_can_change_list(actor, audit)
    move_table(
        result_import,
        ImportAction.START,
        ImportAction.FINISH,
        applied_at=now,
        applied_by=actor.actor_label,
    )
    rows = list(
        result_import.rows.exclude(outcome=RowOutcome.ERROR)
        .select_related("student__record", "item")
        .order_by("pk")
    )
    own = own_records(actor)
    marks = _marks({row.student for row in rows if row.student is not None})
    for row in rows:
        _judge_again(row, marks, own)
    ResultRow.objects.bulk_update(
        rows, ["outcome", "finding", "former_state", "former_note"], batch_size=_CHUNK
    )
    writing = [row for row in rows if row.outcome in {RowOutcome.CREATE, RowOutcome.UPDATE}]
    _write(writing, marks, result_import, actor=actor, now=now)
    _note("auditresult.mark_imported", writing, actor=actor, now=now)
    trail.record(
        "resultimport.applied",
        actor=actor,
        now=now,
        obj=result_import,
        details={"count": len(writing)},
    )
    return result_import


def _judge_again(
    row: ResultRow, marks: dict[tuple[int, int], ItemMark], own: Collection[int]
) -> None:
    if row.student is None or row.student.state in OUT:
        row.outcome, row.finding = RowOutcome.SKIP, "已不在这次审核的名单上。"
        return
    if row.student.record_id in own:
        row.outcome, row.finding = RowOutcome.SKIP, _OWN
        return
    _compare(row, marks.get((row.student.pk, row.item_id or 0)))


def _note(action: str, rows: Iterable[ResultRow], *, actor: User, now: datetime) -> None:
    """One event for each student, with the items that changed; what they say now stands in the list."""
    titles: dict[AuditedStudent, list[str]] = {}
    for row in rows:
        if row.student is not None and row.item is not None:
            titles.setdefault(row.student, []).append(row.item.title)
    trail.record_many(
        trail.event(
            action,
            actor=actor,
            now=now,
            obj=student,
            subject=student.record,
            details={"item": "、".join(items)},
        )
        for student, items in titles.items()
    )


def _write(
    rows: list[ResultRow],
    marks: dict[tuple[int, int], ItemMark],
    result_import: ResultImport,
    *,
    actor: User,
    now: datetime,
) -> None:
    made, changed = [], []
    for row in rows:
        mark = marks.get((row.student_id or 0, row.item_id or 0))
        if mark is None:
            mark = ItemMark(student_id=row.student_id, item_id=row.item_id)  # type: ignore[misc]  # a good row has both
            made.append(mark)
        else:
            changed.append(mark)
        mark.state, mark.note = row.new_state, row.new_note
        mark.set_at, mark.set_by = now, actor.actor_label
        mark.source_import = result_import
    ItemMark.objects.bulk_create(made, batch_size=_CHUNK)
    ItemMark.objects.bulk_update(
        changed, ["state", "note", "set_at", "set_by", "source_import"], batch_size=_CHUNK
    )


@transaction.atomic
def undo_results(*, result_import: ResultImport, actor: User, now: datetime) -> tuple[int, int]:
    """Put back what the list has changed; how many, and how many had been changed again and stay.

    Nobody takes back a list that says something of the own record.
    """
    audit = held_audit(result_import.audit)
    check_can_change_list(actor, audit)
    rows = list(
        result_import.rows.filter(
            outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]
        ).select_related("student__record", "item")
    )
    own = own_records(actor)
    if any(row.student is not None and row.student.record_id in own for row in rows):
        raise NotAllowedError("名单里有你自己的学籍，请另一位老师撤销。")
    undo_table(result_import, undone_at=now, undone_by=actor.actor_label)
    former = {(row.student_id, row.item_id): row for row in rows}
    gone, back, undone = [], [], []
    for mark in ItemMark.objects.filter(source_import=result_import):
        row = former.get((mark.student_id, mark.item_id))
        if row is None:
            continue
        undone.append(row)
        if row.outcome == RowOutcome.CREATE:
            gone.append(mark.pk)
            continue
        mark.state, mark.note = row.former_state, row.former_note
        mark.set_at, mark.set_by, mark.source_import = now, actor.actor_label, None
        back.append(mark)
    ItemMark.objects.filter(pk__in=gone).delete()
    ItemMark.objects.bulk_update(
        back, ["state", "note", "set_at", "set_by", "source_import"], batch_size=_CHUNK
    )
    _note("auditresult.mark_undone", undone, actor=actor, now=now)
    done = len(undone)
    trail.record(
        "resultimport.undone",
        actor=actor,
        now=now,
        obj=result_import,
        details={"count": done, "kept": len(former) - done},
    )
    return done, len(former) - done


@transaction.atomic
def discard_results(*, result_import: ResultImport, actor: User, now: datetime) -> None:
    """Put a list aside that was not applied; its rows go."""
    check_is_office(actor)
    if result_import.state == ImportState.APPLIED:
        raise NotAllowedError("已经导入的名单不能放弃，可以撤销。")
    move_table(result_import, ImportAction.DISCARD)
    result_import.rows.all().delete()
    trail.record("resultimport.discarded", actor=actor, now=now, obj=result_import)
