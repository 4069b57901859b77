"""Every state machine is drawn, whole, and cannot be gone around in the admin."""

import importlib
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import RequestFactory

from accounts.models import User
from common.workflow import Workflow
from tests.meta.project import APPS, ROOT, own_models
from xuexin.diagrams import FOLDER, WORKFLOWS, pages

pytestmark = pytest.mark.unit

# States that a row may be born in beside the first one → why.
BORN_IN = {"capture_entry.AMBIGUOUS": "the import finds several records for one photo"}


def machines() -> list[Workflow[Any, Any]]:
    """Every table that stands in an app's `states`."""
    found = []
    for app in APPS:
        if (ROOT / app / "states.py").exists() or (ROOT / app / "states").is_dir():
            module = importlib.import_module(f"{app}.states")
            found += [value for value in vars(module).values() if isinstance(value, Workflow)]
    return found


def states(workflow: Workflow[Any, Any]) -> type[models.TextChoices]:
    return type(workflow.initial)


def actions(workflow: Workflow[Any, Any]) -> type[models.TextChoices]:
    return type(next(iter(workflow.transitions)))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_machine_uses_every_action_and_reaches_every_state(workflow: Workflow[Any, Any]) -> None:
    targets = {transition.target for transition in workflow.transitions.values()}
    born = {state for state in states(workflow) if f"{workflow.name}.{state}" in BORN_IN}

    assert set(workflow.transitions) == set(actions(workflow))
    assert targets | born | {workflow.initial} == set(states(workflow))


def test_every_machine_is_drawn() -> None:
    assert sorted(machine.name for machine in machines()) == sorted(
        workflow.name for workflow in WORKFLOWS
    )


def test_diagrams_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*.md")}

    assert written == {path.name: text for path, text in pages()}


def state_fields() -> list[tuple[type[models.Model], str]]:
    """Every column that holds the state of a machine."""
    kept = [set(states(machine).values) for machine in machines()]
    return [
        (model, field.name)
        for model in own_models()
        for field in model._meta.local_fields
        if {value for value, _ in getattr(field, "flatchoices", None) or ()} in kept
    ]


@pytest.mark.django_db
def test_state_cannot_be_edited_in_the_admin(li: User, rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = li

    editable = []
    for model, name in state_fields():
        page = admin.site._registry.get(model)
        if page is None or not page.has_change_permission(request):
            continue
        shown = {
            field
            for _, options in page.get_fieldsets(request, model())
            for field in flat(options["fields"])
        }
        if name in shown - set(page.get_readonly_fields(request, model())):
            editable.append(f"{model._meta.label}.{name}")

    assert state_fields() != []
    assert editable == []


def flat(names: Any) -> list[str]:
    """Names of a fieldset, rows of several opened."""
    return [name for entry in names for name in ([entry] if isinstance(entry, str) else entry)]
