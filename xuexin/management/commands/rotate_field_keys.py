"""Encrypt everything anew after a new key was put first in FIELD_KEYS or ORIGINAL_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.adapters.mfa import reseal_authenticators
from common import crypto
from common.rotation import rotate_columns, rotate_files


class Command(BaseCommand):
    """Re-encrypt columns, sealed files and second factors with the first key of FIELD_KEYS.

    Delivered photos and the archives they came in get the first key of ORIGINAL_KEYS. Runs beside the site,
    may be broken off and run again. The index key is not rotated.
    """

    help = "Re-encrypt everything with the current keys, and seal originals that lie in clear."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say per column how many values moved, and which keys may go afterwards."""
        moved = 0
        for name, count in (
            *rotate_columns(),
            ("sealed files", rotate_files()),
            ("second factors", reseal_authenticators()),
        ):
            moved += count
            if count or options["verbosity"] > 1:
                self.stdout.write(f"{name}: {count}")
        self.stdout.write(f"Moved {moved} values to the key “{crypto.current_key_id()}”.")
        old = self._old(settings.FIELD_KEYS, crypto.Ring.FIELD)
        if old:
            self.stdout.write(
                f"No longer used for new or stored values: {old}. Before dropping a key, "
                "keep it with every backup that was made under it; sessions under it are logged out."
            )
        old = self._old(settings.ORIGINAL_KEYS, crypto.Ring.ORIGINAL)
        if old:
            self.stdout.write(
                f"No longer used for originals: {old}. Before dropping a key, keep it with every "
                "backup that was made under it."
            )

    @staticmethod
    def _old(keys: dict[str, bytes], ring: crypto.Ring) -> str:
        return ", ".join(
            name for name in keys if name not in {"index", crypto.current_key_id(ring)}
        )
