"""A hasher that counts, so that a test can see how much work an answer cost."""

from typing import Any

from accounts.hashers import Argon2Hasher

calls: list[str] = []


class CountingHasher(Argon2Hasher):
    """The portal's hasher; each hash leaves a mark."""

    def encode(self, password: str, salt: str) -> str:
        """Hash and count."""
        calls.append("encode")
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> Any:
        """Verify and count."""
        calls.append("verify")
        return super().verify(password, encoded)
