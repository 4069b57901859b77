"""No migration is missing, each app ends in one, and each has a name that says something."""

import re

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

from tests.meta.project import APPS

pytestmark = pytest.mark.unit


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)

    with translation.override(None):  # Django's own labels are written untranslated
        changes = MigrationAutodetector(
            loader.project_state(), ProjectState.from_apps(apps)
        ).changes(graph=loader.graph)

    missing = {
        app: [str(operation) for migration in migrations for operation in migration.operations]
        for app, migrations in changes.items()
        if app in APPS
    }
    assert missing == {}


def test_each_app_ends_in_one_migration() -> None:
    loader = MigrationLoader(None)

    assert loader.detect_conflicts() == {}
    assert {app: len(loader.graph.leaf_nodes(app)) for app in APPS} == dict.fromkeys(APPS, 1)


def test_migration_has_a_speaking_name() -> None:
    names = [key for key in MigrationLoader(None).graph.nodes if key[0] in APPS]

    silent = [key for key in names if not re.fullmatch(r"\d{4}_(?!auto)[a-z][a-z0-9_]+", key[1])]

    assert silent == []
