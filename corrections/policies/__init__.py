"""Who may do what in corrections."""

from corrections.policies.request import available_actions, check_can_act, check_may_act
from corrections.policies.sheet import (
    available_sheet_actions,
    check_can_move_sheet,
    check_can_reopen_hand_in,
    check_can_write_sheet,
    sheet_roles,
)

__all__ = [
    "available_actions",
    "available_sheet_actions",
    "check_can_act",
    "check_can_move_sheet",
    "check_can_reopen_hand_in",
    "check_can_write_sheet",
    "check_may_act",
    "sheet_roles",
]
