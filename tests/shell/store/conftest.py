"""The stores that the contract is held to."""

from collections.abc import AsyncIterator, Iterator

import pytest

from stream.shell.embedded.redis_server import EmbeddedRedis
from stream.shell.store.store import Store
from tests.parts.stores import MemoryWorld, RedisWorld, World, opened


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


@pytest.fixture(params=["memory", "redis", "stand-in"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    remote = RedisWorld(request.getfixturevalue("redis_url" if request.param == "redis" else "stand_in_url"))
    with remote.raw:
        remote.forget()
        yield remote


@pytest.fixture
async def store(world: World) -> AsyncIterator[Store]:
    async with opened(world) as store:
        yield store
