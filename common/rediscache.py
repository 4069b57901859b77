"""Django's Redis cache with clients that are kept: a new one for each command costs more than the command."""

from typing import Any

from django.core.cache.backends import redis as base
from django.core.cache.backends.redis import RedisCacheClient


class KeptClient(RedisCacheClient):
    """One client for reading and one for writing; redis-py's may be shared by threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[bool, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """The client of the first server for writing, of one of them for reading."""
        if write not in self._kept:
            self._kept[write] = super().get_client(key, write=write)
        return self._kept[write]


class RedisCache(base.RedisCache):
    """The cache that settings name."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
