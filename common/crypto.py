"""Encryption of fields and the keyed index that finds them.

A stored value is: format byte, length and name of the key, 12-byte nonce, AES-256-GCM ciphertext
with tag. The associated data names the field, so a value copied into another column does not open.
The index is HMAC-SHA256 under a key of its own, so rotating encryption keys keeps it.
"""

import functools
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORMAT = 1
_NONCE_BYTES = 12


@functools.lru_cache(maxsize=16)
def _cipher(key_id: str) -> AESGCM:
    keys: dict[str, bytes] = settings.FIELD_KEYS
    secret = HKDF(SHA256(), 32, salt=None, info=b"field encryption").derive(keys[key_id])
    return AESGCM(secret)


@functools.lru_cache(maxsize=16)
def _index_key(purpose: str) -> bytes:
    keys: dict[str, bytes] = settings.FIELD_KEYS
    return HKDF(SHA256(), 32, salt=None, info=b"index " + purpose.encode()).derive(keys["index"])


@functools.lru_cache(maxsize=1)
def current_key_id() -> str:
    """The name of the key that new values are encrypted with."""
    return next(name for name in settings.FIELD_KEYS if name != "index")


@functools.lru_cache(maxsize=4)
def _prefix(key_id: str) -> bytes:
    name = key_id.encode()
    return bytes([_FORMAT, len(name)]) + name


def seal_bytes(data: bytes, *, context: str) -> bytes:
    """`data` encrypted for the use called `context`."""
    key_id = current_key_id()
    nonce = os.urandom(_NONCE_BYTES)
    return _prefix(key_id) + nonce + _cipher(key_id).encrypt(nonce, data, context.encode())


def unseal_bytes(value: bytes, *, context: str) -> bytes:
    """The data in `value`; raises when the key is missing or the value was made for another use."""
    if value[0] != _FORMAT:
        message = f"unknown format {value[0]} of an encrypted value"
        raise ValueError(message)
    start = 2 + value[1]
    key_id = value[2:start].decode()
    nonce, body = value[start : start + _NONCE_BYTES], value[start + _NONCE_BYTES :]
    return _cipher(key_id).decrypt(nonce, body, context.encode())


def seal(text: str, *, context: str) -> bytes:
    """`text` encrypted for the field called `context` ("app.model.field")."""
    return seal_bytes(text.encode(), context=context)


def unseal(value: bytes, *, context: str) -> str:
    """The text in `value`; raises when the key is missing or the value was made for another field."""
    return unseal_bytes(value, context=context).decode()


def key_id_of(value: bytes) -> str:
    """The name of the key that `value` was encrypted with."""
    return value[2 : 2 + value[1]].decode()


def blind_index(value: str, *, purpose: str) -> bytes:
    """32 bytes that are equal for equal `value`s and reveal nothing without the key.

    One purpose per kind of number ("document", "phone"), so that declared and roster numbers join.
    """
    return hmac.digest(_index_key(purpose), value.encode(), "sha256")


def forget_keys() -> None:
    """Drop derived keys, after FIELD_KEYS changed (rotation command, tests)."""
    for cached in (_cipher, _index_key, current_key_id, _prefix):
        cached.cache_clear()
