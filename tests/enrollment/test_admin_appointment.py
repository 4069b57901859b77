"""Roles given and ended at the desk: in classes, in colleges, for the whole office."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.timezone import now

from accounts.models import OfficeRole, User
from accounts.states import Role
from enrollment.models import Assignment, ClassGroup, School
from enrollment.states import AssignmentRole
from tests.factories import people

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


def test_counsellor_is_appointed_by_log_in_name_after_a_preview(
    client_of: ClientOf, li: User, class_group: ClassGroup
) -> None:
    user = people.make_user("lin@example.test")
    client = client_of(li)
    url = f"/admin/enrollment/classgroup/{class_group.pk}/do/appoint/"
    given = {"role": "COUNSELLOR", "login": " LIN@example.test", "display_name": "林老师"}

    preview = client.post(url, given).content.decode()
    before = Assignment.objects.count()
    client.post(url, {**given, "_confirmed": "1"})

    made = Assignment.objects.get()
    assert "会这样任命" in preview
    assert before == 0
    assert (made.user, made.role, made.class_group) == (
        user,
        AssignmentRole.COUNSELLOR,
        class_group,
    )


def test_monitor_is_appointed_by_student_number(
    client_of: ClientOf, li: User, alice: User, class_group: ClassGroup
) -> None:
    url = f"/admin/enrollment/classgroup/{class_group.pk}/do/appoint/"

    client_of(li).post(url, {"role": "MONITOR", "login": "2022040127", "_confirmed": "1"})

    assert Assignment.objects.get().user == alice


def test_student_account_gets_no_staff_role(
    client_of: ClientOf, li: User, alice: User, class_group: ClassGroup
) -> None:
    url = f"/admin/enrollment/classgroup/{class_group.pk}/do/appoint/"
    given = {"role": "COUNSELLOR", "login": "alice@example.test", "_confirmed": "1"}

    answer = client_of(li).post(url, given, follow=True).content.decode()

    assert "这是学生账号，工作角色请用另外的账号。" in answer
    assert Assignment.objects.count() == 0


def test_unknown_log_in_name_is_told_beside_the_field(
    client_of: ClientOf, li: User, class_group: ClassGroup
) -> None:
    url = f"/admin/enrollment/college/{class_group.college_id}/do/appoint/"

    response = client_of(li).post(url, {"role": "COLLEGE_LEADER", "login": "13800000000"})

    assert response.context["form"].errors == {"login": ["没有这个账号。请对方先注册，再来任命。"]}


def test_assignment_is_ended(client_of: ClientOf, li: User, chen: User) -> None:
    row = Assignment.objects.get(user=chen)

    client_of(li).post(f"/admin/enrollment/assignment/{row.pk}/do/end/")

    assert not Assignment.objects.in_force_at(now()).filter(pk=row.pk).exists()


def test_office_role_is_granted_and_ended(client_of: ClientOf, li: User, eve: User) -> None:
    client = client_of(li)

    client.post(f"/admin/accounts/user/{eve.pk}/do/grant/", {"role": "AUDITOR"})
    granted = OfficeRole.objects.get(user=eve)
    client.post(f"/admin/accounts/officerole/{granted.pk}/do/end/")

    granted.refresh_from_db()
    assert granted.role == Role.AUDITOR
    assert granted.ended_by == li.contact_label


def test_last_registrar_stays(client_of: ClientOf, li: User) -> None:
    row = OfficeRole.objects.get(user=li)

    answer = client_of(li).post(f"/admin/accounts/officerole/{row.pk}/do/end/", follow=True)

    row.refresh_from_db()
    assert "这是最后一个教务处账号" in answer.content.decode()
    assert row.ended_at is None


def test_auditor_grants_nothing(client_of: ClientOf, auditor: User, eve: User) -> None:
    response = client_of(auditor).post(
        f"/admin/accounts/user/{eve.pk}/do/grant/", {"role": "REGISTRAR"}
    )

    assert response.status_code == 403
    assert OfficeRole.objects.filter(user=eve).count() == 0


def test_school_is_created_once(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    given = {"code": "99998", "name": "远山大学云岭学院", "binding_fact": "CANDIDATE_NO"}

    client.post("/admin/enrollment/school/add/", given)
    again = client.post("/admin/enrollment/school/add/", given)

    assert School.objects.get().name == "远山大学云岭学院"
    assert again.context["form"].errors == {"code": ["已经有这个代码的学校了。"]}


def test_school_is_renamed_on_record(
    client_of: ClientOf, li: User, class_group: ClassGroup
) -> None:
    school = class_group.school
    url = f"/admin/enrollment/school/{school.pk}/change/"

    client_of(li).post(
        url,
        {
            "name": "远山理工大学",
            "binding_fact": "NONE",
            "code": "11111",
            "rescue_facts": school.rescue_facts,
        },
    )

    school.refresh_from_db()
    assert (school.code, school.name, school.binding_fact) == ("99999", "远山理工大学", "NONE")
