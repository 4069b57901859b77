"""Questions about working accounts that need more than one app to answer."""

from datetime import datetime

from accounts.models import User
from accounts.policies import is_office
from enrollment.policies import is_college_leader, is_staff_account

__all__ = ["is_staff", "must_have_second_factor"]


def is_staff(user: User, *, now: datetime) -> bool:
    """Whether the account works here: office, counsellor, secretary or leader (STAFF_POLICY)."""
    return is_staff_account(user, now=now)


def must_have_second_factor(user: User, *, now: datetime) -> bool:
    """Whether the account sees so many people that a password alone does not do."""
    return is_office(user) or is_college_leader(user, now=now)
