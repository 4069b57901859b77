"""Encryption of fields and the keyed index that finds them.

A stored value is: format byte, length and name of the key, 12-byte nonce, AES-256-GCM ciphertext
with tag. The associated data names the field, so a value copied into another column does not open.
The index is HMAC-SHA256 under a key of its own, so rotating encryption keys keeps it.

Delivered photos are sealed with a set of keys of their own (`Ring.ORIGINAL`): who has the database
and the keys of its columns has no original yet. The format byte says which set a value belongs to.
"""

import functools
import hmac
import os
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12


class Ring(IntEnum):
    """A set of encryption keys; its number is the format byte of what they sealed."""

    FIELD = 1  # columns and ordinary files: FIELD_KEYS
    ORIGINAL = 2  # photos as they were delivered: ORIGINAL_KEYS


_PURPOSES = {Ring.FIELD: b"field encryption", Ring.ORIGINAL: b"original encryption"}


def _keys(ring: Ring) -> dict[str, bytes]:
    keys: dict[str, bytes] = (
        settings.ORIGINAL_KEYS if ring is Ring.ORIGINAL else settings.FIELD_KEYS
    )
    return keys


@functools.lru_cache(maxsize=16)
def _cipher(ring: Ring, key_id: str) -> AESGCM:
    secret = HKDF(SHA256(), 32, salt=None, info=_PURPOSES[ring]).derive(_keys(ring)[key_id])
    return AESGCM(secret)


@functools.lru_cache(maxsize=16)
def _index_key(purpose: str) -> bytes:
    keys: dict[str, bytes] = settings.FIELD_KEYS
    return HKDF(SHA256(), 32, salt=None, info=b"index " + purpose.encode()).derive(keys["index"])


@functools.lru_cache(maxsize=4)
def current_key_id(ring: Ring = Ring.FIELD) -> str:
    """The name of the key of this set that new values are encrypted with."""
    return next(name for name in _keys(ring) if name != "index")


@functools.lru_cache(maxsize=4)
def _prefix(ring: Ring, key_id: str) -> bytes:
    name = key_id.encode()
    return bytes([ring, len(name)]) + name


def seal_bytes(data: bytes, *, context: str, ring: Ring = Ring.FIELD) -> bytes:
    """`data` encrypted for the use called `context` with the newest key of the set."""
    key_id = current_key_id(ring)
    nonce = os.urandom(_NONCE_BYTES)
    body = _cipher(ring, key_id).encrypt(nonce, data, context.encode())
    return _prefix(ring, key_id) + nonce + body


def unseal_bytes(value: bytes, *, context: str) -> bytes:
    """The data in `value`; raises when the key is missing or the value was made for another use."""
    ring = ring_of(value)
    start = 2 + value[1]
    key_id = value[2:start].decode()
    nonce, body = value[start : start + _NONCE_BYTES], value[start + _NONCE_BYTES :]
    return _cipher(ring, key_id).decrypt(nonce, body, context.encode())


def seal(text: str, *, context: str) -> bytes:
    """`text` encrypted for the field called `context` ("app.model.field")."""
    return seal_bytes(text.encode(), context=context)


def unseal(value: bytes, *, context: str) -> str:
    """The text in `value`; raises when the key is missing or the value was made for another field."""
    return unseal_bytes(value, context=context).decode()


def ring_of(value: bytes) -> Ring:
    """The set of keys that `value` was encrypted with; ValueError when it is none of ours."""
    try:
        return Ring(value[0])
    except ValueError:
        message = f"unknown format {value[0]} of an encrypted value"
        raise ValueError(message) from None


def key_id_of(value: bytes) -> str:
    """The name of the key that `value` was encrypted with."""
    return value[2 : 2 + value[1]].decode()


def blind_index(value: str, *, purpose: str) -> bytes:
    """32 bytes that are equal for equal `value`s and reveal nothing without the key.

    One purpose per kind of number ("document", "phone"), so that declared and roster numbers join.
    """
    return hmac.digest(_index_key(purpose), value.encode(), "sha256")


def forget_keys() -> None:
    """Drop derived keys, after FIELD_KEYS or ORIGINAL_KEYS changed (rotation command, tests)."""
    for cached in (_cipher, _index_key, current_key_id, _prefix):
        cached.cache_clear()
