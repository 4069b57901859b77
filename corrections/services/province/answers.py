"""The province's answers: read and judged at once, registered case by case after somebody has looked."""

import hashlib
import os
from datetime import datetime
from typing import Any, BinaryIO, Final

from django.db import transaction

from accounts.models import User
from common import audit
from common.errors import DomainError, InvalidInputError, StaleStateError
from common.ratelimit import Limit, hit
from common.wording import file_size
from corrections.documents.province import values_text
from corrections.importers.province import AnsweredRow, parse_answers
from corrections.models import AnswerLine, PackedCase, ProvinceAnswer, ProvincePack
from corrections.selectors.batch import last_step
from corrections.selectors.province import packed_row
from corrections.services.province.packs import check_is_office, finish_pack
from corrections.services.request import approve_request, refuse_by_province
from corrections.services.taking_back import locked_request
from corrections.states import RequestState
from corrections.states.province import LineOutcome, ProvincePackState, Verdict
from enrollment.importers.tables import UnreadableTableError, read_table
from enrollment.selectors import FIELD_LABELS
from enrollment.states import IMPORT, ImportAction, ImportState

__all__ = ["apply_answers", "discard_answers", "upload_answers"]

ANSWERS: Final = Limit("province-answers", 30, 3600)
_MOST_BYTES: Final = 2 * 1024 * 1024
_LONGEST_NAME: Final = 255


@transaction.atomic
def upload_answers(
    *, pack: ProvincePack, file: BinaryIO, file_name: str, actor: User, now: datetime
) -> ProvinceAnswer:
    """Read the table and say of each line what registering it would do; nothing is done yet."""
    check_is_office(actor)
    hit(ANSWERS, actor.actor_id, now=now)
    size = file.seek(0, os.SEEK_END)
    if size > _MOST_BYTES:
        said = f"这个文件有 {file_size(size)}，最大 {file_size(_MOST_BYTES)}。"
        raise InvalidInputError(said, field="file")
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    try:
        rows = list(parse_answers(read_table(file, file_name)))
    except UnreadableTableError as error:
        raise InvalidInputError(str(error), field="file") from error
    if not rows:
        raise InvalidInputError("表里一行也没有，请检查后再上传。", field="file")
    answer = ProvinceAnswer.objects.create(
        pack=pack,
        file_name=file_name[-_LONGEST_NAME:],
        state=ImportState.STAGED,
        created_at=now,
        created_by=actor.actor_label,
    )
    _stage(answer, rows)
    audit.record(
        "provinceanswer.uploaded",
        actor=actor,
        now=now,
        obj=answer,
        details={"rows": len(rows), "sha256": digest},
    )
    return answer


def _stage(answer: ProvinceAnswer, rows: list[AnsweredRow]) -> None:
    packed = {
        str(each.request_id): each
        for each in answer.pack.packed.select_related("request__record__school").prefetch_related(
            "request__fields", "request__evidence__file", "request__steps"
        )
    }
    contradictory = _contradictory(rows)
    seen: dict[str, int] = {}
    lines = []
    for row in rows:
        case = packed.get(row.case_no)
        line = AnswerLine(
            answer=answer,
            row_no=row.row_no,
            case_no=row.case_no,
            packed=case,
            verdict=row.verdict or "",
            agreed=_fields(row, case),
            document_no=row.document_no,
            text=row.text or None,
        )
        outcome, finding = _row_judged(row, case, contradictory, seen)
        line.outcome, line.finding = (outcome, finding) if outcome else judged(line)
        line.finding = line.finding[:300]
        seen.setdefault(row.case_no, row.row_no)
        lines.append(line)
    AnswerLine.objects.bulk_create(lines)


def _contradictory(rows: list[AnsweredRow]) -> set[str]:
    """Cases that stand in the table more than once, with different answers."""
    said: dict[str, set[tuple[object, ...]]] = {}
    for row in rows:
        said.setdefault(row.case_no, set()).add(
            (row.verdict, row.document_no, frozenset(row.agreed), row.text)
        )
    return {case_no for case_no, answers in said.items() if len(answers) > 1}


def _fields(row: AnsweredRow, case: PackedCase | None) -> list[str]:
    """The names of the fields that a partial answer agrees to; labels of other cases' fields fall out."""
    if case is None:
        return []
    keys = [each.field for each in case.request.fields.all() if each.is_key]
    return [name for name in keys if FIELD_LABELS.get(name, name) in row.agreed]


def _row_judged(
    row: AnsweredRow, case: PackedCase | None, contradictory: set[str], seen: dict[str, int]
) -> tuple[LineOutcome | None, str]:
    """What stands against a line by itself; (None, "") when the case decides."""
    if row.problem or case is None:
        missing = "这一包里没有这张勘误单，看看是不是别的包的答复。"
        return LineOutcome.BLOCKED, row.problem or missing
    if row.case_no in contradictory:
        return LineOutcome.BLOCKED, "同一张单有几行，答复不一样，请问清楚再导。"
    if row.case_no in seen:
        return LineOutcome.SAME, f"和第 {seen[row.case_no]} 行一样，只登记一次。"
    if different := _different(row, case):
        return LineOutcome.BLOCKED, different
    return (LineOutcome.EMPTY if row.verdict is None else None), ""


