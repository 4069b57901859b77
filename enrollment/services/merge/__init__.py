"""合并两个账号: opened, chosen value by value, confirmed by a second person, taken apart by two."""

from enrollment.services.merge.deciding import carry_out, confirm_merge, propose_merge
from enrollment.services.merge.opening import drop_merge, open_merge, send_back_merge
from enrollment.services.merge.plan import MergePlan, RecordChoice
from enrollment.services.merge.undo import (
    ask_undo_merge,
    keep_merge,
    reasons_not_to_part,
    undo_merge,
)

__all__ = [
    "MergePlan",
    "RecordChoice",
    "ask_undo_merge",
    "carry_out",
    "confirm_merge",
    "drop_merge",
    "keep_merge",
    "open_merge",
    "propose_merge",
    "reasons_not_to_part",
    "send_back_merge",
    "undo_merge",
]
