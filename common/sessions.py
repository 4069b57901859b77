"""Database sessions whose content is encrypted: allauth keeps phones and codes in them."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session

from common import crypto

_CONTEXT = "sessions"


class SessionStore(DatabaseStore):
    """Like Django's database store, with the signed content sealed by the field key."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The session as encrypted text."""
        return crypto.seal(super().encode(session_dict), context=_CONTEXT).hex()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The session behind the text; an unreadable one is an empty one, as with Django's own."""
        text = session_data.decode() if isinstance(session_data, bytes) else session_data
        try:
            signed = crypto.unseal(bytes.fromhex(text), context=_CONTEXT)
        except Exception:  # noqa: BLE001 -- whatever is wrong with it, the person logs in again
            return {}
        return super().decode(signed)


def clear_expired_sessions(*, now: datetime) -> int:
    """Delete sessions that have ended; returns how many. A sweep."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]
