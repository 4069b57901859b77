"""What a counsellor sees of a graduation audit: the own classes, what is open and whom to ask; nothing to do there.

A sanction is known to its handlers, the college and the student. Here it neither stands in the list nor
counts for how the list stands, or it could be told from what is left; nor do words written about somebody.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from common.components import Tone
from corrections.models import AuditedStudent, GraduationAudit
from corrections.selectors.graduation import AuditStanding, StudentChecklist, checklists_of
from corrections.selectors.graduation_scope import BEGUN, objected
from corrections.selectors.graduation_shown import AuditRow, audit_rows, standing_tone
from corrections.states.graduation import OUT, ItemSource, ResultState
from enrollment.models import ClassGroup
from enrollment.selectors import classes_with_role
from enrollment.states import AssignmentRole

__all__ = ["ClassAudit", "ClassRow", "audits_of_classes", "class_rows", "counselled"]

COUNSELLORS: Final = (AssignmentRole.COUNSELLOR,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAudit:
    """One class in one round, with how far the office is."""

    audit: GraduationAudit
    class_group: ClassGroup
    amount: int
    decided: int

    @property
    def progress(self) -> str:
        """How many are decided."""
        return f"已审定 {self.decided}/{self.amount}"

    @property
    def tone(self) -> Tone:
        """Done when everybody is decided."""
        return Tone.DONE if self.decided == self.amount else Tone.TODO


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What a student lacks and whom to ask; never what somebody wrote about it."""

    title: str
    label: str
    ask_whom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One student of the class: how the list stands without sanctions, and what is not met of it."""

    row: AuditRow
    tone: Tone
    standing: AuditStanding
    lacking: tuple[OpenItem, ...]


def counselled(user: User, *, now: datetime) -> QuerySet[AuditedStudent]:
    """Whom the person counsels, in rounds that have begun; never the own row, and nobody hidden."""
    classes = classes_with_role(user, COUNSELLORS, now=now).order_by().values("pk")
    return (
        AuditedStudent.objects.filter(
            audit__state__in=BEGUN,
            record__class_group__in=classes,
            record__hidden_at=None,
            record__duplicate_of=None,
        )
        .exclude(state__in=OUT)
        .exclude(record__binding__identity__user=user)
        .select_related("record__class_group")
        .order_by("record__student_no", "pk")
    )


def audits_of_classes(user: User, *, now: datetime) -> list[ClassAudit]:
    """Each class of the person in each round, the latest round first."""
    counts = list(
        counselled(user, now=now)
        .order_by()
        .values("audit", "record__class_group")
        .annotate(amount=Count("pk"), decided=Count("pk", filter=Q(state=ResultState.DECIDED)))
    )
    audits = GraduationAudit.objects.in_bulk({each["audit"] for each in counts})
    classes = ClassGroup.objects.in_bulk({each["record__class_group"] for each in counts})
    found = [
        ClassAudit(
            audit=audits[each["audit"]],
            class_group=classes[each["record__class_group"]],
            amount=each["amount"],
            decided=each["decided"],
        )
        for each in counts
    ]
    return sorted(
        found,
        key=lambda each: (
            -each.audit.graduating_class,
            -each.audit.round_no,
            each.class_group.name,
            each.class_group.pk,
        ),
    )


def class_rows(
    audit: GraduationAudit, students: Collection[AuditedStudent], *, now: datetime
) -> list[ClassRow]:
    """The students with what they lack; as many queries for sixty as for one."""
    lists = checklists_of(audit, students, now=now)
    waiting = dict.fromkeys(objected(students), 1)
    # Whether the student has confirmed is asked of the whole list.
    return [
        _class_row(row, _without_sanctions(lists[row.student_id]))
        for row in audit_rows(students, lists, waiting)
    ]


def _class_row(row: AuditRow, shown: StudentChecklist) -> ClassRow:
    return ClassRow(
        row=row,
        tone=standing_tone(shown.standing),
        standing=shown.standing,
        lacking=tuple(
            OpenItem(
                title=line.item.title,
                label=str(line.state.label),
                ask_whom=line.item.ask_whom,
            )
            for line in shown.lacking
        ),
    )


def _without_sanctions(checklist: StudentChecklist) -> StudentChecklist:
    return StudentChecklist(
        lines=tuple(line for line in checklist.lines if line.item.source != ItemSource.SANCTIONS)
    )
