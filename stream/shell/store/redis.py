"""The store in Redis: every change of a bucket is one call of a function (`functions.lua`)."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.resources import files
from itertools import chain
from typing import Any

from hiredis import pack_command
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from stream.core.partition import BUCKETS, bucket_of
from stream.shell.redis_address import RedisAddress
from stream.shell.store.connecting import pool_to
from stream.shell.store.failures import translated
from stream.shell.store.layout import Layout
from stream.shell.store.registry_mark import canonical
from stream.shell.store.save_call import Argument, SaveCall
from stream.shell.store.server_checks import check_server
from stream.shell.store.store import DueMove, Outcome, StoreRefused, Write, check_moment, rev_of

_SHARE = 4
"""Entries asked of each bucket, as a multiple of its even share of what is wanted: seldom too few, never many."""

FUNCTIONS = files("stream.shell.store").joinpath("functions.lua").read_text("utf-8")


class RedisStore:
    """A `Store` on one Redis server.

    `timeout_seconds` bounds connecting, sending and waiting for a reply, each by itself. Nothing is tried again here,
    except a function that the server has lost (FUNCTION FLUSH, a new replica's promotion): then nothing had happened.
    """

    def __init__(self, address: RedisAddress, namespace: str = "duewatch", *, timeout_seconds: float = 2.0) -> None:
        self._address = address
        self._at = address.redacted()
        self._layout = Layout(namespace)
        self._timeout_seconds = timeout_seconds
        self._seen = [0] * BUCKETS
        self._opened: Redis | None = None

    async def open(self) -> None:
        """See `Store`."""
        async with AsyncExitStack() as undo:
            redis = Redis(connection_pool=pool_to(self._address, self._timeout_seconds))
            undo.push_async_callback(redis.aclose, close_connection_pool=True)
            with translated(self._at):
                await check_server(redis, self._at)
                await _load_functions(redis)
            undo.pop_all()
            self._opened = redis

    async def close(self) -> None:
        """See `Store`."""
        redis, self._opened = self._opened, None
        if redis is not None:
            await redis.aclose(close_connection_pool=True)

    async def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store`."""
        if not keys:
            return []
        values: list[bytes | None] = await self._command(
            "MGET", *(self._layout.ledger(bucket_of(key), key) for key in keys)
        )
        for key, value in zip(keys, values, strict=True):
            if value is not None:
                self._note(bucket_of(key), self._rev_of(key, value))
        return values

    async def save(self, writes: Sequence[Write], registry: bytes = b"") -> list[Outcome]:
        """See `Store`."""
        if not writes:
            return []
        call = SaveCall(self._layout, writes)
        keys, args = call.keys_and_args(self._seen, canonical(registry))
        reply = await self._call("save_v1", keys, args)
        for bucket, marker in call.markers(reply).items():
            self._note(bucket, marker)
        return call.outcomes(reply)

    async def due(self, until: int, limit: int) -> list[tuple[str, int]]:
        """See `Store`."""
        if limit < 1:
            return []
        share = min(limit, _SHARE * -(-limit // BUCKETS))
        buckets = await self._due_of(self._layout.due, until, 0, share)
        oldest = _oldest(buckets, limit)
        last = oldest[-1][1] if len(oldest) == limit else until
        # Buckets that gave their whole share may hold more that is not younger than the last of these.
        crowded = [number for number, found in enumerate(buckets) if len(found) == share and found[-1][1] <= last]
        if share == limit or not crowded:
            return oldest
        rest = await self._due_of([self._layout.due[number] for number in crowded], last, share, limit - share)
        return _oldest([oldest, *rest], limit)

    async def clear_due(self, key: str, moment_read: int, next_due: int | None = None) -> bool:
        """See `Store`."""
        return (await self.move_due([DueMove(key, moment_read, next_due)]))[0]

    async def move_due(self, moves: Sequence[DueMove]) -> list[bool]:
        """See `Store`."""
        if not moves:
            return []
        args: list[str | int] = []
        for move in moves:
            args += (move.key, _moment(move.moment_read), _moment(move.next_due))
        reply = await self._call("move_due_v1", [self._layout.due[bucket_of(move.key)] for move in moves], args)
        return [moved == 1 for moved in reply]

    async def debtors(self, institution: str | None, bucket: int, after: str, limit: int) -> list[str]:
        """See `Store`."""
        if institution is not None and "|" in institution:
            return []
        low, high = _page(institution, after)
        members = await self._command("ZRANGE", self._layout.index[bucket], low, high, "BYLEX", "LIMIT", 0, limit)
        return [member.decode() for member in members]

    async def raise_registry(self, bucket: int, registry: bytes) -> None:
        """See `Store`."""
        await self._call("raise_registry_v1", [self._layout.registry[bucket]], [canonical(registry)])

    async def progress_put(self, progress: Mapping[str, str]) -> None:
        """See `Store`."""
        if progress:
            await self._command("HSET", self._layout.progress, *chain.from_iterable(progress.items()))

    async def progress_all(self) -> Mapping[str, str]:
        """See `Store`."""
        reply: list[bytes] = await self._command("HGETALL", self._layout.progress)
        return {name.decode(): text.decode() for name, text in zip(reply[::2], reply[1::2], strict=True)}

    async def _due_of(
        self, due_sets: Sequence[bytes], until: int, passed_over: int, limit: int
    ) -> list[list[tuple[str, int]]]:
        reply = await self._call("due_v1", due_sets, (until, passed_over, limit))
        return [
            [(member.decode(), int(float(score))) for member, score in zip(found[::2], found[1::2], strict=True)]
            for found in reply
        ]

    @property
    def _redis(self) -> Redis:
        if self._opened is None:
            raise RuntimeError("the store is not open")
        return self._opened

    def _note(self, bucket: int, rev: int) -> None:
        self._seen[bucket] = max(self._seen[bucket], rev)

    def _rev_of(self, key: str, value: bytes) -> int:
        try:
            return rev_of(value)
        except ValueError as error:
            place = self._layout.ledger(bucket_of(key), key).decode()
            raise StoreRefused(
                f"Redis at {self._at} (DUEWATCH_REDIS) holds no ledger at {place}: {error}; something else writes there"
            ) from error

    async def _call(self, function: str, keys: Sequence[bytes], args: Iterable[Argument]) -> Any:
        command = ("FCALL", function, len(keys), *keys, *args)
        with translated(self._at):
            try:
                return await _reply(self._redis, *command)
            except ResponseError as error:
                if "Function not found" not in str(error):
                    raise
            await _load_functions(self._redis)
            return await _reply(self._redis, *command)

    async def _command(self, *command: Argument) -> Any:
        with translated(self._at):
            return await _reply(self._redis, *command)


async def _load_functions(redis: Redis) -> None:
    await _reply(redis, "FUNCTION", "LOAD", "REPLACE", FUNCTIONS)


async def _reply(redis: Redis, *command: Argument) -> Any:
    """Reply to one command, as it came.

    The command is packed by hiredis: redis-py's asynchronous client does it in Python, at 3 µs an argument.
    """
    pool = redis.connection_pool
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    try:
        await connection.send_packed_command(pack_command(command))  # type: ignore[arg-type]
        return await connection.read_response()
    finally:
        await pool.release(connection)


def _oldest(groups: Iterable[Iterable[tuple[str, int]]], limit: int) -> list[tuple[str, int]]:
    """Return the first entries by moment; an entry that moved between two calls may be in two groups."""
    entries = dict(chain.from_iterable(groups))
    return sorted(entries.items(), key=lambda entry: (entry[1], entry[0]))[:limit]


def _moment(moment: int | None) -> str | int:
    """Argument for a moment, as the functions read it."""
    if moment is None:
        return ""
    check_moment(moment)
    return moment


def _page(institution: str | None, after: str) -> tuple[bytes, bytes]:
    """Bounds for ZRANGE … BYLEX: keys after `after`, of this institution.

    All keys of an institution begin with `institution|`, and the next byte after `|` is `}`.
    """
    exclusive = b"(" + after.encode()
    if institution is None:
        return exclusive if after else b"-", b"+"
    first = f"{institution}|"
    return exclusive if after > first else b"[" + first.encode(), b"(" + f"{institution}}}".encode()
