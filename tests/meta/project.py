"""The project as the walks see it: its folders, files and models."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models

ROOT = Path(settings.BASE_DIR)
APPS = ("common", "accounts", "enrollment", "imaging", "reports", "corrections")
PACKAGES = ("xuexin", *APPS)


def source_files() -> list[Path]:
    """Every Python file of the product, migrations left out."""
    found = [ROOT / "manage.py"]
    for package in PACKAGES:
        found += (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)
    return sorted(found)


def templates() -> list[Path]:
    """Every HTML template of the product."""
    return sorted((ROOT / "templates").rglob("*.html"))


def relative(path: Path) -> str:
    """The path as it is written in messages and exemption lists."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def own_models() -> list[type[models.Model]]:
    """Every model of our apps that has a table of its own."""
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


# An office role alone does not open these: tests/imaging/test_admin_review.py, tests/corrections/test_admin_sanctions.py.
CONFIDENTIAL = frozenset(
    {
        "corrections.Sanction",
        "corrections.SanctionImport",
        "imaging.IdentityReview",
        "imaging.ReviewImport",
    }
)


def desk_models() -> list[type[models.Model]]:
    """Every model with a page at the desk that is open to the whole office."""
    return [
        model
        for model in own_models()
        if model in admin.site._registry and model._meta.label not in CONFIDENTIAL
    ]


def choice_classes() -> Iterator[tuple[str, type[models.TextChoices]]]:
    """(where it stands, class) of every TextChoices in our apps."""
    for subclass in sorted(
        models.TextChoices.__subclasses__(), key=lambda cls: (cls.__module__, cls.__name__)
    ):
        if subclass.__module__.split(".")[0] in PACKAGES and subclass.choices:
            yield f"{subclass.__module__}.{subclass.__name__}", subclass
