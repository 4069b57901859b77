"""The people of the tests, the moment they live in, and a client that behaves like a browser."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.cache import caches
from django.test import Client

from accounts.models import User
from accounts.states import Role
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from tests.factories import enrolment, people

NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)  # 2026-06-12 14:32 in Shanghai, a Friday


@pytest.fixture
def now() -> datetime:
    """A Friday afternoon in June, four days before the deadline."""
    return NOW


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    """Limits counted by one test do not reach the next."""
    for alias in ("default", "fallback"):
        caches[alias].clear()


@pytest.fixture
def class_group(db: None) -> ClassGroup:
    """The class that the people belong to."""
    return enrolment.make_class()


@pytest.fixture
def record(class_group: ClassGroup) -> StudentRecord:
    """Alice's record."""
    return enrolment.make_record(class_group=class_group, student_no="2022040127", name="沈若溪")


@pytest.fixture
def alice(record: StudentRecord) -> User:
    """A student, bound to her record."""
    user = people.make_user("alice@example.test")
    enrolment.bind(record, people.make_identity(user, name=record.name, number=record.id_number))
    return user


@pytest.fixture
def monitor(class_group: ClassGroup) -> User:
    """A student of Alice's class who is its monitor."""
    user = people.make_user("monitor@example.test")
    own = enrolment.make_record(class_group=class_group, student_no="2022040101", name="秦川")
    enrolment.bind(own, people.make_identity(user, name=own.name, number=own.id_number))
    enrolment.assign(user, AssignmentRole.MONITOR, class_group=class_group, display_name="秦川")
    return user


@pytest.fixture
def chen(class_group: ClassGroup) -> User:
    """The counsellor of Alice's class."""
    user = people.make_user("chen@example.test")
    enrolment.assign(
        user, AssignmentRole.COUNSELLOR, class_group=class_group, display_name="陈老师"
    )
    return user


@pytest.fixture
def secretary(class_group: ClassGroup) -> User:
    """The secretary of Alice's college."""
    user = people.make_user("secretary@example.test")
    enrolment.assign(user, AssignmentRole.COLLEGE_SECRETARY, college=class_group.college)
    return user


@pytest.fixture
def leader(class_group: ClassGroup) -> User:
    """The leader of Alice's college."""
    user = people.make_user("leader@example.test")
    enrolment.assign(user, AssignmentRole.COLLEGE_LEADER, college=class_group.college)
    return user


@pytest.fixture
def li(db: None) -> User:
    """A registrar."""
    return people.make_staff(Role.REGISTRAR, "li@example.test")


@pytest.fixture
def auditor(db: None) -> User:
    """An auditor."""
    return people.make_staff(Role.AUDITOR, "auditor@example.test")


@pytest.fixture
def eve(db: None) -> User:
    """A stranger with an account and nothing else."""
    return people.make_user("eve@example.test")


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A client logged in as the given person."""

    def logged_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="accounts.backends.AccountBackend")
        return client

    return logged_in
