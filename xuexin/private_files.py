"""Where private files lie, a folder or a bucket, and who hands them over: settings from the environment."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from xuexin.environment import env

__all__ = ["accel_location", "private_storage"]

_READ_AT_ONCE = 8 * 1024 * 1024


def accel_location(*, bucket: str) -> str:
    """The web server's internal location that hands over files of the folder; empty: the portal streams."""
    location: str = env.str("ACCEL_LOCATION", default="")
    if not location:
        return ""
    if bucket:
        raise ImproperlyConfigured(
            "ACCEL_LOCATION hands over files of MEDIA_ROOT and S3_BUCKET keeps them elsewhere; "
            "remove one of the two."
        )
    if not (location.startswith("/") and location.endswith("/") and len(location) > 2):  # noqa: PLR2004
        raise ImproperlyConfigured(
            "ACCEL_LOCATION must begin and end with a slash, for example /_private/"
        )
    return location


def private_storage(*, folder: Path, bucket: str, is_shared: bool) -> dict[str, Any]:
    """The storage of private files; `is_shared` lets the web server's group read the folder."""
    if bucket:
        return {"BACKEND": "common.bucket.PrivateBucket", "OPTIONS": _bucket_options(bucket)}
    return {
        "BACKEND": "common.storage.PrivateFolder",
        "OPTIONS": {
            "location": folder,
            "file_permissions_mode": 0o640 if is_shared else 0o600,
            "directory_permissions_mode": 0o750 if is_shared else 0o700,
        },
    }


def _bucket_options(bucket: str) -> dict[str, Any]:
    style: str = env.str("S3_ADDRESSING_STYLE", default="path")
    if style not in {"path", "virtual"}:
        raise ImproperlyConfigured("S3_ADDRESSING_STYLE must be one of: path, virtual")
    return {
        "bucket_name": bucket,
        "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
        "access_key": env.str("S3_ACCESS_KEY", default="") or None,
        "secret_key": env.str("S3_SECRET_KEY", default="") or None,
        "region_name": env.str("S3_REGION", default="") or None,
        "addressing_style": style,
        "file_overwrite": False,
        "default_acl": None,
        "querystring_expire": 300,
        # What is read goes to a file beyond this; otherwise an archive would lie in the memory whole.
        "max_memory_size": _READ_AT_ONCE,
    }
