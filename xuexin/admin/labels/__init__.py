"""What the audit trail's actions and details are called; a test compares the list with the source."""

from xuexin.admin.labels import (
    actions,
    counter,
    details,
    graduation,
    photo_actions,
    province,
    reminder_actions,
    sheet_actions,
)

__all__ = [
    "actions",
    "counter",
    "details",
    "graduation",
    "photo_actions",
    "province",
    "reminder_actions",
    "sheet_actions",
]
