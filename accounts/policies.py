"""Who holds an office-wide role."""

from accounts.models import User
from accounts.states import Role


def is_registrar(user: User) -> bool:
    """Whether the account acts for the registrar's office."""
    return user.has_role(Role.REGISTRAR)


def is_auditor(user: User) -> bool:
    """Whether the account may look at everything and change nothing."""
    return user.has_role(Role.AUDITOR)


def is_office(user: User) -> bool:
    """Whether the account has any office-wide role."""
    return user.has_role(Role.REGISTRAR, Role.AUDITOR)
