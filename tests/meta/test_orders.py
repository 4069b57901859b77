"""Desk lists say where the rows without a moment go: the two databases do not agree on it by themselves."""

import pytest
from django.contrib import admin
from django.db import models

pytestmark = pytest.mark.unit

# Page.moment → why none of its rows lacks it.
NEVER_MISSING = {"OwnPhotoAdmin.sent_at": "the list holds what was sent alone"}


def may_be_missing(model: type[models.Model], name: str) -> bool:
    """Whether the ordering looks at a moment that a row need not have."""
    is_missing = is_moment = False
    for part in name.lstrip("-").split("__"):
        field = model._meta.get_field("id" if part == "pk" else part)
        is_missing |= bool(getattr(field, "null", False))
        is_moment = isinstance(field, models.DateField)
        if isinstance(field.related_model, type):
            model = field.related_model
    return is_missing and is_moment


def test_lists_place_rows_without_a_moment() -> None:
    """`closed_at` alone puts what is open first on SQLite and last on PostgreSQL."""
    vague = {
        f"{type(page).__name__}.{name}"
        for model, page in admin.site._registry.items()
        for name in page.ordering or ()
        if isinstance(name, str) and may_be_missing(model, name)
    }

    assert vague == set(NEVER_MISSING)
