"""Addresses of small photos that die: made by a page for the person who opened it, for ten minutes.

The page has asked who looks and has logged it, once for all its photos; the address carries that
answer. It opens for nobody else, so one that is passed on, or found in a log, shows nothing.
"""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.urls import reverse

from accounts.models import User

__all__ = ["FINDING_LIVES", "LIVES", "finding_token", "found_entry", "signed_address", "unsigned"]

LIVES: Final = timedelta(minutes=10)
# Long enough to think it over, and to go and look when it was taken.
FINDING_LIVES: Final = timedelta(minutes=60)
_SALT: Final = "imaging.signed"
_FINDING_SALT: Final = "imaging.finding"


def signed_address(version_id: int, *, viewer: User) -> str:
    """Where the small picture of this version opens for this person, until it has died."""
    token = signing.dumps([version_id, viewer.pk], salt=_SALT)
    return reverse("imaging:photo_small", args=[token])


def unsigned(token: str, *, viewer: User) -> int | None:
    """The photo version that the token opens for this person; None when it is another's, too old, or not ours."""
    try:
        version_id, viewer_id = signing.loads(token, salt=_SALT, max_age=LIVES)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(version_id) if viewer_id == viewer.pk else None


def finding_token(entry_id: int, *, record_id: int, viewer: User) -> str:
    """The name of a photo without a record in this person's addresses: it says nothing to others."""
    return signing.dumps([entry_id, record_id, viewer.pk], salt=_FINDING_SALT)


def found_entry(token: str, *, viewer: User) -> tuple[int, int] | None:
    """The record and the capture entry that the token names; None when it is another's or too old."""
    try:
        entry_id, record_id, viewer_id = signing.loads(
            token, salt=_FINDING_SALT, max_age=FINDING_LIVES
        )
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (int(record_id), int(entry_id)) if viewer_id == viewer.pk else None
