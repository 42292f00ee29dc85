"""A namespace of Redis that is closed, emptied, filled again and opened (architecture, "Rebuilding")."""

import time
from collections.abc import Collection, Sequence
from itertools import chain

from msgspec import json

from stream.core.partition import BUCKETS
from stream.shell.store.commands import Argument, Command, fcall
from stream.shell.store.layout import Layout, tag_of
from stream.shell.store.registry_mark import with_token
from stream.shell.store.server import Server
from stream.shell.store.store import Rebuilt

CLOSED_PARTITION = 999_999
"""No registry has a partition of this number: whoever says up to where he has read is behind such a mark."""

_AHEAD = 1_000_000
"""Markers begin a second ahead of the clock: other workers' clocks may be a little ahead of this one's."""

_PAGE = 1000


def closed(token: int) -> bytes:
    """The registry mark of a bucket that is being rebuilt: every judged save is behind it."""
    return b'{"%d":%d}' % (CLOSED_PARTITION, token)


def is_closed(mark: bytes | None) -> bool:
    """Whether a bucket with this registry mark is being rebuilt; sweeps may have raised other partitions since."""
    return mark is not None and b'"%d":' % CLOSED_PARTITION in mark


class Rebuilding:
    """The calls behind `Store.whole` and those of a rebuild, on one server."""

    def __init__(self, server: Server, layout: Layout) -> None:
        self._server = server
        self._layout = layout
        self._begun_on = ""
        self.rebuilt = Rebuilt()

    async def markers(self) -> list[int] | None:
        """Every bucket's marker; None where one is missing or closed, or another server holds the data than did.

        Also learns how the store was filled.
        """
        layout = self._layout
        markers: dict[int, int] = {}
        for buckets, found in await self._server.by_bucket(range(BUCKETS), self._marks, replicated=True):
            for bucket, marker, mark in zip(buckets, found[::2], found[1::2], strict=True):
                if marker is None or is_closed(mark):
                    return None
                markers[bucket] = int(marker)
        asked: list[Command] = [("GET", layout.holder), ("HLEN", layout.wanted), ("HGETALL", layout.rebuilt)]
        holder, wanted, rebuilt = await self._server.replies(asked)
        if wanted or not self._learned(rebuilt):
            return None
        if holder is None or holder.decode() != await self._server.identity():
            return None
        return [markers[bucket] for bucket in range(BUCKETS)]

    async def lock(self, owner: str, seconds: float) -> bool:
        """See `Store.lock_rebuild`."""
        milliseconds = round(seconds * 1000)
        if await self._server.command("SET", self._layout.lock, owner, "NX", "PX", milliseconds):
            return True
        if await self._server.command("GET", self._layout.lock) != owner.encode():
            return False
        return bool(await self._server.command("PEXPIRE", self._layout.lock, milliseconds))

    async def unlock(self, owner: str) -> None:
        """See `Store.unlock_rebuild`."""
        if await self._server.command("GET", self._layout.lock) == owner.encode():
            await self._server.command("DEL", self._layout.lock)

    async def begin(self, token: int, seen: Sequence[int]) -> None:
        """See `Store.begin_rebuild`. Closed first, emptied then: nothing judged on half the data can be saved."""
        self._begun_on = await self._server.identity()
        marker = max(time.time_ns() // 1000 + _AHEAD, *seen)
        await self._put_marks((self._layout.registry, closed(token)), (self._layout.marker, marker))
        kept = {*self._layout.registry, *self._layout.marker, self._layout.lock, self._layout.wanted}
        async for keys in self._server.scan(f"{self._layout.space}*", _PAGE):
            groups: dict[bytes, list[bytes]] = {}
            for key in keys:
                if key not in kept:
                    groups.setdefault(tag_of(key), []).append(key)
            await self._server.replies([("UNLINK", *group) for group in groups.values()])

    async def end(self, rebuilt: Rebuilt, registry: bytes) -> bool:
        """See `Store.end_rebuild`. Who holds the data is said last: until then nobody takes them for complete."""
        if self._begun_on != await self._server.identity():
            # A server was replaced meanwhile, by one that may lack what had been filled in.
            return False
        mark = with_token(registry or b"{}", rebuilt.token)

        def command(buckets: Sequence[int]) -> Command:
            marks = [self._layout.registry[bucket] for bucket in buckets]
            return fcall("open_v1", marks, (CLOSED_PARTITION, rebuilt.token, mark))

        await self._say(rebuilt)
        if not all(opened for _, opened in await self._server.by_bucket(range(BUCKETS), command)):
            return False
        await self._server.command("SET", self._layout.holder, self._begun_on)
        return True

    async def put(self, rebuilt: Rebuilt) -> None:
        """See `Store.put_rebuilt`."""
        await self._say(rebuilt)

        def command(buckets: Sequence[int]) -> Command:
            marks = [self._layout.registry[bucket] for bucket in buckets]
            return fcall("raise_registry_v1", marks, [with_token(b"{}", rebuilt.token)])

        await self._server.by_bucket(range(BUCKETS), command)

    async def learn(self) -> None:
        """Ask how the store was filled."""
        self._learned(await self._server.command("HGETALL", self._layout.rebuilt))

    async def _say(self, rebuilt: Rebuilt) -> None:
        """The highest token is the one that counts: what somebody says late, who has lost the lock, changes nothing."""
        await self._server.command("HSET", self._layout.rebuilt, rebuilt.token, json.encode(rebuilt))
        self.rebuilt = rebuilt

    def _learned(self, reply: Sequence[bytes]) -> bool:
        every = [json.decode(value, type=Rebuilt) for value in reply[1::2]]
        if every:
            self.rebuilt = max(every, key=lambda each: each.token)
        return bool(every)

    async def want(self, asked: int, since: int | None) -> None:
        """See `Store.want_rebuild`."""
        await self._server.command("HSET", self._layout.wanted, asked, "" if since is None else since)

    async def wanted(self) -> dict[int, int | None]:
        """See `Store.wanted_rebuilds`."""
        reply: list[bytes] = await self._server.command("HGETALL", self._layout.wanted)
        return {int(asked): int(since) if since else None for asked, since in zip(reply[::2], reply[1::2], strict=True)}

    async def drop_wanted(self, asked: Collection[int]) -> None:
        """See `Store.drop_wanted`."""
        if asked:
            await self._server.command("HDEL", self._layout.wanted, *asked)

    def _marks(self, buckets: Sequence[int]) -> Command:
        layout = self._layout
        return ("MGET", *(key for bucket in buckets for key in (layout.marker[bucket], layout.registry[bucket])))

    async def _put_marks(self, *marks: tuple[Sequence[bytes], Argument]) -> None:
        """Give a key of every bucket a value; several keys of a bucket at once."""

        def command(buckets: Sequence[int]) -> Command:
            pairs = ((keys[bucket], value) for bucket in buckets for keys, value in marks)
            return ("MSET", *chain.from_iterable(pairs))

        await self._server.by_bucket(range(BUCKETS), command)
