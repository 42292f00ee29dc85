"""The stores that the contract is held to."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stream.shell.embedded.redis_server import EmbeddedRedis
from stream.shell.store.store import Store
from tests.parts.redis_cluster import RedisClusterServers
from tests.parts.stores import ClusterWorld, MemoryWorld, RedisWorld, World, opened


@pytest.fixture(scope="session")
def stand_in_url() -> Iterator[str]:
    with EmbeddedRedis(stand_in=True) as server:
        yield server.url


@pytest.fixture(scope="session")
def spare_url() -> Iterator[str]:
    """Return the URL of a real Redis whose settings these tests may change."""
    with EmbeddedRedis() as server:
        yield server.url


@pytest.fixture
def spare(spare_url: str) -> Iterator[RedisWorld]:
    world = RedisWorld(spare_url)
    with world.raw:
        world.forget()
        yield world


@pytest.fixture(scope="session")
def cluster() -> Iterator[RedisClusterServers]:
    """Return a Cluster on which nothing fails over: without replicas, and slow to take a busy machine for a failure."""
    with RedisClusterServers(replicas=False, node_timeout_ms=30_000) as servers:
        yield servers


@pytest.fixture(params=["memory", "redis", "stand-in", "cluster"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    if request.param == "cluster":
        remote: RedisWorld = ClusterWorld(request.getfixturevalue("cluster"))
    else:
        remote = RedisWorld(request.getfixturevalue("redis_url" if request.param == "redis" else "stand_in_url"))
    with remote.raw:
        remote.forget()
        yield remote


@pytest.fixture
async def store(world: World) -> AsyncIterator[Store]:
    async with opened(world) as store:
        yield store
