"""Who is what at a moment: the predicates behind every guard."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_auditor, is_office, is_registrar
from common.errors import NotAllowedError
from enrollment.models import Assignment, ClassGroup
from enrollment.selectors import is_bound, is_counsellor_of
from enrollment.states import AssignmentRole

__all__ = [
    "check_can_appoint_monitor",
    "check_can_bind",
    "check_can_hold",
    "has_class_board",
    "is_auditor",
    "is_college_leader",
    "is_college_secretary",
    "is_counsellor",
    "is_monitor",
    "is_registrar",
    "is_staff_account",
    "is_student",
    "may_appoint_monitor",
]


def _holds(user: User, *roles: AssignmentRole, now: datetime) -> bool:
    return (
        user.is_active
        and Assignment.objects.in_force_at(now).filter(user=user, role__in=roles).exists()
    )


def is_student(user: User) -> bool:
    """Whether at least one record is bound to the account."""
    return user.is_active and is_bound(user)


def is_monitor(user: User, *, now: datetime) -> bool:
    """Whether the account is a student who is monitor of some class at `now`."""
    return _holds(user, AssignmentRole.MONITOR, now=now)


def is_counsellor(user: User, *, now: datetime) -> bool:
    """Whether the account is counsellor of some class at `now`."""
    return _holds(user, AssignmentRole.COUNSELLOR, now=now)


def is_college_secretary(user: User, *, now: datetime) -> bool:
    """Whether the account is secretary of some college at `now`."""
    return _holds(user, AssignmentRole.COLLEGE_SECRETARY, now=now)


def is_college_leader(user: User, *, now: datetime) -> bool:
    """Whether the account is leader of some college at `now`."""
    return _holds(user, AssignmentRole.COLLEGE_LEADER, now=now)


def has_class_board(user: User, *, now: datetime) -> bool:
    """Whether the account sees the progress of any class: every role but the plain student."""
    return is_office(user) or _holds(user, *AssignmentRole, now=now)


def is_staff_account(user: User, *, now: datetime) -> bool:
    """Whether the account is a member of staff: an office-wide role, or one in a class or college.

    The monitor is a student and no staff.
    """
    return is_office(user) or _holds(
        user,
        AssignmentRole.COUNSELLOR,
        AssignmentRole.COLLEGE_SECRETARY,
        AssignmentRole.COLLEGE_LEADER,
        now=now,
    )


def check_can_bind(user: User, *, now: datetime) -> None:
    """Staff accounts own no records: who is both has two accounts (edge case 20)."""
    if is_staff_account(user, now=now):
        raise NotAllowedError("这是工作账号，不能绑定学籍。你自己的学籍请另注册一个账号。")


def check_can_hold(user: User, role: AssignmentRole) -> None:
    """A monitor has a record of the own; every other role needs an account without one."""
    if role == AssignmentRole.MONITOR:
        if is_office(user):
            raise NotAllowedError("班长要用学生自己的账号，这是工作账号。")
        if not is_bound(user):
            raise NotAllowedError("这个账号还没有绑定学籍，先绑定再任命为班长。")
    elif is_bound(user):
        raise NotAllowedError("这是学生账号，工作角色请用另外的账号。")


def may_appoint_monitor(user: User, class_group: ClassGroup, *, now: datetime) -> bool:
    """Whether the person chooses the class's monitor: its counsellor and the office do."""
    return is_registrar(user) or is_counsellor_of(user, class_group, now=now)


def check_can_appoint_monitor(user: User, class_group: ClassGroup, *, now: datetime) -> None:
    """The class's counsellor and the office choose its monitor."""
    if not may_appoint_monitor(user, class_group, now=now):
        raise NotAllowedError("班长由本班辅导员任命。")
