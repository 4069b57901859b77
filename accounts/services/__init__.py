"""Writes of accounts: declared identity, office-wide roles, unproved accounts."""

from accounts.services.identity import LONGEST_NAME, checked_declaration, declare_identity
from accounts.services.numbers import add_number, correct_name, retire_number
from accounts.services.recovery import tell_login_names
from accounts.services.roles import end_role, grant_role
from accounts.services.sessions import forget_login_events
from accounts.services.supersede import end_sessions, hand_over_numbers, supersede_account
from accounts.services.unproved import discard_unproved_account, expire_unproved_accounts

__all__ = [
    "LONGEST_NAME",
    "add_number",
    "checked_declaration",
    "correct_name",
    "declare_identity",
    "discard_unproved_account",
    "end_role",
    "end_sessions",
    "expire_unproved_accounts",
    "forget_login_events",
    "grant_role",
    "hand_over_numbers",
    "retire_number",
    "supersede_account",
    "tell_login_names",
]
