"""Names of the actions about reminders, and of their details."""

from common.admin import AUDIT_LABELS, DETAIL_LABELS

AUDIT_LABELS.update(
    {
        "campaign.reminders_set": "改提醒安排",
        "reminder.sent": "发出提醒",
        "reminder.opted_in": "选择接收提醒",
        "reminder.opted_out": "选择不接收提醒",
        "reminderrules.changed": "修改提醒规则",
        "reminderrules.created": "新建提醒规则",
    }
)
DETAIL_LABELS.update(
    {
        "days_before": "截止前几天提醒",
        "hour": "几点",
        "has_digest": "辅导员简报",
        "amount": "人数",
    }
)
