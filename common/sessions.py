"""Database sessions whose content is encrypted: allauth keeps phones and codes in them."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils.crypto import get_random_string

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

    def _get_new_session_key(self) -> str:
        """A key of 32 random characters, not looked up first: `create` refuses one that is taken."""
        return get_random_string(32, VALID_KEY_CHARS)

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's signature
        """As Django's, but an update is one statement without a transaction around it."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(dict(self.items()))
        rows = self.model.objects.filter(pk=row.session_key)
        if not rows.update(session_data=row.session_data, expire_date=row.expire_date):
            raise UpdateError


def clear_expired_sessions(*, now: datetime) -> int:
    """Delete sessions that have ended; returns how many. A sweep."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]
