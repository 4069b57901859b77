"""Enrollment at the registrar's desk; the page of a record shows more apps and lives above."""

from enrollment.admin import (
    appointment,
    belonging,
    claims,
    life,
    organisation,
    people,
    rescue,
    rescue_panels,
    roster,
)

__all__ = [
    "appointment",
    "belonging",
    "claims",
    "life",
    "organisation",
    "people",
    "rescue",
    "rescue_panels",
    "roster",
]
