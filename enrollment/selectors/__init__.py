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
from enrollment.selectors.history import HistoryLine, history_of, own_history_of
from enrollment.selectors.records import (
    NextStep,
    hidden_records_of,
    identity_numbers_of,
    is_bound,
    is_bound_to,
    next_step_of,
    owner_of,
    records_of,
    records_visible_to,
    records_with_number,
)
from enrollment.selectors.statuses import has_status, in_effect, status_now

__all__ = [
    "AMENDABLE_FIELDS",
    "DISPUTABLE_FIELDS",
    "FIELD_LABELS",
    "HistoryLine",
    "NextStep",
    "ShownField",
    "assignments_of",
    "classes_of",
    "classes_with_role",
    "counsellors_of",
    "has_status",
    "hidden_records_of",
    "history_of",
    "identity_numbers_of",
    "in_effect",
    "is_bound",
    "is_bound_to",
    "is_counsellor_of",
    "is_monitor_of",
    "monitors_of",
    "next_step_of",
    "oversees",
    "own_history_of",
    "owner_of",
    "record_fields",
    "record_value",
    "records_of",
    "records_visible_to",
    "records_with_number",
    "status_note",
    "status_now",
]
