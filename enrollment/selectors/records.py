"""Which records a person may see, and whose they are."""

from datetime import datetime
from enum import StrEnum

from django.db.models import Q, QuerySet

from accounts.identity import canonical_number
from accounts.models import DeclaredIdentity, IdentityNumber, User, document_index
from accounts.policies import is_auditor, is_registrar
from enrollment.models import Assignment, StudentRecord
from enrollment.states import AssignmentRole


class NextStep(StrEnum):
    """What stands between an account and its records; the value is the URL name of the page."""

    DECLARE = "enrollment:identity_declare"
    BIND = "enrollment:record_bind"
    DONE = "home"


def _whole(records: QuerySet[StudentRecord]) -> QuerySet[StudentRecord]:
    return records.select_related("school", "college", "major", "class_group")


# Not while the office looks into it, and never a duplicate that was cancelled.
_SHOWN = Q(hidden_at=None, duplicate_of=None)


def records_of(user: User) -> QuerySet[StudentRecord]:
    """The records bound to the person that are shown, the newest graduation first."""
    return _whole(StudentRecord.objects.filter(_SHOWN, binding__identity__user=user)).order_by(
        "-graduating_class", "-entry_date", "pk"
    )


def hidden_records_of(user: User) -> QuerySet[StudentRecord]:
    """The person's records that the office looks into now; they are told that, and nothing of it."""
    return _whole(
        StudentRecord.objects.filter(
            binding__identity__user=user, hidden_at__isnull=False, duplicate_of=None
        )
    ).order_by("pk")


def records_visible_to(user: User, *, now: datetime) -> QuerySet[StudentRecord]:
    """The records whose fields the person may read.

    Own ones; those of the classes a counsellor has now; those of the colleges a secretary or leader
    has now; all for the registrar and the auditor. A monitor sees only the own record: class pages
    have selectors of their own that carry no numbers.
    """
    if is_registrar(user) or is_auditor(user):
        return _whole(StudentRecord.objects.order_by("school", "student_no"))
    held = Assignment.objects.in_force_at(now).filter(user=user)
    by_class = held.filter(role=AssignmentRole.COUNSELLOR).values("class_group")
    by_college = held.filter(
        role__in=[AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER]
    ).values("college")
    return _whole(
        StudentRecord.objects.filter(
            (Q(binding__identity__user=user) & _SHOWN)
            | Q(class_group__in=by_class)
            | Q(class_group__college__in=by_college)
            | Q(class_group=None, college__in=by_college)
        )
    ).order_by("school", "student_no")


def records_with_number(number: str) -> QuerySet[StudentRecord]:
    """The records that hold this document number, however it was typed (staff search)."""
    return _whole(
        StudentRecord.objects.filter(id_number_index=document_index(canonical_number(number)))
    ).order_by("school", "student_no")


def owner_of(record: StudentRecord) -> User | None:
    """The person whom the record is bound to."""
    return User.objects.filter(identity__bindings__record=record).first()


def is_bound(user: User) -> bool:
    """Whether the person has at least one record."""
    return StudentRecord.objects.filter(binding__identity__user=user).exists()


def is_bound_to(user: User, record: StudentRecord) -> bool:
    """Whether this record is the person's own, and shown."""
    own = StudentRecord.objects.filter(_SHOWN, pk=record.pk, binding__identity__user=user)
    return own.exists()


def identity_numbers_of(identity: DeclaredIdentity) -> QuerySet[IdentityNumber]:
    """The numbers that are valid for the person."""
    return identity.numbers.filter(superseded_at=None).order_by("pk")


def next_step_of(user: User, *, now: datetime) -> NextStep:
    """What an account does next: declare who it is, bind a record, or nothing more.

    Staff have no records to bind, so they are always done.
    """
    if user.roles or Assignment.objects.in_force_at(now).filter(user=user).exclude(
        role=AssignmentRole.MONITOR
    ):
        return NextStep.DONE
    if is_bound(user):
        return NextStep.DONE
    if DeclaredIdentity.objects.filter(user=user).exists():
        return NextStep.BIND
    return NextStep.DECLARE
