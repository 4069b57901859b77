"""Invitations as the holder of the link may find them."""

from datetime import datetime

from django.db.models import QuerySet

from common.crypto import blind_index
from enrollment.models import Invitation
from enrollment.models.staff import Placement

__all__ = ["invitation_with", "offers_beside", "token_index"]


def token_index(token: str) -> bytes:
    """The token itself is kept nowhere; this is what is kept."""
    return blind_index(token, purpose="invitation")


def invitation_with(token: str, *, now: datetime) -> Invitation | None:
    """The open invitation of this link; None for every other text, used and run-out links among them."""
    return (
        Invitation.objects.open_at(now)
        .filter(token_digest=token_index(token))
        .select_related("class_group__college", "college", "record__school", "record__class_group")
        .first()
    )


def offers_beside(placement: Placement, *, now: datetime) -> QuerySet[Invitation]:
    """Every open invitation to the same contact, in the order in which they were made."""
    return (
        Invitation.objects.open_at(now)
        .filter(contact_index=bytes(placement.contact_index))
        .select_related("class_group__college", "college", "record__school")
        .order_by("pk")
    )
