"""What the desk must never do: write rows itself, let a state be typed, be slow, speak English."""

import ast
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import User
from common.admin import AUDIT_LABELS, ConfigurationAdmin, ReadonlyAdmin
from common.models import OutboxMessage
from enrollment.models import Amendment, RosterFinding, RosterImport, RosterRow
from imaging.states import Conclusion, ConclusionKind
from tests.factories import corrections, enrolment, imaging, people
from tests.meta.project import ROOT, desk_models, relative, source_files, tree

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
MODELS = desk_models()
CONFIGURATION = {
    "common.SpecialDay",
    "corrections.CaseTerm",
    "corrections.SheetOrder",
    "enrollment.School",
    "imaging.CapturePlace",
    "imaging.ReminderRules",
    "imaging.PhotoProfile",
    "reports.EnglishTerm",
}
WRITES = {
    "save",
    "update",
    "create",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
# file → why what looks like a write there is none.
# Each fills in a dictionary of names; `update` is the dictionary's.
LABELS = "xuexin/admin/labels/"
QUERIES_AT_MOST = 12


def admin_files() -> list[Path]:
    return [
        path
        for path in source_files()
        if "admin" in path.relative_to(ROOT).parts or "desk" in path.relative_to(ROOT).parts
    ]


def test_walk_sees_the_desk() -> None:
    assert len(admin_files()) > 20


def test_desk_writes_no_rows() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in admin_files()
        if not relative(path).startswith(LABELS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
    ]

    assert found == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_fields_are_typed_only_in_configuration(model: type[models.Model], li: User) -> None:
    request = RequestFactory().get("/admin/")
    request.user = li
    desk = admin.site._registry[model]

    assert isinstance(desk, ReadonlyAdmin)
    assert not desk.has_delete_permission(request)
    assert desk.has_change_permission(request) == (model._meta.label in CONFIGURATION)
    assert isinstance(desk, ConfigurationAdmin) == (model._meta.label in CONFIGURATION)


def test_actions_of_the_audit_trail_have_names() -> None:
    """Whatever looks like an action of a known noun, wherever it is kept before it is recorded."""
    nouns = {action.split(".")[0] for action in AUDIT_LABELS}
    spoken = re.compile(rf'"((?:{"|".join(sorted(nouns))})\.[a-z_]+)"')
    written = {
        action
        for path in source_files()
        if "admin" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for action in spoken.findall(f'"{node.value}"')
    }

    assert sorted(written - set(AUDIT_LABELS)) == []


def test_every_recorded_action_is_known_by_its_noun() -> None:
    nouns = {action.split(".")[0] for action in AUDIT_LABELS}
    unknown = [
        f"{relative(path)}: {node.args[0].value!r}"
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"audit.record", "audit.event"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and str(node.args[0].value).split(".")[0] not in nouns
    ]

    assert unknown == []


def fill(number: int) -> None:
    """`number` rows in the tables that grow."""
    moment = now()
    campaign = imaging.make_campaign(
        opens_at=moment - timedelta(days=1),
        closes_at=moment + timedelta(days=1),
        sheet_freeze_at=moment + timedelta(days=2),
    )
    roster = RosterImport.objects.create(file_name="名册.csv", created_at=moment, created_by="测试")
    for serial in range(number):
        user = people.make_user(f"full{serial}@example.test")
        record = enrolment.make_record(class_group=enrolment.make_class(f"{serial} 班"))
        enrolment.bind(record, people.make_identity(user, number=record.id_number))
        imaging.make_photo(record)
        member = imaging.make_member(record, campaign)
        imaging.make_conclusion(member, ConclusionKind.PHOTO, Conclusion.CORRECT, at=moment)
        corrections.make_request(record, member=member)
        RosterRow.objects.create(roster=roster, row_no=serial + 2, outcome="CREATE", record=record)
        RosterFinding.objects.create(
            roster=roster, row_no=serial + 2, code="x", severity="WARNING", message="试"
        )
        Amendment.objects.create(
            record=record, field="name", old_value="甲", new_value="乙", amended_at=moment
        )
        OutboxMessage.objects.create(
            key=str(serial), channel="EMAIL", template="x", created_at=moment, due_at=moment
        )


@pytest.mark.parametrize("number", [1, 3])
def test_lists_ask_few_queries_whatever_their_length(
    client_of: ClientOf,
    li: User,
    number: int,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    fill(number)
    client = client_of(li)
    client.get("/admin/")

    for model in MODELS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        with django_assert_max_num_queries(QUERIES_AT_MOST, info=model._meta.label):
            assert client.get(reverse(name)).status_code == 200


def count(client: Client, model: type[models.Model], counter: Callable[..., Any]) -> int:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    with counter(1_000) as captured:
        client.get(reverse(name))
    return len(captured)


def test_lists_ask_the_same_for_one_row_and_for_three(
    client_of: ClientOf, li: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client = client_of(li)
    fill(1)
    client.get("/admin/common/auditevent/")  # saved searches are kept for a while
    one = {
        model._meta.label: count(client, model, django_assert_max_num_queries) for model in MODELS
    }
    for extra in (10, 20):
        user = people.make_user(f"more{extra}@example.test")
        record = enrolment.make_record(class_group=enrolment.make_class(f"{extra} 班"))
        enrolment.bind(record, people.make_identity(user, number=record.id_number))
        imaging.make_photo(record)
        corrections.make_request(record)

    three = {
        model._meta.label: count(client, model, django_assert_max_num_queries) for model in MODELS
    }

    assert three == one


def test_row_pages_open_with_everything_filled(
    client_of: ClientOf, li: User, auditor: User
) -> None:
    fill(2)

    for user in (li, auditor):
        client = client_of(user)
        for model in MODELS:
            row = model._default_manager.first()
            if row is not None:
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
                response = client.get(reverse(name, args=[row.pk]))
                assert response.status_code == 200, model


def test_work_board_counts_and_leads_to_what_it_counted(client_of: ClientOf, li: User) -> None:
    fill(2)
    client = client_of(li)

    board = {work.label: work for work in client.get("/admin/").context["board"]}

    assert board["勘误等着受理"].count == 2
    assert board["学籍还没有绑定账号"].count == 0
    assert board["学生还没有毕业照片"].count == 0
    for work in board.values():
        rows = client.get(work.url).context["cl"].result_count
        assert (work.label, rows) == (work.label, work.count)


def test_desk_speaks_chinese(client_of: ClientOf, li: User) -> None:
    names = [str(model._meta.verbose_name) for model in MODELS]
    columns = [
        str(getattr(column, "short_description", "汉"))
        for desk in admin.site._registry.values()
        for column in desk.list_display
        if callable(column)
    ]

    assert [text for text in names + columns if text.isascii()] == []
