"""The allauth seam: its mails and SMS become outbox rows, its signals audit events.

allauth's own writes stay its own (the one exception to "every write is a service").
"""

from accounts.adapters.account import AccountAdapter, awaited_contacts
from accounts.adapters.closing import stay
from accounts.adapters.mfa import MFAAdapter
from accounts.adapters.sso import SocialAccountAdapter
from accounts.adapters.trail import connected

__all__ = [
    "AccountAdapter",
    "MFAAdapter",
    "SocialAccountAdapter",
    "awaited_contacts",
    "connected",
    "stay",
]
