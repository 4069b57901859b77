"""Accounts, declared identities, office-wide roles."""

from accounts.models.people import (
    DeclaredIdentity,
    IdentityNumber,
    NumberQuerySet,
    OfficeRole,
    User,
    UserManager,
    document_index,
    phone_index,
)

__all__ = [
    "DeclaredIdentity",
    "IdentityNumber",
    "NumberQuerySet",
    "OfficeRole",
    "User",
    "UserManager",
    "document_index",
    "phone_index",
]
