"""Imaging at the registrar's desk."""

from imaging.admin import batch, campaign, entry, members, profile, verification, versions

__all__ = ["batch", "campaign", "entry", "members", "profile", "verification", "versions"]
