"""Where ledger stores keep their data, as tests may damage it: memory, a real Redis, its stand-in."""

import copy
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import redis

from stream.core.partition import bucket_of
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.redis import RedisStore
from stream.shell.store.store import Outcome, Store, Write

NOW = 1_795_501_217_108_661  # microseconds
SAVED, CONFLICT, BEHIND, FORGOTTEN = Outcome
KEY = "bank-a|D1"


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
        kept = {key: self.raw.dump(key) for key in self.raw.keys(pattern)}

        def restore() -> None:
            for key in self.raw.keys(pattern):
                self.raw.delete(key)
            for key, dumped in kept.items():
                assert isinstance(dumped, bytes)
                self.raw.restore(key, 0, dumped)

        return restore


@asynccontextmanager
async def opened(world: World) -> AsyncIterator[Store]:
    store = world.client()
    await store.open()
    try:
        yield store
    finally:
        await store.close()
