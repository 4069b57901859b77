"""Whatever hangs on a campaign goes with a rehearsal, in an order that the database allows."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models

from common.models import FileView, StoredFile
from imaging.models import BatchItem, Campaign, CaptureEntry
from xuexin.rehearsal.parts import PARTS, STAYS, name_of

pytestmark = pytest.mark.unit


def label(model: type[models.Model]) -> str:
    return model._meta.label


def hanging(model: type[models.Model]) -> Iterator[tuple[type[models.Model], Any]]:
    """(table, its column) of every table of ours that points to this one, hidden ways too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        if not relation.related_model._meta.auto_created:
            yield relation.related_model, relation.field


def hanging_on_a_campaign() -> set[type[models.Model]]:
    """Every table from which ways lead up to a campaign, over as many tables as it takes."""
    found: set[type[models.Model]] = set()
    waiting: list[type[models.Model]] = [Campaign]
    while waiting:
        for model, field in hanging(waiting.pop()):
            if field.remote_field.on_delete is models.SET_NULL or model in found:
                continue
            found.add(model)
            waiting.append(model)
    return found


def wiped() -> dict[type[models.Model], int]:
    """Table → the step with which it first goes, of itself or with the row above it."""
    steps: dict[type[models.Model], int] = {}
    for number, part in enumerate(PARTS):
        for model in (part.model, *(below for below, _ in part.takes)):
            steps.setdefault(model, number)
    return steps


def test_walk_sees_far_tables() -> None:
    names = {label(model) for model in hanging_on_a_campaign()}

    assert {"corrections.Evidence", "corrections.AnswerLine", "reports.ReportView"} <= names


def test_walk_sees_ways_that_have_no_name_back() -> None:
    assert (BatchItem, "entry") in {(model, field.name) for model, field in hanging(CaptureEntry)}


def test_every_table_on_a_campaign_goes_or_says_why_it_stays() -> None:
    names = {label(model) for model in hanging_on_a_campaign()}
    known = {label(model) for model in wiped()}

    assert sorted(names - known - set(STAYS)) == []
    assert sorted(set(STAYS) - names) == []
    assert sorted(set(STAYS) & known) == []


def test_no_table_goes_before_what_hangs_on_it() -> None:
    steps = wiped()

    early = [
        f"{label(model)} before {label(below)}"
        for model in steps
        for below, _ in hanging(model)
        if below in steps and below is not model and steps[below] > steps[model]
    ]

    assert early == []


def test_files_of_every_table_are_named() -> None:
    named = {(part.model, field) for part in PARTS for field in part.files}
    columns = {
        (model, field.name)
        for model, field in hanging(StoredFile)
        if model is not FileView and model in wiped()
    }

    assert named == columns


def test_every_kind_of_row_has_a_name_of_its_own() -> None:
    names = [name_of(model) for model in wiped()]

    assert sorted(names) == sorted(set(names))
