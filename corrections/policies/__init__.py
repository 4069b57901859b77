"""Who may do what in corrections."""

from corrections.policies.request import (
    BY_COLLEGE,
    BY_STUDENT,
    available_actions,
    check_can_act,
    check_can_hold,
    check_can_release,
    check_can_take_over,
    check_may_act,
    may_read_private,
    skips_college,
)
from corrections.policies.sheet import (
    available_sheet_actions,
    check_can_move_sheet,
    check_can_reopen_hand_in,
    check_can_write_sheet,
    sheet_roles,
)

__all__ = [
    "BY_COLLEGE",
    "BY_STUDENT",
    "available_actions",
    "available_sheet_actions",
    "check_can_act",
    "check_can_hold",
    "check_can_move_sheet",
    "check_can_release",
    "check_can_reopen_hand_in",
    "check_can_take_over",
    "check_can_write_sheet",
    "check_may_act",
    "may_read_private",
    "sheet_roles",
    "skips_college",
]
