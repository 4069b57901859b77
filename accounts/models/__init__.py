"""Accounts, declared identities, office-wide roles."""

from accounts.models.counter import CounterRecovery
from accounts.models.own_data import AccountClosure, Consent, DataExport
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
    "AccountClosure",
    "Consent",
    "CounterRecovery",
    "DataExport",
    "DeclaredIdentity",
    "IdentityNumber",
    "NumberQuerySet",
    "OfficeRole",
    "User",
    "UserManager",
    "document_index",
    "phone_index",
]
