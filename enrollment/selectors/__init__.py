"""Reads of enrollment, each scoped to a person."""

from enrollment.selectors.classes import (
    assignments_of,
    classes_of,
    classes_with_role,
    counsellors_of,
    is_counsellor_of,
    is_monitor_of,
    monitors_of,
    oversees,
)
from enrollment.selectors.fields import (
    AMENDABLE_FIELDS,
    DISPUTABLE_FIELDS,
    FIELD_LABELS,
    ShownField,
    record_fields,
    record_value,
    status_note,
)
from enrollment.selectors.records import (
    NextStep,
    identity_numbers_of,
    is_bound,
    is_bound_to,
    next_step_of,
    owner_of,
    records_of,
    records_visible_to,
    records_with_number,
)

__all__ = [
    "AMENDABLE_FIELDS",
    "DISPUTABLE_FIELDS",
    "FIELD_LABELS",
    "NextStep",
    "ShownField",
    "assignments_of",
    "classes_of",
    "classes_with_role",
    "counsellors_of",
    "identity_numbers_of",
    "is_bound",
    "is_bound_to",
    "is_counsellor_of",
    "is_monitor_of",
    "monitors_of",
    "next_step_of",
    "oversees",
    "owner_of",
    "record_fields",
    "record_value",
    "records_of",
    "records_visible_to",
    "records_with_number",
    "status_note",
]
