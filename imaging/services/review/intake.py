"""Results of the outside comparison: read and judged at once, applied after somebody has looked.

The portal compares nothing itself; it takes in what it is told, and only from a named handler.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO, Final

from django.db import transaction

from accounts.identity import name_match_key
from accounts.models import User
from common import audit
from common.errors import InvalidInputError, StaleStateError
from common.ratelimit import Limit, hit
from common.wording import file_size
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.models import School, StudentRecord
from enrollment.states import IMPORT, ImportAction, ImportState
from imaging.importers.comparison import ComparedRow, parse_comparison
from imaging.models import IdentityReview, ReviewImport, ReviewImportRow, ReviewRules
from imaging.policies.review import check_is_handler
from imaging.selectors.reviews import is_party
from imaging.services.review.opening import compare_again, open_review
from imaging.services.review.rules import rules_of
from imaging.states.review import ComparisonResult, ReviewRowOutcome

__all__ = ["apply_review_import", "discard_review_import", "upload_results"]

IMPORTS: Final = Limit("review-imports", 30, 3600)
_MOST_BYTES: Final = 2 * 1024 * 1024
_LONGEST_NAME: Final = 255
_MOVED: Final = "这次导入的状态刚刚有了变化，请刷新页面再看。"


@transaction.atomic
def upload_results(
    *,
    file: BinaryIO,
    file_name: str,
    school: School,
    due_at: datetime,
    actor: User,
    now: datetime,
) -> ReviewImport:
    """Read a list and say for each row what applying it would do; nothing is done yet."""
    check_is_handler(actor)
    hit(IMPORTS, actor.actor_id, now=now)
    name = file_name.strip()
    if not name:
        raise InvalidInputError("选一个文件再上传。", field="file")
    if due_at <= now:
        raise InvalidInputError("材料交齐的期限要晚于现在。", field="due_at")
    size = file.seek(0, os.SEEK_END)
    if size > _MOST_BYTES:
        raise InvalidInputError(
            f"这个文件有 {file_size(size)}，最大 {file_size(_MOST_BYTES)}。删去空白的行列再上传。",
            field="file",
        )
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    try:
        rows = list(parse_comparison(read_table(file, name)))
    except UnreadableTableError as error:
        raise InvalidInputError(str(error), field="file") from error
    if not rows:
        raise InvalidInputError("表里一行也没有，请检查后再上传。", field="file")
    made = ReviewImport.objects.create(
        school=school,
        file_name=name[-_LONGEST_NAME:],
        state=ImportState.STAGED,
        due_at=due_at,
        created_at=now,
        created_by=actor.actor_label,
    )
    _stage(made, rows, actor=actor)
    audit.record(
        "reviewimport.uploaded",
        actor=actor,
        now=now,
        obj=made,
        details={"rows": len(rows), "sha256": digest},
    )
    return made


def _stage(made: ReviewImport, rows: list[ComparedRow], *, actor: User) -> None:
    records = {
        record.student_no: record
        for record in StudentRecord.objects.filter(
            school=made.school, student_no__in=[row.student_no for row in rows]
        )
    }
    waiting = _waiting(list(records.values()))
    seen: dict[str, int] = {}
    staged = []
    for row in rows:
        record = records.get(row.student_no)
        problem = row.problem or _against(row, record, made.school, seen, actor=actor)
        if row.student_no:
            seen.setdefault(row.student_no, row.row_no)
        outcome, finding = (
            (ReviewRowOutcome.ERROR, problem)
            if problem or record is None or row.result is None
            else _judged(row.result, waiting.get(record.pk))
        )
        staged.append(
            ReviewImportRow(
                review_import=made,
                row_no=row.row_no,
                student_no=row.student_no,
                result=row.result or "",
                record=record,
                outcome=outcome,
                finding=finding[:300],
            )
        )
    ReviewImportRow.objects.bulk_create(staged, batch_size=200)


def _waiting(records: list[StudentRecord]) -> Mapping[int, IdentityReview]:
    cases = IdentityReview.objects.waiting().filter(record__in=records)
    cases = cases.select_related("record__school", "record__college", "rules")
    return {case.record_id: case for case in cases}


def _against(
    row: ComparedRow,
    record: StudentRecord | None,
    school: School,
    seen: dict[str, int],
    *,
    actor: User,
) -> str:
    """What stands against a row that could be read; empty when nothing does."""
    if row.school_code and row.school_code != school.code:
        return f"院校代码 {row.school_code[:10]} 不是{school.name}的。"
    if record is None:
        return "名册里没有这个学号。"
    found = {
        f"和第 {seen.get(row.student_no)} 行是同一个学号，只留一行。": row.student_no in seen,
        "这条学籍是重复的，已经注销。": record.duplicate_of_id is not None,
        "姓名和名册里这个学号的不一样，请核对学号。": bool(row.name)
        and name_match_key(row.name) != record.name_key,
        "这是你自己的学籍，请另一位经办人导入。": is_party(actor, record),
    }
    return next((said for said, holds in found.items() if holds), "")


def _judged(result: ComparisonResult, case: IdentityReview | None) -> tuple[ReviewRowOutcome, str]:
    """What applying a good row does, as things are now."""
    if case is not None:
        hides = result.value in case.rules.hides and case.record.hidden_at is None
        also = "按立案时的规则，学籍暂不显示。" if hides else ""
        return ReviewRowOutcome.AGAIN, f"已在办 {case.case_no}，记为重新比对的结果。{also}"
    if result is ComparisonResult.PASSED:
        return ReviewRowOutcome.NOTHING, "比对通过，也没有在办的复核。"
    return ReviewRowOutcome.OPEN, ""


@transaction.atomic
def apply_review_import(*, review_import: ReviewImport, actor: User, now: datetime) -> ReviewImport:
    """Open a case, or note the result in the open one, for every good row; all of them or none.

    What has changed since it was looked at is judged anew: no record gets a second open case.
    """
    check_is_handler(actor)
    _move(
        review_import,
        [ImportAction.START, ImportAction.FINISH],
        {"applied_at": now, "applied_by": actor.actor_label},
    )
    rules = rules_of(review_import.school, actor=actor, now=now)
    rows = list(
        review_import.rows.exclude(outcome=ReviewRowOutcome.ERROR)
        .select_related("record__school", "record__college")
        .order_by("row_no")
    )
    waiting = _waiting([row.record for row in rows if row.record is not None])
    for row in rows:
        case = waiting.get(row.record_id or 0)
        _apply(row, case, rules, due_at=review_import.due_at, actor=actor, now=now)
    ReviewImportRow.objects.bulk_update(rows, ["outcome", "finding"], batch_size=200)
    done = [row.outcome for row in rows]
    audit.record(
        "reviewimport.applied",
        actor=actor,
        now=now,
        obj=review_import,
        details={
            "opened_count": done.count(ReviewRowOutcome.OPEN),
            "again_count": done.count(ReviewRowOutcome.AGAIN),
        },
    )
    return review_import


def _apply(
    row: ReviewImportRow,
    case: IdentityReview | None,
    rules: ReviewRules,
    *,
    due_at: datetime,
    actor: User,
    now: datetime,
) -> None:
    result = ComparisonResult(row.result)
    row.outcome, row.finding = _judged(result, case)
    if case is not None:
        compare_again(review=case, result=result, actor=actor, now=now)
    elif row.outcome == ReviewRowOutcome.OPEN and row.record is not None:
        made = open_review(
            record=row.record, result=result, rules=rules, due_at=due_at, actor=actor, now=now
        )
        row.finding = f"立案 {made.case_no}。"


@transaction.atomic
def discard_review_import(*, review_import: ReviewImport, actor: User, now: datetime) -> None:
    """Put a list aside that was not applied; its rows go, nobody needs them any more."""
    check_is_handler(actor)
    _move(review_import, [ImportAction.DISCARD], {})
    review_import.rows.all().delete()
    audit.record("reviewimport.discarded", actor=actor, now=now, obj=review_import)


def _move(
    review_import: ReviewImport, actions: list[ImportAction], changes: dict[str, object]
) -> None:
    source = target = ImportState(review_import.state)
    for action in actions:
        target = IMPORT.target(action, source=target)
    unmoved = ReviewImport.objects.filter(pk=review_import.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_MOVED)
    review_import.refresh_from_db()
