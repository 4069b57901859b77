"""Columns that show personal values masked."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.utils.timezone import localtime

from common.masking import MaskKind, mask

__all__ = ["masked", "moment", "moment_text", "short"]


def masked(
    path: str, kind: MaskKind, label: str, *, order: str | None = None
) -> Callable[[Any], str]:
    """A column of the value behind the dotted `path`, masked."""
    value_of = attrgetter(path)

    @admin.display(description=label, ordering=order)
    def column(row: Any) -> str:
        try:
            value = value_of(row)
        except AttributeError:  # a relation on the way is empty
            value = ""
        return mask(value or "", kind) or "–"

    column.__name__ = f"masked_{path.replace('.', '_')}"
    return column


def moment_text(at: Any) -> str:
    """A moment in a table, to the minute."""
    return localtime(at).strftime("%Y-%m-%d %H:%M") if at else "–"


def moment(path: str, label: str) -> Callable[[Any], str]:
    """A column of a moment to the minute, sortable."""

    @admin.display(description=label, ordering=path.replace(".", "__"))
    def column(row: Any) -> str:
        return moment_text(attrgetter(path)(row))

    column.__name__ = f"moment_{path.replace('.', '_')}"
    return column


def short(text: str, length: int = 60) -> str:
    """The beginning of a long text."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
