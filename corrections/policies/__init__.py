"""Who may do what in corrections."""

from corrections.policies.request import available_actions, check_can_act, check_may_act

__all__ = ["available_actions", "check_can_act", "check_may_act"]
