"""Where ledger stores keep their data, as tests may damage it: memory, a real Redis, its stand-in."""

import asyncio
import copy
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import redis

from stream.core.partition import bucket_of
from stream.shell.embedded.ports import LOOPBACK
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import Outcome, Store, StoreUnreachable, Write
from stream.shell.store.waiting import NO_WAITING, Waiting
from tests.parts.redis_cluster import RedisClusterServers
from tests.parts.redis_sentinels import SentinelServers

NOW = 1_795_501_217_108_661  # microseconds
SAVED, CONFLICT, BEHIND, FORGOTTEN = Outcome
KEY = "bank-a|D1"
SECONDS_MAX = 60

Result = TypeVar("Result")


def ledger(rev: int, text: str = "") -> bytes:
    return b'{"rev":%d,"text":"%s"}' % (rev, text.encode())


def write(key: str, read: int, rev: int, due: int | None = None) -> Write:
    return Write(key, read, ledger(rev), due)


def keys_in(bucket: int, count: int, form: str = "bank-a|D{}") -> list[str]:
    """Return the first `count` keys of this form that lie in one bucket, in key order."""
    found = (key for number in range(10**6) if bucket_of(key := form.format(f"{number:06d}")) == bucket)
    return [next(found) for _ in range(count)]


class World(Protocol):
    """Where a store keeps its data, as a test may damage it."""

    def client(self) -> Store: ...
    def forget(self) -> None: ...
    def snapshot(self, bucket: int) -> Callable[[], None]: ...


class MemoryWorld:
    """The store in memory."""

    def __init__(self) -> None:
        self.memory = Memory()

    def client(self) -> Store:
        return MemoryStore(self.memory)

    def forget(self) -> None:
        self.memory.forget()

    def snapshot(self, bucket: int) -> Callable[[], None]:
        """Return what puts this bucket back to how it is now."""
        kept = copy.deepcopy(self.memory.buckets[bucket])

        def restore() -> None:
            self.memory.buckets[bucket] = copy.deepcopy(kept)

        return restore


class RedisWorld:
    """The store in Redis, real or not."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.namespace = f"t-{secrets.token_hex(4)}"
        self.raw = redis.Redis.from_url(url, protocol=2)

    def client(self) -> Store:
        return RedisStore(parse_redis(self.url), self.namespace)

    def forget(self) -> None:
        self.raw.flushall()

    def snapshot(self, bucket: int) -> Callable[[], None]:
        """Return what puts this bucket back to how it is now."""
        pattern = f"{self.namespace}:1:{{b{bucket:03d}}}:*"
        raw = self._holding(bucket)
        kept = {key: raw.dump(key) for key in raw.keys(pattern)}

        def restore() -> None:
            for key in raw.keys(pattern):
                raw.delete(key)
            for key, dumped in kept.items():
                assert isinstance(dumped, bytes)
                raw.restore(key, 0, dumped)

        return restore

    def _holding(self, bucket: int) -> redis.Redis:  # noqa: ARG002 - here one server holds them all
        """Return a client of the server that holds this bucket."""
        return self.raw


class ClusterWorld(RedisWorld):
    """The store on a Redis Cluster; `raw` is a client of one of its nodes."""

    def __init__(self, servers: RedisClusterServers) -> None:
        super().__init__(f"redis://{LOOPBACK}:{servers.nodes[0].port}")
        self.url = servers.url
        self.servers = servers

    def forget(self) -> None:
        for node in self.servers.nodes:
            node.raw.flushall()

    def _holding(self, bucket: int) -> redis.Redis:
        return self.servers.master_of(f"{{b{bucket:03d}}}").raw


class SentinelWorld(RedisWorld):
    """The store on the master that Sentinels watch; `raw` is a client of the first one."""

    def __init__(self, servers: SentinelServers, waiting: Waiting = NO_WAITING) -> None:
        super().__init__(f"redis://{LOOPBACK}:{servers.master.port}")
        self.url = servers.url
        self.servers = servers
        self._waiting = waiting

    def client(self) -> Store:
        return RedisStore(parse_redis(self.url), self.namespace, waiting=self._waiting)


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Store]:
    store = world.client()
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def in_the_end(call: Callable[[], Awaitable[Result]]) -> Result:
    """Do it again and again, as a worker and its supervisor would, until the store can be reached."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            try:
                return await call()
            except StoreUnreachable:
                await asyncio.sleep(0.1)
