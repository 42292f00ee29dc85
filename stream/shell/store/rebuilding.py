"""A namespace of Redis that is closed, emptied, filled again and opened (architecture, "Rebuilding")."""

import time
from collections.abc import Sequence

from stream.core.partition import BUCKETS
from stream.shell.store.layout import Layout
from stream.shell.store.registry_mark import canonical
from stream.shell.store.server import Server

_CLOSED_PARTITION = 999_999
"""No registry has a partition of this number: whoever says up to where he has read is behind such a mark."""

_AHEAD = 1_000_000
"""Markers begin a second ahead of the clock: other workers' clocks may be a little ahead of this one's."""

_PAGE = 1000


def closed(token: int) -> bytes:
    """The registry mark of a bucket that is being rebuilt: every judged save is behind it."""
    return b'{"%d":%d}' % (_CLOSED_PARTITION, token)


def is_closed(mark: bytes | None) -> bool:
    """Whether a bucket with this registry mark is being rebuilt."""
    return mark is not None and mark.startswith(b'{"%d":' % _CLOSED_PARTITION)


class Rebuilding:
    """The calls behind `Store.whole` and those of a rebuild, on one server."""

    def __init__(self, server: Server, layout: Layout) -> None:
        self._server = server
        self._layout = layout

    async def markers(self) -> list[int] | None:
        """Every bucket's marker; None where one is missing or closed, or another server holds the data than did."""
        layout = self._layout
        found = await self._server.command("MGET", *layout.marker, *layout.registry, layout.holder)
        markers, marks, holder = found[:BUCKETS], found[BUCKETS:-1], found[-1]
        if holder is None or holder.decode() != await self._server.identity():
            return None
        if None in markers or any(is_closed(mark) for mark in marks):
            return None
        return [int(marker) for marker in markers]

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
        marker = max(time.time_ns() // 1000 + _AHEAD, *seen)
        pairs: list[bytes | int] = []
        for bucket in range(BUCKETS):
            pairs += (self._layout.registry[bucket], closed(token), self._layout.marker[bucket], marker)
        await self._server.command("MSET", *pairs)
        kept = {*self._layout.registry, *self._layout.marker, self._layout.lock}
        cursor: bytes | int = 0
        while True:
            cursor, keys = await self._server.command("SCAN", cursor, "MATCH", f"{self._layout.space}*", "COUNT", _PAGE)
            if gone := [key for key in keys if key not in kept]:
                await self._server.command("UNLINK", *gone)
            if int(cursor) == 0:
                return

    async def end(self, token: int, registry: bytes) -> bool:
        """See `Store.end_rebuild`."""
        marks = await self._server.command("MGET", *self._layout.registry)
        if set(marks) != {closed(token)}:
            return False
        pairs: list[bytes | str] = [self._layout.holder, await self._server.identity()]
        for key in self._layout.registry:
            pairs += (key, canonical(registry or b"{}"))
        await self._server.command("MSET", *pairs)
        return True