def _different(row: AnsweredRow, case: PackedCase) -> str:
    """In what the line is not about the case as it went out; empty where it is."""
    request = case.request
    found = {
        "学号和这张勘误单的不一样，看看是不是串行了。": bool(row.student_no)
        and row.student_no != request.record.student_no,
        "更正后内容和报送的不一样，省里批的要和报送的相同。": bool(row.values)
        and row.values != values_text(packed_row(request).changes),
        "同意的字段里有这张勘误单没有的，写报送的字段名。": row.verdict == Verdict.PARTLY
        and len(_fields(row, case)) != len(set(row.agreed)),
    }
    return next((words for words, holds in found.items() if holds), "")


def judged(line: AnswerLine) -> tuple[LineOutcome, str]:
    """What registering a sound line does, as things are now."""
    packed = line.packed
    if packed is None or not line.verdict:
        raise ValueError("a sound line has its case and its conclusion")
    if packed.answered_at is not None:
        if (packed.verdict, packed.document_no) == (line.verdict, line.document_no):
            return LineOutcome.SAME, "已经登记过同样的答复。"
        return LineOutcome.BLOCKED, f"已经登记过“{packed.get_verdict_display()}”，和这次不一样。"
    request = packed.request
    if packed.left_at is not None or request.state != RequestState.AWAITING_PROVINCE:
        return LineOutcome.BLOCKED, f"这张勘误单现在是“{request.get_state_display()}”，不等省里了。"
    if packed_row(request).digest != packed.digest:
        return LineOutcome.BLOCKED, "报送以后内容变了，省里批的不是现在的内容。"
    return LineOutcome.TAKE, ""


def apply_answers(*, answer: ProvinceAnswer, actor: User, now: datetime) -> int:
    """Register every line that can be, each case in a transaction of its own; returns how many.

    What has changed since it was looked at is judged anew, and a case that refuses stops no other. When
    it was broken off it can be called again: what is registered already is left as it is.
    """
    check_is_office(actor)
    if answer.state == ImportState.STAGED:
        with transaction.atomic():
            _move(answer, ImportAction.START, {})
            audit.record("provinceanswer.started", actor=actor, now=now, obj=answer)
    done = 0
    lines = answer.lines.filter(outcome=LineOutcome.TAKE).order_by("row_no")
    for pk, request_id in list(lines.values_list("pk", "packed__request")):
        done += _apply(pk, request_id, actor=actor, now=now)
    with transaction.atomic():
        moved = {"applied_at": now, "applied_by": actor.actor_label}
        _move(answer, ImportAction.FINISH, moved)
        pack = ProvincePack.objects.select_for_update().get(pk=answer.pack_id)
        if pack.state == ProvincePackState.OPEN:
            finish_pack(pack, actor=actor, now=now)
        audit.record(
            "provinceanswer.applied", actor=actor, now=now, obj=answer, details={"count": done}
        )
    return done


def _apply(pk: int, request_id: int, *, actor: User, now: datetime) -> bool:
    waiting = AnswerLine.objects.filter(pk=pk, outcome=LineOutcome.TAKE)
    try:
        with transaction.atomic():
            request = locked_request(request_id)
            # Another run of the same answers may have registered it meanwhile.
            line = waiting.select_related("packed").first()
            if line is None or line.packed is None:
                return False
            line.packed.request = request
            line.outcome, line.finding = judged(line)
            if line.outcome == LineOutcome.TAKE:
                _register(line, actor=actor, now=now)
                line.outcome = LineOutcome.DONE
            line.save(update_fields=["outcome", "finding", "step", "former_handler"])
    except DomainError as error:
        blocked = {"outcome": LineOutcome.BLOCKED, "finding": str(error)[:300]}
        waiting.update(**blocked)
        return False
    return line.outcome == LineOutcome.DONE


def _register(line: AnswerLine, *, actor: User, now: datetime) -> None:
    """Move the case by its own service, and write down beside it what the province said."""
    packed = line.packed
    if packed is None:
        raise ValueError("a sound line has its case")
    request, said = packed.request, line.text or ""
    line.former_handler = request.handler
    if line.verdict == Verdict.REFUSED:
        refuse_by_province(request=request, answer=said, actor=actor, now=now)
    else:
        approve_request(request=request, approval=line.document_no, actor=actor, now=now)
    line.step_id = last_step(request)
    if line.verdict == Verdict.PARTLY:
        for field in request.fields.filter(is_key=True).exclude(field__in=line.agreed):
            field.refusal = said
            field.save(update_fields=["refusal"])
    waiting = PackedCase.objects.filter(pk=packed.pk, answered_at=None, left_at=None)
    answered: dict[str, Any] = {
        "verdict": line.verdict,
        "document_no": line.document_no,
        "answered_at": now,
        "answered_by": actor.actor_label,
    }
    if waiting.update(**answered) != 1:
        raise StaleStateError("这张勘误单刚刚有了变化，请刷新后再看")


@transaction.atomic
def discard_answers(*, answer: ProvinceAnswer, actor: User, now: datetime) -> None:
    """Put a table aside that was not registered; its lines go."""
    check_is_office(actor)
    _move(answer, ImportAction.DISCARD, {})
    answer.lines.all().delete()
    audit.record("provinceanswer.discarded", actor=actor, now=now, obj=answer)


def _move(answer: ProvinceAnswer, action: ImportAction, changes: dict[str, Any]) -> None:
    source = ImportState(answer.state)
    target = IMPORT.target(action, source=source)
    unmoved = ProvinceAnswer.objects.filter(pk=answer.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError("这份答复的状态刚刚有了变化，请刷新页面再看。")
    answer.refresh_from_db()
