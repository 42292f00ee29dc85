"""The Redis that tests break: it keeps, forgets, fills up and is set back as it says."""

import pytest
import redis

from tests.parts.durable_redis import DurableRedis


def test_kept_over_a_restart_and_gone_after_a_replacement() -> None:
    """A restart keeps everything that was acknowledged, a replacement nothing."""
    with DurableRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.set("k", "v")
        server.restart(0)
        assert client.get("k") == "v"
        server.replace(0)
        assert client.get("k") is None


def test_set_back_to_a_snapshot_of_that_age() -> None:
    """Restoring brings back what stood there at the snapshot, and nothing later; from then on it is kept again."""
    with DurableRedis() as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.set("k", "old")
        server.snapshot()
        client.set("k", "new")
        assert server.restore(0) > 0
        assert client.get("k") == "old"
        client.set("k", "newer")
        server.restart(0)
        assert client.get("k") == "newer"
        with pytest.raises(ValueError, match="empty"):
            server.restore(3600)


def test_full_for_a_while() -> None:
    """Out of memory it answers, and refuses writes; later it takes them."""
    with DurableRedis() as server, redis.Redis.from_url(server.url) as client:
        client.set("k", "v")
        with server.full():
            assert client.get("k") == b"v"
            with pytest.raises(redis.OutOfMemoryError):
                client.set("k", "w")
        client.set("k", "w")
