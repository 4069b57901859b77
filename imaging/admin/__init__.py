"""Imaging at the registrar's desk."""

from imaging.admin import (
    batch,
    campaign,
    capture_people,
    capture_sessions,
    entry,
    hint,
    members,
    photo_claim,
    platform,
    profile,
    renditions,
    reopen,
    repair,
    rulings,
    verification,
    versions,
)

__all__ = [
    "batch",
    "campaign",
    "capture_people",
    "capture_sessions",
    "entry",
    "hint",
    "members",
    "photo_claim",
    "platform",
    "profile",
    "renditions",
    "reopen",
    "repair",
    "rulings",
    "verification",
    "versions",
]
