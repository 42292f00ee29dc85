"""The connections to one Redis server."""

from collections.abc import Callable, Sequence
from typing import Any

from hiredis import pack_command
from redis.asyncio.connection import Connection, ConnectionPool
from redis.exceptions import ResponseError

from stream.shell.settings.address import Address
from stream.shell.store.commands import Argument, Command


class Node:
    """One server. Every method raises what redis-py does, and never sends a command twice."""

    def __init__(self, at: Address, pool: ConnectionPool) -> None:
        self.at = at
        self._pool = pool

    async def replies(self, commands: Sequence[Command], *, timeout_seconds: float | None = None) -> list[Any]:
        """Replies in one round trip; an error that the server replies stands in its command's place.

        `timeout_seconds` is how long to wait for each; None = as the connections were made.
        """
        # Packed by hiredis, for redis-py's asynchronous client packs in Python, at 3 µs an argument.
        packed = [pack_command(command) for command in commands]  # type: ignore[arg-type]
        connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(packed)
            replies = [await _reply(connection, timeout_seconds) for _ in commands]
            if any(isinstance(reply, ResponseError) for reply in replies):
                # The stand-in of the tests hangs up after an error, later than the pool would notice.
                await connection.disconnect()
            return replies
        finally:
            await self._pool.release(connection)

    async def reply(self, *command: Argument) -> Any:
        """Reply to one command; raises the error that the server replies."""
        (reply,) = await self.replies([command])
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.disconnect()


async def _reply(connection: Connection, timeout_seconds: float | None) -> Any:
    try:
        return await connection.read_response(timeout=timeout_seconds)
    except ResponseError as error:
        return error


Connect = Callable[[Address], Node]
"""Prepares connections to the server at this address; none is made before something is sent."""
