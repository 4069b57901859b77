"""The counsellor appoints and ends the class's monitor; nobody else does."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from enrollment.models import Assignment, ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from tests.factories import enrolment

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


def test_counsellor_appoints_and_ends(
    client_of: ClientOf, chen: User, alice: User, record: StudentRecord, class_group: ClassGroup
) -> None:
    address = f"/classes/{class_group.pk}/monitors/"
    client = client_of(chen)

    assert record.student_no in client.get(address).content.decode()
    assert client.post(address, {"record": record.pk}).status_code == 302
    held = Assignment.objects.get(user=alice)
    assert (held.role, held.display_name) == (AssignmentRole.MONITOR, record.name)

    assert client.post(address, {"end": held.pk}).status_code == 302
    held.refresh_from_db()
    assert held.ends_at is not None


@pytest.mark.usefixtures("alice")
def test_student_of_another_class_cannot_be_chosen(
    client_of: ClientOf, chen: User, class_group: ClassGroup
) -> None:
    other = enrolment.make_record(class_group=enrolment.make_class("汉语言文学 2202 班"))

    page = client_of(chen).post(f"/classes/{class_group.pk}/monitors/", {"record": other.pk})

    assert page.status_code == 200
    assert not Assignment.objects.filter(role=AssignmentRole.MONITOR).exists()


@pytest.mark.parametrize("who", ["alice", "monitor", "secretary", "leader", "auditor", "eve"])
def test_others_find_nothing(
    who: str, request: pytest.FixtureRequest, client_of: ClientOf, class_group: ClassGroup
) -> None:
    client = client_of(request.getfixturevalue(who))

    assert client.get(f"/classes/{class_group.pk}/monitors/").status_code == 404


def test_counsellor_of_another_class_finds_nothing(client_of: ClientOf, chen: User) -> None:
    other = enrolment.make_class("汉语言文学 2202 班")

    assert client_of(chen).get(f"/classes/{other.pk}/monitors/").status_code == 404
