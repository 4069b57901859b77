"""Graduation audits as pages show them: plain values for the templates."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from common.components import Tone
from common.masking import MaskKind, mask
from common.wording import moment_short
from corrections.models import AuditedStudent, AuditObjection
from corrections.selectors.graduation import (
    AuditStanding,
    CheckedItem,
    StudentChecklist,
    has_changed,
)
from corrections.states.graduation import (
    AuditOutcome,
    ItemState,
    ObjectionState,
    ResultState,
)

__all__ = [
    "AuditRow",
    "NoticeRow",
    "ShownItem",
    "audit_rows",
    "notice_rows",
    "result_tone",
    "result_words",
    "shown_items",
    "standing_tone",
]

_TONES: Final = {
    ItemState.MET: Tone.DONE,
    ItemState.NOT_MET: Tone.DISPUTED,
    ItemState.OPEN: Tone.DUE,
}
_STANDINGS: Final = {
    AuditStanding.PASS: Tone.DONE,
    AuditStanding.OPEN: Tone.DUE,
    AuditStanding.FAIL: Tone.DISPUTED,
}
_RESULTS: Final = {
    AuditOutcome.GRADUATE: Tone.DONE,
    AuditOutcome.COMPLETE: Tone.DISPUTED,
    AuditOutcome.DEFER: Tone.BLOCKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """One line of a checklist with what was objected to it."""

    item_id: int
    title: str
    tone: Tone
    label: str
    note: str
    source: str
    since: str
    ask_whom: str
    is_required: bool
    objections: tuple[AuditObjection, ...]
    may_object: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One student in the college's list."""

    student_id: int
    student_no: str
    name: str
    class_name: str
    tone: Tone
    standing: str
    lacking: str
    result: str
    is_confirmed: bool
    has_changed: bool
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One line of the public notice: nothing in it is whole."""

    name: str
    student_no: str
    college: str
    major: str


def shown_items(
    checklist: StudentChecklist, objections: Iterable[AuditObjection], *, may_object: bool
) -> list[ShownItem]:
    """The lines; one with an open objection takes no second one."""
    by_item: dict[int, list[AuditObjection]] = {}
    for each in objections:
        by_item.setdefault(each.item_id or 0, []).append(each)
    return [_item(line, by_item.get(line.item.pk, []), may_object) for line in checklist.lines]


def _item(line: CheckedItem, objections: list[AuditObjection], may_object: bool) -> ShownItem:  # noqa: FBT001 -- private
    return ShownItem(
        item_id=line.item.pk,
        title=line.item.title,
        tone=_TONES[line.state],
        label=str(line.state.label),
        note=line.note,
        source=line.item.get_source_display(),
        since=moment_short(line.since) if line.since else "",
        ask_whom=line.item.ask_whom,
        is_required=line.item.is_required,
        objections=tuple(objections),
        may_object=may_object and not any(each.state == ObjectionState.OPEN for each in objections),
    )


def standing_tone(standing: AuditStanding) -> Tone:
    """The colour of what the items of one student come to."""
    return _STANDINGS[standing]


def result_tone(student: AuditedStudent) -> Tone:
    """The colour of the result as the student sees it."""
    return _RESULTS[AuditOutcome(student.decided)] if student.decided else Tone.TODO


def result_words(student: AuditedStudent) -> str:
    """The result as the student sees it: what the college proposes is not one yet."""
    return student.get_decided_display() if student.decided else "还没有审定"


def audit_rows(
    students: Collection[AuditedStudent],
    lists: Mapping[int, StudentChecklist],
    waiting: Mapping[int, int],
) -> list[AuditRow]:
    """Students as lines of the college's list."""
    return [_row(student, lists[student.pk], waiting.get(student.pk, 0)) for student in students]


def _row(student: AuditedStudent, checklist: StudentChecklist, waiting: int) -> AuditRow:
    record = student.record
    result = (
        student.get_decided_display()
        if student.decided
        else f"学院提出：{student.get_proposed_display()}"
        if student.state == ResultState.PROPOSED
        else student.get_state_display()
    )
    return AuditRow(
        student_id=student.pk,
        student_no=record.student_no,
        name=record.name,
        class_name=record.class_group.name if record.class_group else "",
        tone=standing_tone(checklist.standing),
        standing=checklist.standing.value,
        lacking="、".join(line.item.title for line in checklist.lacking),
        result=str(result),
        is_confirmed=student.confirmed_digest == checklist.digest,
        has_changed=has_changed(student, checklist),
        waiting=waiting,
    )


def notice_rows(students: Iterable[AuditedStudent]) -> list[NoticeRow]:
    """The lines of the public notice."""
    return [
        NoticeRow(
            name=mask(student.record.name, MaskKind.NAME),
            student_no=mask(student.record.student_no, MaskKind.STUDENT_NO),
            college=student.college.name if student.college else "",
            major=student.record.major.name if student.record.major else "",
        )
        for student in students
    ]
