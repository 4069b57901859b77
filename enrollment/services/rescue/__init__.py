"""Rescue cases: opened by a claimant, objected to by the holder, decided by two members of staff, taken back by two."""

from enrollment.services.rescue.decision import (
    approve_rescue,
    propose_rescue,
    refuse_rescue,
    send_back_rescue,
)
from enrollment.services.rescue.desk import call_in, meet, open_evidence, restart_rescue
from enrollment.services.rescue.objection import object_by_account, object_by_link
from enrollment.services.rescue.opening import open_rescue, withdraw_rescue
from enrollment.services.rescue.undo import ask_undo_rescue, keep_rescue, undo_rescue

__all__ = [
    "approve_rescue",
    "ask_undo_rescue",
    "call_in",
    "keep_rescue",
    "meet",
    "object_by_account",
    "object_by_link",
    "open_evidence",
    "open_rescue",
    "propose_rescue",
    "refuse_rescue",
    "restart_rescue",
    "send_back_rescue",
    "undo_rescue",
    "withdraw_rescue",
]
