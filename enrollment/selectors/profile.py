"""What an account wrote about itself: only ever its own."""

from accounts.models import User
from enrollment.models import SupplementaryProfile

__all__ = ["supplement_of"]


def supplement_of(user: User) -> SupplementaryProfile | None:
    """The account's own supplementary profile with its rows, the earliest first."""
    return SupplementaryProfile.objects.filter(user=user).prefetch_related("rows").first()
