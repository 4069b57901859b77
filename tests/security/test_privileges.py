"""Nobody gives themselves more than they have: fields nobody asked for, deeds of others, roles that ended.

Already proved elsewhere: who sees which page (tests/meta/test_access.py), that the desk of an auditor
offers nothing (test_auditor_changes_nothing_in_the_admin there), columns asked through an address
(test_admin_lookups.py), the second factor of staff (tests/xuexin/test_second_factor.py), monitors of
another class (tests/enrollment/views/test_monitors.py).
"""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OfficeRole, User
from accounts.states import Role
from common.admin import WorkflowAdmin
from enrollment.models import Assignment, Binding, RosterImport, StudentRecord
from imaging.admin.review_guard import HandlersOnly
from tests.accounts.entrance import register
from tests.factories.enrolment import make_school
from tests.factories.people import JOINED, make_number

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]

# What an attacker adds to any form, hoping that something saves whatever comes.
EVERYTHING = {
    "id": "1",
    "pk": "1",
    "user": "1",
    "user_id": "1",
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "on",
    "role": "REGISTRAR",
    "roles": "REGISTRAR",
    "office_roles": "REGISTRAR",
    "assignments": "1",
    "superseded_at": "",
    "phone_verified_at": "2026-06-01 00:00",
    "email_verified": "on",
    "consent_version": "x",
    "record": "1",
    "record_id": "1",
    "binding": "1",
    "identity": "1",
    "state": "APPLIED",
    "source": "ROSTER",
    "decided_by": "教务处",
    "added_at": "2000-01-01",
    "content_digest": "x",
    "_confirmed": "1",
    "_save": "1",
}


def rows_of(*labels: str) -> dict[str, list[Any]]:
    return {
        label: list(apps.get_model(label)._default_manager.order_by("pk").values())
        for label in labels
    }


def test_registration_gives_nothing_but_an_account(alice: User) -> None:
    before = rows_of("enrollment.Binding", "enrollment.Assignment", "accounts.OfficeRole")

    register(Client(), "more@example.test", **EVERYTHING)

    made = User.objects.get(email="more@example.test")
    assert made.pk != alice.pk
    assert not made.is_staff
    assert made.phone_verified_at is None
    assert not EmailAddress.objects.filter(user=made, verified=True).exists()
    assert rows_of(*before) == before


def test_declaring_oneself_gives_no_number_of_the_roster(
    client_of: ClientOf, alice: User, eve: User, record: StudentRecord
) -> None:
    browser = client_of(eve)

    browser.post(
        reverse("enrollment:identity_declare"),
        {"name": "方以白", "id_type": "resident_id", "number": make_number(77), **EVERYTHING},
    )
    browser.post(reverse("enrollment:identity_confirm"), EVERYTHING)
    browser.post(reverse("enrollment:record_bind"), EVERYTHING)

    assert Binding.objects.get(record=record).identity.user == alice
    assert not Binding.objects.filter(identity__user=eve).exists()
    assert not OfficeRole.objects.filter(user=eve).exists()


@pytest.mark.parametrize(
    "name",
    [
        "accounts:overview",
        "accounts:consent",
        "account_email",
        "account_change_password",
        "enrollment:profile",
        "enrollment:identity_declare",
        "enrollment:identity_confirm",
        "enrollment:record_bind",
        "enrollment:further",
        "enrollment:claim_new",
        "enrollment:rescue_start",
        "reports:report_start",
    ],
)
def test_fields_that_nobody_asked_for_change_no_other_person(
    name: str, client_of: ClientOf, alice: User, monitor: User
) -> None:
    before = rows_of("enrollment.Binding", "enrollment.Assignment", "accounts.OfficeRole")
    records = rows_of("enrollment.StudentRecord")
    others = list(User.objects.filter(pk=alice.pk).values())

    client_of(monitor).post(
        reverse(name), {**EVERYTHING, "user": alice.pk, "user_id": alice.pk, "pk": alice.pk}
    )

    assert rows_of(*before) == before
    assert rows_of(*records) == records
    assert list(User.objects.filter(pk=alice.pk).values()) == others
    assert not User.objects.get(pk=monitor.pk).is_staff


def desks() -> list[WorkflowAdmin]:
    return [page for page in admin.site._registry.values() if isinstance(page, WorkflowAdmin)]


def test_auditor_does_nothing_by_posting_to_the_address(
    client_of: ClientOf, auditor: User, alice: User
) -> None:
    browser = client_of(auditor)
    done = []
    for page in desks():
        prefix = f"admin:{page.opts.app_label}_{page.opts.model_name}"
        paths = [reverse(f"{prefix}_do", args=["1", deed.name]) for deed in page.deeds]
        paths.append(reverse(f"{prefix}_add"))
        refused = {403, 404} if isinstance(page, HandlersOnly) else {403}
        done += [
            path for path in paths if browser.post(path, {**EVERYTHING}).status_code not in refused
        ]
    done += [
        str(page)
        for page in admin.site._registry.values()
        if browser.post(
            reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"),
            {"action": "delete_selected", "_selected_action": "1", "post": "yes"},
        ).status_code
        not in ({404} if isinstance(page, HandlersOnly) else {200, 302, 403, 405})
    ]

    assert len(desks()) > 10
    assert done == []
    assert User.objects.filter(pk=alice.pk).exists()


def test_auditor_takes_no_whole_numbers_home(client_of: ClientOf, auditor: User) -> None:
    roster = RosterImport.objects.create(
        school=make_school(), file_name="x.xlsx", created_at=JOINED, created_by="测试"
    )

    answer = client_of(auditor).post(
        reverse("admin:enrollment_rosterimport_errors", args=[roster.pk])
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.AUDITOR])
def test_role_that_was_taken_away_ends_with_the_next_click(
    role: Role, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue("li" if role == Role.REGISTRAR else "auditor")
    browser = client_of(person)
    assert browser.get("/admin/").status_code == 200

    OfficeRole.objects.filter(user=person).update(ended_at=timezone.now(), ended_by="测试")

    assert browser.get("/admin/").status_code == 404
    assert browser.get("/admin/enrollment/studentrecord/").status_code == 404


def test_assignment_that_ended_ends_with_the_next_click(client_of: ClientOf, chen: User) -> None:
    browser = client_of(chen)
    assert browser.get(reverse("corrections:board")).status_code == 200

    Assignment.objects.filter(user=chen).update(ends_at=timezone.now())

    assert browser.get(reverse("corrections:board")).status_code == 404


def test_account_that_was_closed_ends_with_the_next_click(client_of: ClientOf, alice: User) -> None:
    browser = client_of(alice)
    assert browser.get("/record/").status_code == 200

    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert browser.get("/record/").status_code == 302
