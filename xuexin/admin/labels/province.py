"""Names of the actions around terms of cases, decisions about many of them, and the province."""

from common.admin import AUDIT_LABELS

AUDIT_LABELS.update(
    {
        "caseterm.changed": "修改勘误期限",
        "caseterm.created": "登记勘误期限",
        "correction.overdue": "勘误：提醒超期",
    }
)
