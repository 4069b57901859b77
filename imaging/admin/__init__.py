"""Imaging at the registrar's desk."""

from imaging.admin import (
    batch,
    campaign,
    entry,
    hint,
    members,
    profile,
    reopen,
    repair,
    verification,
    versions,
)

__all__ = [
    "batch",
    "campaign",
    "entry",
    "hint",
    "members",
    "profile",
    "reopen",
    "repair",
    "verification",
    "versions",
]
