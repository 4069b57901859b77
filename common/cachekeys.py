"""How keys of the cache are written down."""

from django.utils.crypto import salted_hmac

# allauth's limits carry a plain SHA-256 of a phone or e-mail: a phone is soon guessed from that.
_PLAIN = "allauth:rl:"


def keyed(key: str, key_prefix: str, version: int) -> str:
    """Django's cache key, with what could be guessed replaced by a digest under the site's own key."""
    if key.startswith(_PLAIN):
        digest = salted_hmac("common.cachekeys", key, algorithm="sha256").hexdigest()
        key = f"{_PLAIN}{digest}"
    return f"{key_prefix}:{version}:{key}"
