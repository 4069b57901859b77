"""Writes of accounts: declared identity, office-wide roles, unproved accounts."""

from accounts.services.contacts import (
    check_can_take_phone,
    confirm_phone,
    free_phone,
    prove_phone,
    remove_email,
    remove_phone,
    tell_email_added,
)
from accounts.services.handover import Handover, give_back_numbers, hand_over_numbers
from accounts.services.identity import LONGEST_NAME, checked_declaration, declare_identity
from accounts.services.joining import PersonChoice, join_accounts, part_accounts
from accounts.services.numbers import add_number, correct_name, retire_number
from accounts.services.recovery import tell_login_names
from accounts.services.roles import end_role, grant_role
from accounts.services.sessions import end_sessions
from accounts.services.supersede import revive_account, supersede_account
from accounts.services.unproved import discard_unproved_account, expire_unproved_accounts

__all__ = [
    "LONGEST_NAME",
    "Handover",
    "PersonChoice",
    "add_number",
    "check_can_take_phone",
    "checked_declaration",
    "confirm_phone",
    "correct_name",
    "declare_identity",
    "discard_unproved_account",
    "end_role",
    "end_sessions",
    "expire_unproved_accounts",
    "free_phone",
    "give_back_numbers",
    "grant_role",
    "hand_over_numbers",
    "join_accounts",
    "part_accounts",
    "prove_phone",
    "remove_email",
    "remove_phone",
    "retire_number",
    "revive_account",
    "supersede_account",
    "tell_email_added",
    "tell_login_names",
]
