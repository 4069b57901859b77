"""The bucket of private files, for several hosts; any server that speaks S3."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from common.storage import is_random_key

__all__ = ["PrivateBucket"]


class PrivateBucket(S3Storage):  # type: ignore[misc]  # storages has no types
    """django-storages' bucket, with answers in bounded time and without questions about random keys.

    Nobody chose a key of `common.files.new_key` and no other object has it, so the bucket is not
    asked whether the name is free: that halves the requests of an import.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.client_config = Config(
            # Signature 2 is what the library would take; several providers refuse it.
            signature_version="s3v4",
            s3={"addressing_style": self.addressing_style},
            # A page waits for these; the defaults are a minute each, five times.
            connect_timeout=5,
            read_timeout=30,
            retries={"total_max_attempts": 3, "mode": "standard"},
            # New checksums of Amazon's own that other providers answer with an error.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself where it is a random key."""
        if is_random_key(name):
            return name
        free: str = super().get_available_name(name, max_length)
        return free
