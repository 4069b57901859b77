"""Which classes a person has a role in."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.policies import is_auditor, is_registrar
from enrollment.models import Assignment, ClassGroup, College
from enrollment.states import AssignmentRole

_COLLEGE_ROLES = (AssignmentRole.COLLEGE_SECRETARY, AssignmentRole.COLLEGE_LEADER)


def assignments_of(user: User, *, now: datetime) -> QuerySet[Assignment]:
    """The roles the person holds at `now`."""
    return (
        Assignment.objects.in_force_at(now)
        .filter(user=user)
        .select_related("class_group__college", "class_group__school", "college__school")
        .order_by("role", "pk")
    )


def classes_with_role(
    user: User, roles: Iterable[AssignmentRole], *, now: datetime
) -> QuerySet[ClassGroup]:
    """The classes that the person has at `now` through any of the given roles; college roles give all of the college."""
    held = Assignment.objects.in_force_at(now).filter(user=user, role__in=list(roles))
    return (
        ClassGroup.objects.filter(
            Q(pk__in=held.exclude(class_group=None).values("class_group"))
            | Q(college__in=held.exclude(college=None).values("college"))
        )
        .select_related("college", "school")
        .order_by("college__name", "-entry_grade", "name", "pk")
    )


def classes_of(user: User, *, now: datetime) -> QuerySet[ClassGroup]:
    """Every class whose progress the person may see at `now`.

    Monitor and counsellor: theirs; secretary and leader: the college's; registrar and auditor: all.
    """
    if is_registrar(user) or is_auditor(user):
        return ClassGroup.objects.select_related("college", "school").order_by(
            "college__name", "-entry_grade", "name", "pk"
        )
    return classes_with_role(user, AssignmentRole, now=now)


def colleges_of(user: User, *, now: datetime) -> QuerySet[College]:
    """The colleges whose board the person may see at `now`: secretary and leader theirs, the office all."""
    colleges = College.objects.select_related("school").order_by("name", "pk")
    if is_registrar(user) or is_auditor(user):
        return colleges
    held = Assignment.objects.in_force_at(now).filter(user=user, role__in=_COLLEGE_ROLES)
    return colleges.filter(pk__in=held.exclude(college=None).values("college"))


def is_monitor_of(user: User, class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether the person is the class's monitor at `now`."""
    return (
        classes_with_role(user, [AssignmentRole.MONITOR], now=now)
        .filter(pk=class_group.pk)
        .exists()
    )


def is_counsellor_of(user: User, class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether the person is the class's counsellor at `now`."""
    return (
        classes_with_role(user, [AssignmentRole.COUNSELLOR], now=now)
        .filter(pk=class_group.pk)
        .exists()
    )


def oversees(user: User, class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether the person is from the counsellor upward for this class: may read values and reasons."""
    if is_registrar(user) or is_auditor(user):
        return True
    roles = (AssignmentRole.COUNSELLOR, *_COLLEGE_ROLES)
    return classes_with_role(user, roles, now=now).filter(pk=class_group.pk).exists()


def _holders(class_group: ClassGroup, role: AssignmentRole, now: datetime) -> QuerySet[Assignment]:
    return (
        Assignment.objects.in_force_at(now)
        .filter(class_group=class_group, role=role)
        .select_related("user")
        .order_by("starts_at", "pk")
    )


def counsellors_of(class_group: ClassGroup, *, now: datetime) -> QuerySet[Assignment]:
    """The class's counsellors at `now` as assignments (`display_name`, `user`)."""
    return _holders(class_group, AssignmentRole.COUNSELLOR, now)


def monitors_of(class_group: ClassGroup, *, now: datetime) -> QuerySet[Assignment]:
    """The class's monitors at `now` as assignments (`display_name`, `user`)."""
    return _holders(class_group, AssignmentRole.MONITOR, now)
