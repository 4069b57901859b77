"""The Redis cache keeps its clients; without a server it fails as Django's own does."""

import pytest
from redis.exceptions import ConnectionError as RedisAwayError

from common.rediscache import RedisCache

pytestmark = pytest.mark.unit


def test_client_is_made_once_for_each_use() -> None:
    client = RedisCache("redis://[::1]:1", {})._cache

    assert client.get_client("a", write=True) is client.get_client("b", write=True)
    assert client.get_client("a") is client.get_client("b")


def test_cache_that_is_away_says_so() -> None:
    with pytest.raises(RedisAwayError):
        RedisCache("redis://[::1]:1", {}).get("a")
