"""Appointing people to classes and colleges, and ending it."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import Assignment, ClassGroup
from enrollment.policies import is_counsellor, is_monitor
from enrollment.services.assignment import appoint, end_assignment
from enrollment.states import AssignmentRole
from tests.factories.people import make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)


def test_counsellor_is_in_office_from_then_on(
    class_group: ClassGroup, li: User, now: datetime
) -> None:
    user = make_user()

    assignment = appoint(
        user=user,
        role=AssignmentRole.COUNSELLOR,
        class_group=class_group,
        display_name=" 陈老师 ",
        actor=li,
        now=now,
    )

    assert (assignment.display_name, assignment.appointed_by) == ("陈老师", li.actor_label)
    assert is_counsellor(user, now=now)
    assert not is_counsellor(user, now=now - timedelta(seconds=1))
    assert AuditEvent.objects.get().action == "assignment.appointed"


def test_student_account_holds_no_staff_role(
    alice: User, class_group: ClassGroup, li: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError, match="学生账号"):
        appoint(
            user=alice,
            role=AssignmentRole.COUNSELLOR,
            class_group=class_group,
            actor=li,
            now=now,
        )


def test_monitor_is_a_student(
    alice: User, eve: User, class_group: ClassGroup, li: User, now: datetime
) -> None:
    for user in (eve, li):
        with pytest.raises(NotAllowedError):
            appoint(
                user=user,
                role=AssignmentRole.MONITOR,
                class_group=class_group,
                actor=li,
                now=now,
            )
    appoint(user=alice, role=AssignmentRole.MONITOR, class_group=class_group, actor=li, now=now)

    assert is_monitor(alice, now=now)


@pytest.mark.parametrize("role", list(AssignmentRole))
def test_role_needs_its_kind_of_place(
    role: AssignmentRole, alice: User, eve: User, class_group: ClassGroup, li: User, now: datetime
) -> None:
    user = alice if role == AssignmentRole.MONITOR else eve

    for group, college in ((None, None), (class_group, class_group.college)):
        with pytest.raises(InvalidInputError, match="要选"):
            appoint(user=user, role=role, class_group=group, college=college, actor=li, now=now)


def test_same_role_twice_at_once_is_refused(
    eve: User, class_group: ClassGroup, li: User, now: datetime
) -> None:
    def again(start: datetime, end: datetime | None) -> Assignment:
        return appoint(
            user=eve,
            role=AssignmentRole.COUNSELLOR,
            class_group=class_group,
            starts_at=start,
            ends_at=end,
            actor=li,
            now=now,
        )

    again(now, now + DAY)

    with pytest.raises(NotAllowedError):
        again(now + DAY / 2, None)
    with pytest.raises(InvalidInputError):
        again(now + DAY, now + DAY)
    again(now + DAY, None)
    again(now - DAY, now)


def test_ending_ends_now_and_once(chen: User, li: User, now: datetime) -> None:
    assignment = Assignment.objects.get(user=chen)

    end_assignment(assignment=assignment, actor=li, now=now, reason="调岗")

    assert not is_counsellor(chen, now=now)
    with pytest.raises(StaleStateError):
        end_assignment(assignment=assignment, actor=li, now=now + DAY)


def test_role_that_has_not_begun_is_taken_back(
    eve: User, class_group: ClassGroup, li: User, now: datetime
) -> None:
    future = appoint(
        user=eve,
        role=AssignmentRole.COUNSELLOR,
        class_group=class_group,
        starts_at=now + DAY,
        actor=li,
        now=now,
    )

    end_assignment(assignment=future, actor=li, now=now)

    assert Assignment.objects.count() == 0
    assert list(AuditEvent.objects.values_list("action", flat=True)) == [
        "assignment.appointed",
        "assignment.cancelled",
    ]
