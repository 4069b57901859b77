"""Who finds which students of an audit: the student the own one, the college its own, the office all."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.policies import is_auditor, is_registrar
from corrections.models import (
    AuditedStudent,
    AuditObjection,
    Certificate,
    GraduationAudit,
    SanctionHandler,
)
from corrections.states.graduation import (
    CERTIFIED,
    OUT,
    AuditOutcome,
    AuditState,
    CertificateState,
    ObjectionKind,
    ObjectionState,
    ResultState,
)
from enrollment.models import Assignment, College, StudentRecord
from enrollment.states import AssignmentRole

__all__ = [
    "BEGUN",
    "COLLEGE_ROLES",
    "audits_of_college_staff",
    "certificates_of_staff",
    "colleges_of",
    "is_of_college",
    "is_own",
    "is_sanction_handler",
    "objected",
    "objections_of",
    "on_notice",
    "own_audited",
    "own_records",
    "students_of_staff",
    "to_decide",
    "to_print",
    "to_propose",
    "waiting_objections",
]

COLLEGE_ROLES: Final = (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER)
# What students and colleges see: nothing of a round that is only being prepared.
BEGUN: Final = [AuditState.CHECKING, AuditState.NOTICE, AuditState.CLOSED]


def is_own(user: User, record: StudentRecord) -> bool:
    """Whether the record is the person's own, shown or not: nobody works on the own case."""
    own = StudentRecord.objects.filter(pk=record.pk, binding__identity__user=user)
    return own.exists()


def own_records(user: User) -> set[int]:
    """The person's own records, shown or not, for lists that must leave them to somebody else."""
    own = StudentRecord.objects.filter(binding__identity__user=user)
    return set(own.values_list("pk", flat=True))


def is_sanction_handler(user: User) -> bool:
    """Named to handle sanctions, and still of the office."""
    if not (user.is_active and is_registrar(user)):
        return False
    return SanctionHandler.objects.filter(user=user, ended_at=None).exists()


def colleges_of(user: User, *, now: datetime) -> QuerySet[College]:
    """The colleges that the person works for at `now`."""
    held = Assignment.objects.in_force_at(now).filter(user=user, role__in=COLLEGE_ROLES)
    return College.objects.filter(pk__in=held.values("college"))


def is_of_college(user: User, student: AuditedStudent, *, now: datetime) -> bool:
    """Whether the person works for the college of this student."""
    if not user.is_active or student.college_id is None:
        return False
    return colleges_of(user, now=now).filter(pk=student.college_id).exists()


def own_audited(user: User) -> QuerySet[AuditedStudent]:
    """The person's own rows of rounds that have begun, the latest first; hidden records have none."""
    return (
        AuditedStudent.objects.filter(
            record__binding__identity__user=user,
            record__hidden_at=None,
            record__duplicate_of=None,
            audit__state__in=BEGUN,
        )
        .exclude(state__in=OUT)
        .select_related("audit__school", "record__school", "record__college", "college")
        .order_by("-audit__graduating_class", "-audit__round_no", "pk")
    )


def students_of_staff(user: User, *, now: datetime) -> QuerySet[AuditedStudent]:
    """Whom the person may work on or look at: the college's, for registrar and auditor everybody.

    The own row is never among them.
    """
    rows = AuditedStudent.objects.filter(audit__state__in=BEGUN).exclude(
        record__binding__identity__user=user
    )
    if not (user.is_active and (is_registrar(user) or is_auditor(user))):
        rows = rows.filter(college__in=colleges_of(user, now=now) if user.is_active else [])
    return rows.select_related(
        "audit__school", "record__school", "record__class_group", "record__major", "college"
    ).order_by("college__name", "record__student_no", "pk")


def audits_of_college_staff(user: User, *, now: datetime) -> list[GraduationAudit]:
    """The rounds that have students whom the person may see, with how many wait for the college."""
    mine = students_of_staff(user, now=now).order_by().values("pk")
    waiting = Q(students__in=mine, students__state=ResultState.PENDING)
    return list(
        GraduationAudit.objects.filter(students__in=mine)
        .select_related("school")
        .annotate(
            amount=Count("students", filter=Q(students__in=mine), distinct=True),
            waiting=Count("students", filter=waiting, distinct=True),
        )
        .order_by("-graduating_class", "-round_no", "pk")
    )


def objections_of(students: Collection[AuditedStudent]) -> QuerySet[AuditObjection]:
    """What these students object to, the open ones first."""
    return (
        AuditObjection.objects.filter(student__in=students, kind=ObjectionKind.ITEM)
        .select_related("item", "student")
        .order_by(F("answered_at").desc(nulls_first=True), "received_at", "pk")
    )


def waiting_objections(student: AuditedStudent) -> QuerySet[AuditObjection]:
    """Objections to the student's items that nobody has answered."""
    return AuditObjection.objects.filter(
        student=student, kind=ObjectionKind.ITEM, state=ObjectionState.OPEN
    )


def objected(students: Collection[AuditedStudent]) -> set[int]:
    """Which of these students wait for an answer to an objection."""
    waiting = AuditObjection.objects.filter(
        student__in=students, kind=ObjectionKind.ITEM, state=ObjectionState.OPEN
    )
    return set(waiting.values_list("student", flat=True))


def to_propose(audit: GraduationAudit, user: User, *, now: datetime) -> QuerySet[AuditedStudent]:
    """For whom the person may propose: the twin of `check_can_move_result` with 提出 as a filter."""
    whose = Q(college__in=colleges_of(user, now=now))
    if is_registrar(user):
        whose |= Q(college=None)
    return audit.students.filter(whose, state=ResultState.PENDING).exclude(
        record__binding__identity__user=user
    )


def to_decide(audit: GraduationAudit, user: User) -> QuerySet[AuditedStudent]:
    """On whom one of the office may decide: the twin of `check_can_move_result` with 审定 as a filter."""
    return (
        audit.students.filter(state=ResultState.PROPOSED)
        .exclude(record__binding__identity__user=user)
        .exclude(proposer=user)
    )


def to_print(audit: GraduationAudit, user: User) -> QuerySet[AuditedStudent]:
    """Whose certificate the person may enter: the twin of `check_can_print_certificate`, without one so far."""
    there = Certificate.objects.filter(student=OuterRef("pk")).exclude(state=CertificateState.VOID)
    return audit.students.filter(
        ~Exists(there), state=ResultState.DECIDED, decided__in=CERTIFIED
    ).exclude(record__binding__identity__user=user)


def certificates_of_staff(user: User, *, now: datetime) -> QuerySet[Certificate]:
    """The certificates of whom the person may see."""
    mine = students_of_staff(user, now=now).order_by().values("pk")
    return (
        Certificate.objects.filter(student__in=mine)
        .select_related("student__record__class_group", "student__college", "student__audit")
        .order_by("student__college__name", "student__record__student_no", "pk")
    )


def on_notice(audit: GraduationAudit) -> QuerySet[AuditedStudent]:
    """Who stands on the public notice: those who are to graduate; who failed is nobody's business."""
    return (
        audit.students.filter(state=ResultState.DECIDED, decided=AuditOutcome.GRADUATE)
        .filter(record__hidden_at=None, record__duplicate_of=None)
        .select_related("record__major", "college")
        .order_by("college__name", "record__student_no", "pk")
    )
