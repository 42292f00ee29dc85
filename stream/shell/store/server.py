"""Redis as the store talks to it, be it one server or the masters of a Cluster."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Sequence
from contextlib import AsyncExitStack
from itertools import chain
from typing import Any

from redis import exceptions as raised

from stream.shell.settings.redis_address import RedisAddress
from stream.shell.store.commands import Argument, Command, CommandOf, Share, key_of
from stream.shell.store.connecting import masters_at
from stream.shell.store.failures import translated
from stream.shell.store.masters import Masters, load_functions
from stream.shell.store.node import Node
from stream.shell.store.server_checks import run_id_of
from stream.shell.store.waiting import NO_WAITING, Waiting

_PERHAPS_ELSEWHERE = (
    raised.ConnectionError,
    raised.TimeoutError,
    raised.ReadOnlyError,
    raised.ClusterDownError,
    raised.AskError,
)
"""After these it may be another server that holds the data."""


class Server:
    """Whoever holds the data. Every method raises the store's errors only; what may have been done is not sent twice.

    `timeout_seconds` bounds connecting, sending and waiting for a reply, each by itself.
    """

    def __init__(self, address: RedisAddress, timeout_seconds: float, waiting: Waiting) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._waiting = waiting
        self._opened: Masters | None = None

    async def open(self) -> None:
        """Find the masters, connect, check each (`server_checks`) and give it the functions."""
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.close)
            self._opened = masters_at(self._address, self._timeout_seconds)
            with translated(str(self._address)):
                await self._opened.all()
            undo.pop_all()

    async def close(self) -> None:
        """Close all connections, if there are any."""
        masters, self._opened = self._opened, None
        if masters is not None:
            await masters.close()

    async def command(self, *command: Argument) -> Any:
        """Reply to one command, as it came."""
        (reply,) = await self.replies([command])
        return reply

    async def by_bucket(
        self, buckets: Collection[int], command_of: CommandOf, *, replicated: bool = False
    ) -> list[Share]:
        """Replies to what `command_of` makes for these buckets: one command, or on a Cluster one for each of them.

        `replicated`: only once so many replicas have what these buckets hold as are to be waited for.
        """
        shares = [[bucket] for bucket in buckets] if self._masters.cluster else [list(buckets)]
        replies = await self.replies([command_of(share) for share in shares], replicated=replicated)
        return list(zip(shares, replies, strict=True))

    async def replies(self, commands: Sequence[Command], *, replicated: bool = False) -> list[Any]:
        """Replies to these commands, as they came, in one round trip to each master concerned."""
        waiting = self._waiting if replicated else NO_WAITING
        with translated(str(self._address)):
            try:
                replies = await self._sent(commands, waiting)
                moved = [place for place, reply in enumerate(replies) if isinstance(reply, raised.MovedError)]
                if moved:
                    # It was not done where it was sent: the master of before names another one.
                    await self._masters.all()
                    again = await self._sent([commands[place] for place in moved], waiting)
                    for place, reply in zip(moved, again, strict=True):
                        replies[place] = reply
                _raise_first(replies)
            except _PERHAPS_ELSEWHERE:
                self._masters.forget()
                raise
            return replies

    async def scan(self, pattern: str, count: int) -> AsyncIterator[list[bytes]]:
        """All keys like this on all masters, in portions of about `count`."""
        with translated(str(self._address)):
            for node in await self._masters.all():
                cursor: bytes | int = 0
                while True:
                    cursor, keys = await node.reply("SCAN", cursor, "MATCH", pattern, "COUNT", count)
                    yield keys
                    if int(cursor) == 0:
                        break

    async def identity(self) -> str:
        """The masters of this moment by their run ids: another text once one was started anew, or replaced.

        A server that does not tell its run id goes by its address.
        """
        with translated(str(self._address)):
            nodes = await self._masters.all()
            run_ids = await _all(*(run_id_of(node.reply) for node in nodes))
            return " ".join(sorted(run_id or str(node.at) for node, run_id in zip(nodes, run_ids, strict=True)))

    @property
    def _masters(self) -> Masters:
        if self._opened is None:
            raise RuntimeError("the store is not open")
        return self._opened

    async def _sent(self, commands: Sequence[Command], waiting: Waiting) -> list[Any]:
        """Replies, errors among them, of whoever holds each command's keys."""
        places: dict[Node, list[int]] = {}
        for place, node in enumerate(await self._masters.holding(map(key_of, commands))):
            places.setdefault(node, []).append(place)
        parts = await _all(
            *(self._done(node, [commands[place] for place in some], waiting) for node, some in places.items())
        )
        replies = dict(zip(chain(*places.values()), chain(*parts), strict=True))
        return [replies[place] for place in range(len(commands))]

    async def _done(self, node: Node, commands: Sequence[Command], waiting: Waiting) -> list[Any]:
        """Replies of one master; where it has lost the functions (FUNCTION FLUSH, say), it gets them again first."""
        replies = await self._waited(node, commands, waiting)
        lost = [place for place, reply in enumerate(replies) if _is_lost(reply)]
        if lost:
            await load_functions(node)
            again = await self._waited(node, [commands[place] for place in lost], waiting)
            for place, reply in zip(lost, again, strict=True):
                replies[place] = reply
        return replies

    async def _waited(self, node: Node, commands: Sequence[Command], waiting: Waiting) -> list[Any]:
        behind = waiting.commands(key_of(commands[0]))
        if not behind:
            return await node.replies(commands)
        patience = self._timeout_seconds + waiting.milliseconds / 1000
        replies = await node.replies([*commands, *behind], timeout_seconds=patience)
        waiting.check(node.at, replies[len(commands) :])
        return replies[: len(commands)]


def _is_lost(reply: Any) -> bool:
    return isinstance(reply, raised.ResponseError) and "Function not found" in str(reply)


def _raise_first(replies: Sequence[Any]) -> None:
    for reply in replies:
        if isinstance(reply, raised.ResponseError):
            raise reply


async def _all(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Results of all; an error is raised when every one of them has ended, so that nothing is left to happen later."""
    if len(work) == 1:
        return [await work[0]]
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
