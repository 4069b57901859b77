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
from accounts.models.sessions import LoginEvent

__all__ = [
    "AccountClosure",
    "Consent",
    "CounterRecovery",
    "DataExport",
    "DeclaredIdentity",
    "IdentityNumber",
    "LoginEvent",
    "NumberQuerySet",
    "OfficeRole",
    "User",
    "UserManager",
    "document_index",
    "phone_index",
]
