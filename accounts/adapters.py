"""allauth seam (being written)."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Placeholder."""


class MFAAdapter(DefaultMFAAdapter):
    """Placeholder."""
