"""Encrypt everything anew after a new key was put first in FIELD_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.adapters.mfa import reseal_authenticators
from common import crypto
from common.rotation import rotate_columns, rotate_files


class Command(BaseCommand):
    """Re-encrypt columns, sealed files and second factors with the first key of FIELD_KEYS.

    Runs beside the site, may be broken off and run again. The index key is not rotated.
    """

    help = "Re-encrypt everything with the current field key."

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
        old = [
            name for name in settings.FIELD_KEYS if name not in {"index", crypto.current_key_id()}
        ]
        self.stdout.write(f"Moved {moved} values to the key “{crypto.current_key_id()}”.")
        if old:
            self.stdout.write(
                f"No longer used for new or stored values: {', '.join(old)}. Before dropping a key, "
                "keep it with every backup that was made under it; sessions under it are logged out."
            )
