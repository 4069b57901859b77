"""What a person may see: records, classes, fields, the next step."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from enrollment.models import Assignment, ClassGroup, StudentRecord
from enrollment.policies import has_class_board, is_staff_account, is_student
from enrollment.selectors import (
    NextStep,
    classes_of,
    counsellors_of,
    is_bound_to,
    is_counsellor_of,
    is_monitor_of,
    monitors_of,
    next_step_of,
    oversees,
    owner_of,
    record_fields,
    record_value,
    records_of,
    records_visible_to,
    records_with_number,
)
from enrollment.states import EnrollmentStatus
from tests.factories.enrolment import bind, make_class, make_college, make_record
from tests.factories.people import make_identity, make_number

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

PEOPLE = ["alice", "monitor", "chen", "secretary", "leader", "li", "auditor", "eve"]


@pytest.fixture
def people(
    alice: User,
    monitor: User,
    chen: User,
    secretary: User,
    leader: User,
    li: User,
    auditor: User,
    eve: User,
) -> dict[str, User]:
    """Everybody by name."""
    everybody = (alice, monitor, chen, secretary, leader, li, auditor, eve)
    return dict(zip(PEOPLE, everybody, strict=True))


@pytest.fixture
def others() -> StudentRecord:
    """A record of another college."""
    return make_record(class_group=make_class("法学 2201 班", college=make_college("法学院")))


def test_own_records_only(people: dict[str, User], record: StudentRecord) -> None:
    seen = {name: list(records_of(user)) for name, user in people.items()}

    assert seen["alice"] == [record]
    assert seen["monitor"] == [people["monitor"].identity.bindings.get().record]
    assert all(seen[name] == [] for name in PEOPLE[2:])


def test_records_by_role(
    people: dict[str, User], record: StudentRecord, others: StudentRecord, now: datetime
) -> None:
    def sees(name: str, wanted: StudentRecord) -> bool:
        return records_visible_to(people[name], now=now).filter(pk=wanted.pk).exists()

    assert [name for name in PEOPLE if sees(name, record)] == [
        "alice",
        "chen",
        "secretary",
        "leader",
        "li",
        "auditor",
    ]
    assert [name for name in PEOPLE if sees(name, others)] == ["li", "auditor"]


def test_classes_by_role(
    people: dict[str, User], class_group: ClassGroup, others: StudentRecord, now: datetime
) -> None:
    seen = {name: list(classes_of(user, now=now)) for name, user in people.items()}

    assert [name for name in PEOPLE if class_group in seen[name]] == [
        "monitor",
        "chen",
        "secretary",
        "leader",
        "li",
        "auditor",
    ]
    assert [name for name in PEOPLE if others.class_group in seen[name]] == ["li", "auditor"]


def test_roles_in_a_class(people: dict[str, User], class_group: ClassGroup, now: datetime) -> None:
    assert [n for n in PEOPLE if is_monitor_of(people[n], class_group, now=now)] == ["monitor"]
    assert [n for n in PEOPLE if is_counsellor_of(people[n], class_group, now=now)] == ["chen"]
    overseers = [n for n in PEOPLE if oversees(people[n], class_group, now=now)]
    assert overseers == ["chen", "secretary", "leader", "li", "auditor"]
    assert [row.user for row in counsellors_of(class_group, now=now)] == [people["chen"]]
    assert [row.display_name for row in monitors_of(class_group, now=now)] == ["秦川"]


def test_predicates(people: dict[str, User], now: datetime) -> None:
    assert [n for n in PEOPLE if is_student(people[n])] == ["alice", "monitor"]
    assert [n for n in PEOPLE if is_staff_account(people[n], now=now)] == PEOPLE[2:7]
    assert [n for n in PEOPLE if has_class_board(people[n], now=now)] == PEOPLE[1:7]


@pytest.mark.parametrize(("seconds", "holds"), [(-1, True), (0, False), (1, False)])
def test_role_ends_at_its_moment(
    chen: User, class_group: ClassGroup, seconds: int, holds: bool, now: datetime
) -> None:
    Assignment.objects.filter(user=chen).update(ends_at=now)

    at = now + timedelta(seconds=seconds)
    assert is_counsellor_of(chen, class_group, now=at) is holds
    assert classes_of(chen, now=at).exists() is holds


def test_next_step(people: dict[str, User], now: datetime) -> None:
    make_identity(people["eve"], name="无", number=make_number(77))

    steps = {name: next_step_of(user, now=now) for name, user in people.items()}

    assert steps.pop("eve") == NextStep.BIND
    assert set(steps.values()) == {NextStep.DONE}


def test_owner_of_a_record(alice: User, record: StudentRecord, others: StudentRecord) -> None:
    assert owner_of(record) == alice
    assert owner_of(others) is None
    assert is_bound_to(alice, record)
    assert not is_bound_to(alice, others)


def test_records_are_found_by_number_in_any_spelling(record: StudentRecord) -> None:
    number = record.id_number

    assert list(records_with_number(f" {number[:6]}-{number[6:]} ".lower())) == [record]
    assert list(records_with_number(make_number(999))) == []


def test_fields_are_all_shown_in_groups_with_masked_number(record: StudentRecord) -> None:
    with CaptureQueriesContext(connection) as queries:
        rows = record_fields(records_with_number(record.id_number).get())

    values = {row.name: row.value for row in rows}
    assert len(rows) == 26
    assert [*dict.fromkeys(row.group for row in rows)] == ["个人信息", "学籍信息", "校内编排"]
    assert values["id_number"] == f"99{'*' * 14}{record.id_number[-2:]}"
    assert values["duration_years"] == "4 年"
    assert values["birth_date"] == "1886年03月12日"
    assert values["major_name"] == "汉语言文学"
    assert values["department"] == ""
    assert len(queries) == 1


def test_number_is_whole_only_when_asked(record: StudentRecord) -> None:
    assert record_value(record, "id_number", whole_number=True) == record.id_number
    assert "*" in record_value(record, "id_number")


def test_key_fields_follow_the_school(record: StudentRecord) -> None:
    record.school.key_fields = ["department"]

    assert [row.name for row in record_fields(record) if row.is_key] == ["department"]


@pytest.mark.parametrize("status", list(EnrollmentStatus))
def test_every_status_is_explained(record: StudentRecord, status: EnrollmentStatus) -> None:
    record.enrollment_status = status
    record.enrollment_status_text = ""

    row = next(row for row in record_fields(record) if row.name == "enrollment_status")

    assert row.value == status.label
    assert row.row.note.endswith("。")


def test_two_records_newest_graduation_first(alice: User, record: StudentRecord) -> None:
    older = make_record(graduating_class=2022)
    bind(older, alice.identity)

    assert list(records_of(alice)) == [record, older]
