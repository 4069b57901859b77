"""Judge photos by their bytes: pure, no database, no clock."""

from imaging.inspection.findings import Finding, FindingCode
from imaging.inspection.measure import Background
from imaging.inspection.photo import Inspection, inspect_photo, make_thumbnail
from imaging.inspection.rules import GRADUATION_RULES, PhotoRules

__all__ = [
    "GRADUATION_RULES",
    "Background",
    "Finding",
    "FindingCode",
    "Inspection",
    "PhotoRules",
    "inspect_photo",
    "make_thumbnail",
]
