"""Pages of the registrar's desk that show data of several apps."""

from xuexin.admin import (
    duplicates,
    help_desk,
    labels,
    merges,
    people,
    record,
    registration,
    rehearsals,
    searches,
    text_desk,
    trail,
    workdays,
)

__all__ = [
    "duplicates",
    "help_desk",
    "labels",
    "merges",
    "people",
    "record",
    "registration",
    "rehearsals",
    "searches",
    "text_desk",
    "trail",
    "workdays",
]
