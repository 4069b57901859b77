"""Dated roles in classes and colleges: who is counsellor, monitor, secretary, leader from when to when."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from enrollment.models import Assignment, ClassGroup, College, StudentRecord
from enrollment.policies import check_can_appoint_monitor, check_can_hold
from enrollment.selectors import owner_of
from enrollment.states import CLASS_ROLES, AssignmentRole


@transaction.atomic
def appoint(  # noqa: PLR0913 -- person, role, place and period are what an appointment is
    *,
    user: User,
    role: AssignmentRole,
    actor: Actor,
    now: datetime,
    class_group: ClassGroup | None = None,
    college: College | None = None,
    display_name: str = "",
    is_deputy: bool = False,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Assignment:
    """Give a role in a class (counsellor, monitor) or a college (secretary, leader) from a moment on.

    A deputy holds the role in their own name beside whoever has it, usually until a day. A monitor has a
    record of the own; every other role needs an account without one.
    """
    check_can_hold(user, role)
    wants_class = role in CLASS_ROLES
    if (class_group is None) == wants_class or (college is None) != wants_class:
        raise InvalidInputError("辅导员、班长要选班级，教学秘书、学院领导要选学院。")
    starts_at = starts_at or now
    if ends_at is not None and ends_at <= starts_at:
        raise InvalidInputError("止于的时间要晚于起始时间。", field="ends_at")
    same = Assignment.objects.filter(user=user, role=role, class_group=class_group, college=college)
    overlapping = same.filter(Q(ends_at=None) | Q(ends_at__gt=starts_at))
    if ends_at is not None:
        overlapping = overlapping.filter(starts_at__lt=ends_at)
    if overlapping.exists():
        raise NotAllowedError("这个人在这段时间里已经有这个角色。")
    assignment = Assignment.objects.create(
        user=user,
        role=role,
        class_group=class_group,
        college=college,
        display_name=display_name.strip(),
        is_deputy=is_deputy,
        starts_at=starts_at,
        ends_at=ends_at,
        appointed_by=actor.actor_label,
        appointed_at=now,
    )
    audit.record(
        "assignment.appointed",
        actor=actor,
        now=now,
        obj=assignment,
        details={
            "user": user.contact_label,
            "role": role.value,
            "scope": str(class_group or college),
            "is_deputy": is_deputy,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else "",
        },
    )
    return assignment


@transaction.atomic
def end_assignment(
    *, assignment: Assignment, actor: Actor, now: datetime, reason: str = ""
) -> Assignment:
    """End a role at `now`; one that has not begun yet is taken back altogether."""
    if assignment.starts_at >= now:
        # A role of zero length is no role: the row goes, the audit event stays.
        audit.record(
            "assignment.cancelled",
            actor=actor,
            now=now,
            obj=assignment,
            reason=reason,
            details={"user": assignment.user.contact_label, "role": assignment.role},
        )
        assignment.delete()
        return assignment
    unmoved = Assignment.objects.filter(pk=assignment.pk, ends_at=assignment.ends_at)
    if assignment.ends_at is not None and assignment.ends_at <= now:
        raise StaleStateError("这项任职已经结束了。")
    if unmoved.update(ends_at=now) != 1:
        raise StaleStateError("这项任职刚刚有了变化，请刷新后再看。")
    assignment.ends_at = now
    audit.record(
        "assignment.ended",
        actor=actor,
        now=now,
        obj=assignment,
        reason=reason,
        details={"user": assignment.user.contact_label, "role": assignment.role},
    )
    return assignment


@transaction.atomic
def appoint_monitor(
    *, class_group: ClassGroup, record: StudentRecord, actor: User, now: datetime
) -> Assignment:
    """The counsellor (or office) makes a student of the class its monitor.

    NotAllowedError when the student has no account yet, is of another class, or the actor is not
    in charge of this one.
    """
    check_can_appoint_monitor(actor, class_group, now=now)
    if record.class_group_id != class_group.pk:
        raise NotAllowedError("这名学生不在这个班。")
    user = owner_of(record)
    if user is None:
        raise NotAllowedError("这名学生还没有账号，请先让本人注册并绑定学籍。")
    return appoint(
        user=user,
        role=AssignmentRole.MONITOR,
        class_group=class_group,
        display_name=record.name,
        actor=actor,
        now=now,
    )


@transaction.atomic
def end_monitor(*, assignment: Assignment, actor: User, now: datetime) -> None:
    """The counsellor (or office) ends a monitor's term."""
    if assignment.role != AssignmentRole.MONITOR or assignment.class_group is None:
        raise NotAllowedError("这里只能终止班长的任职。")
    check_can_appoint_monitor(actor, assignment.class_group, now=now)
    end_assignment(assignment=assignment, actor=actor, now=now)
