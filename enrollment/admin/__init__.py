"""Enrollment at the registrar's desk; the page of a record shows more apps and lives above."""

from enrollment.admin import (
    appointment,
    belonging,
    claims,
    life,
    organisation,
    people,
    profile,
    rescue,
    rescue_panels,
    roster,
    sections,
)

__all__ = [
    "appointment",
    "belonging",
    "claims",
    "life",
    "organisation",
    "people",
    "profile",
    "rescue",
    "rescue_panels",
    "roster",
    "sections",
]
