"""Data of enrollment."""

from enrollment.models.organisation import (
    Assignment,
    ClassGroup,
    College,
    Major,
    School,
    class_key,
    default_key_fields,
)
from enrollment.models.record import (
    Amendment,
    Binding,
    StudentRecord,
    identity_digest,
    key_digest,
    record_digests,
)
from enrollment.models.roster import RosterFinding, RosterImport, RosterRow

__all__ = [
    "Amendment",
    "Assignment",
    "Binding",
    "ClassGroup",
    "College",
    "Major",
    "RosterFinding",
    "RosterImport",
    "RosterRow",
    "School",
    "StudentRecord",
    "class_key",
    "default_key_fields",
    "identity_digest",
    "key_digest",
    "record_digests",
]
