"""Names of the actions at the counter."""

from common.admin import AUDIT_LABELS

AUDIT_LABELS.update(
    {
        "countervisit.confirmed": "柜台：本人到场核对",
        "countervisit.printed": "柜台：打印回执",
        "countervisit.viewed": "柜台：打开学生页面",
    }
)
