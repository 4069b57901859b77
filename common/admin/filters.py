"""List filters built on queryset predicates: phases are derived, so no column can be filtered on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

__all__ = ["Phase", "PhaseFilter", "phase_filter"]


@dataclass(frozen=True, slots=True)
class Phase:
    """One choice of a phase filter: `rows` narrows the queryset as of a moment."""

    value: str
    label: str
    rows: Callable[["QuerySet[Any]", datetime], "QuerySet[Any]"]


class PhaseFilter(admin.SimpleListFilter):
    """A filter over phases; made with `phase_filter`."""

    phases: Sequence[Phase] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The phases in their order."""
        return [(phase.value, phase.label) for phase in self.phases]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """The rows of the chosen phase now."""
        chosen = next((phase for phase in self.phases if phase.value == self.value()), None)
        return chosen.rows(queryset, timezone.now()) if chosen else queryset


def phase_filter(title: str, parameter: str, *phases: Phase) -> type[PhaseFilter]:
    """A filter class for `list_filter`."""
    return type(
        f"{parameter.title()}PhaseFilter",
        (PhaseFilter,),
        {"title": title, "parameter_name": parameter, "phases": phases},
    )
