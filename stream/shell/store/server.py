"""One Redis server that has the store's functions."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from importlib.resources import files
from typing import Any

from hiredis import pack_command
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from stream.shell.settings.redis_address import RedisAddress
from stream.shell.store.connecting import pool_to
from stream.shell.store.failures import translated
from stream.shell.store.server_checks import check_server, identity_of

FUNCTIONS = files("stream.shell.store").joinpath("functions.lua").read_text("utf-8")

Argument = bytes | str | int


class Server:
    """A server to send commands to; every method raises the store's errors only, and never sends a command twice.

    `timeout_seconds` bounds connecting, sending and waiting for a reply, each by itself.
    """

    def __init__(self, address: RedisAddress, timeout_seconds: float) -> None:
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._opened: Redis | None = None

    async def open(self) -> None:
        """Connect, check the server (`server_checks`) and load the functions."""
        async with AsyncExitStack() as undo:
            redis = Redis(connection_pool=pool_to(self._address, self._timeout_seconds))
            undo.push_async_callback(redis.aclose, close_connection_pool=True)
            with translated(str(self._address)):
                await check_server(partial(_reply, redis), str(self._address))
                await _load_functions(redis)
            undo.pop_all()
            self._opened = redis

    async def close(self) -> None:
        """Close all connections, if there are any."""
        redis, self._opened = self._opened, None
        if redis is not None:
            await redis.aclose(close_connection_pool=True)

    async def command(self, *command: Argument) -> Any:
        """Reply to one command, as it came."""
        with translated(str(self._address)):
            return await _reply(self._redis, *command)

    async def call(self, function: str, keys: Sequence[bytes], args: Iterable[Argument]) -> Any:
        """Reply of one function; where the server has lost it (FUNCTION FLUSH, say), it gets it again first."""
        command = ("FCALL", function, len(keys), *keys, *args)
        with translated(str(self._address)):
            try:
                return await _reply(self._redis, *command)
            except ResponseError as error:
                if "Function not found" not in str(error):
                    raise
            await _load_functions(self._redis)
            return await _reply(self._redis, *command)

    async def identity(self) -> str:
        """Run id of the server: another one after every start; empty where it does not tell."""
        with translated(str(self._address)):
            return await identity_of(partial(_reply, self._redis))

    @property
    def _redis(self) -> Redis:
        if self._opened is None:
            raise RuntimeError("the store is not open")
        return self._opened


async def _load_functions(redis: Redis) -> None:
    await _reply(redis, "FUNCTION", "LOAD", "REPLACE", FUNCTIONS)


async def _reply(redis: Redis, *command: Argument) -> Any:
    # Packed by hiredis, for redis-py's asynchronous client packs in Python, at 3 µs an argument.
    packed = pack_command(command)  # type: ignore[arg-type]
    pool = redis.connection_pool
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.send_packed_command(packed)
        return await connection.read_response()
    except ResponseError:
        # The stand-in of the tests hangs up after an error, later than the pool would notice.
        await connection.disconnect()
        raise
    finally:
        await pool.release(connection)
