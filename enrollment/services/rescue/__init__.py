"""Rescue cases: opened by a claimant, objected to by the holder, decided by two members of staff."""

from enrollment.services.rescue.decision import (
    approve_rescue,
    propose_rescue,
    refuse_rescue,
    send_back_rescue,
)
from enrollment.services.rescue.desk import call_in, meet, open_evidence, restart_rescue
from enrollment.services.rescue.objection import object_by_account, object_by_link
from enrollment.services.rescue.opening import open_rescue, withdraw_rescue

__all__ = [
    "approve_rescue",
    "call_in",
    "meet",
    "object_by_account",
    "object_by_link",
    "open_evidence",
    "open_rescue",
    "propose_rescue",
    "refuse_rescue",
    "restart_rescue",
    "send_back_rescue",
    "withdraw_rescue",
]
