"""Reading the environment: a wrong value fails at start and says what to write instead."""

import base64
import binascii
import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class _LinesWithoutEnds(FileAwareMapping):  # type: ignore[misc]  # environ has no types
    """A secret from a file loses the line end that editors and `echo` leave there."""

    def __getitem__(self, key: str) -> str:
        value: str = super().__getitem__(key)
        return value.rstrip("\r\n")


class _Env(environ.FileAwareEnv):  # type: ignore[misc]  # the same
    ENVIRON = _LinesWithoutEnds()


env = _Env()

_INDEX_KEY = "index"
_KEY_BYTES = 32


def secret_from_file(path: Path, *, make: str | None = None) -> str:
    """The text kept in `path` (mode 0600); written with `make` or 50 random characters when absent."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = make or secrets.token_urlsafe(50)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process started at the same moment and won
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return text


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def new_field_keys() -> str:
    """A fresh FIELD_KEYS value: one index key and one encryption key, both random."""
    return f"{_INDEX_KEY}:{_new_key()},k1:{_new_key()}"


def new_original_keys() -> str:
    """A fresh ORIGINAL_KEYS value: one random key."""
    return f"o1:{_new_key()}"


def parse_field_keys(text: str) -> dict[str, bytes]:
    """`index:BASE64,k2:BASE64,k1:BASE64` as a mapping in that order; the first key after index encrypts.

    Raises ImproperlyConfigured with the remedy when the value is not of that form.
    """
    keys = _parse_keys(text, "FIELD_KEYS")
    if _INDEX_KEY not in keys or len(keys) < 2:  # noqa: PLR2004
        raise ImproperlyConfigured(
            "FIELD_KEYS must name an index key and at least one encryption key: index:BASE64,k1:BASE64"
        )
    return keys


def parse_original_keys(text: str, *, field_keys: dict[str, bytes]) -> dict[str, bytes]:
    """`o2:BASE64,o1:BASE64` as a mapping in that order; the first key seals delivered photos.

    None of them may be a key of FIELD_KEYS: that originals need a second key is the whole point.
    """
    keys = _parse_keys(text, "ORIGINAL_KEYS")
    if not keys or _INDEX_KEY in keys:
        raise ImproperlyConfigured(
            "ORIGINAL_KEYS must name at least one encryption key and no index key: o1:BASE64"
        )
    if not set(keys.values()).isdisjoint(field_keys.values()):
        raise ImproperlyConfigured(
            "ORIGINAL_KEYS holds a key of FIELD_KEYS. Make one of its own with: openssl rand -base64 32"
        )
    return keys


def _parse_keys(text: str, variable: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition(":")
        try:
            keys[name] = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured(
                f"{variable}: the key “{name}” is not base64. Make one with: openssl rand -base64 32"
            ) from error
        if len(keys[name]) != _KEY_BYTES or not name or len(name.encode()) > 8:  # noqa: PLR2004
            raise ImproperlyConfigured(
                f"{variable}: the key “{name}” must be 32 bytes in base64 under a name of 1–8 letters. "
                "Make one with: openssl rand -base64 32"
            )
    return keys


def retention_days() -> dict[str, int]:
    """For how many days each kind of personal data is kept; what is a log, for six months at least.

    The six months are those of the Cybersecurity Law, article 21.
    """
    half_a_year = 183
    days = {
        "evidence": env.int("RETAIN_EVIDENCE_DAYS", default=180),
        "photo": env.int("RETAIN_PHOTO_DAYS", default=365),
        "own_photo": env.int("RETAIN_OWN_PHOTO_DAYS", default=30),
        "print_address": env.int("RETAIN_PRINT_ADDRESS_DAYS", default=90),
        "graduation": env.int("RETAIN_GRADUATION_ROWS_DAYS", default=365),
        "notice": env.int("RETAIN_NOTICE_DAYS", default=730),
        "message": env.int("RETAIN_MESSAGE_DAYS", default=183),
        "login": env.int("RETAIN_LOGIN_DAYS", default=183),
        "view": env.int("RETAIN_VIEW_DAYS", default=1096),
    }
    for name, value in days.items():
        least = half_a_year if name in {"notice", "message", "login", "view"} else 1
        if value < least:
            raise ImproperlyConfigured(
                f"RETAIN_{name.upper()}_DAYS={value} is too short; give at least {least}."
            )
    return days
