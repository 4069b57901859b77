"""Tasks are nudges with fixed names; sweeps stand in the one schedule."""

import ast
import inspect
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

from tests.meta.project import APPS, ROOT, relative, source_files, tree
from xuexin.celery import app as celery_app
from xuexin.schedule import SWEEPS

pytestmark = pytest.mark.unit

SWEEP_WORDS = (
    "announce_",
    "expire_",
    "open_due_",
    "remind_",
    "purge_",
    "erase_",
    "deliver_pending",
    "seal",
)
# module.function → why no beat calls it
UNSCHEDULED: dict[str, str] = {
    "common.retention.purge_again": "follows a restored backup, by hand",
}


def task_files() -> list[Path]:
    return [
        path for path in source_files() if path.name == "tasks.py" or path.parent.name == "tasks"
    ]


def decorated() -> list[tuple[Path, ast.FunctionDef, ast.Call | None]]:
    """(file, function, its @shared_task(...) call) of every task."""
    found = []
    for path in task_files():
        for node in tree(path).body:
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                named = call.func if call else decorator
                if isinstance(named, ast.Name) and named.id == "shared_task":
                    found.append((path, node, call))
    return found


def test_walk_sees_tasks() -> None:
    assert decorated() != []


def test_task_has_its_own_name_and_no_result() -> None:
    wrong = []
    for path, function, call in decorated():
        given = {word.arg: ast.literal_eval(word.value) for word in call.keywords} if call else {}
        if given.get("name") != f"{path.relative_to(ROOT).parts[0]}.{function.name}":
            wrong.append(f"{relative(path)}:{function.name}: name")
        if given.get("ignore_result") is not True:
            wrong.append(f"{relative(path)}:{function.name}: ignore_result")

    assert wrong == []


def test_task_is_registered() -> None:
    celery_app.loader.import_default_modules()

    names = {
        f"{path.relative_to(ROOT).parts[0]}.{function.name}" for path, function, _ in decorated()
    }

    assert sorted(names - set(celery_app.tasks)) == []
    assert current_app.main == celery_app.main


def test_task_takes_keywords_of_plain_types() -> None:
    wrong = [
        f"{relative(path)}:{function.name}"
        for path, function, _ in decorated()
        if function.args.args
        or any(
            ast.unparse(argument.annotation or ast.Constant(None))
            not in {"int", "str", "bool", "list[int]"}
            for argument in function.args.kwonlyargs
        )
    ]

    assert wrong == []


def sweep_functions() -> set[str]:
    """module.function of every service that needs nothing but the moment and is named like a sweep."""
    found = set()
    for path in source_files():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] not in APPS or "tasks" in parts:
            continue
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith(SWEEP_WORDS):
                required = [
                    argument.arg
                    for argument, default in zip(
                        node.args.kwonlyargs, node.args.kw_defaults, strict=True
                    )
                    if default is None
                ]
                if required == ["now"] and not node.args.args:
                    found.add(".".join((*parts, node.name)))
    return found


def called_by_schedule() -> set[str]:
    source = tree(ROOT / "xuexin" / "schedule.py")
    return {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name)
    }


def test_sweep_is_in_the_schedule() -> None:
    forgotten = {
        name for name in sweep_functions() if name.rsplit(".", 1)[1] not in called_by_schedule()
    }

    assert sweep_functions() != set()
    assert sorted(forgotten - set(UNSCHEDULED)) == []


def test_sweep_has_its_own_name_and_rhythm() -> None:
    names = [sweep.name for sweep in SWEEPS]

    assert sorted(set(names)) == sorted(names)
    assert [sweep.name for sweep in SWEEPS if sweep.every_seconds < 1] == []
    assert [
        sweep.name for sweep in SWEEPS if len(inspect.signature(sweep.run).parameters) != 1
    ] == []


def test_beat_runs_every_sweep() -> None:
    celery_app.loader.import_default_modules()
    schedule = celery_app.conf.beat_schedule

    assert sorted(schedule) == sorted(sweep.name for sweep in SWEEPS)
    assert {name: entry["schedule"] for name, entry in schedule.items()} == {
        sweep.name: sweep.every_seconds for sweep in SWEEPS
    }
    assert sorted({entry["task"] for entry in schedule.values()} - set(celery_app.tasks)) == []
    assert settings.CELERY_TASK_IGNORE_RESULT is True
