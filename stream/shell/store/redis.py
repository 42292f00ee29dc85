"""The store in Redis: every change of a bucket is one call of a function (`functions.lua`)."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

from stream.core.partition import BUCKETS, bucket_of
from stream.shell.settings.redis_address import RedisAddress
from stream.shell.store.commands import Command, fcall
from stream.shell.store.layout import Layout
from stream.shell.store.rebuilding import Rebuilding
from stream.shell.store.registry_mark import canonical, with_token
from stream.shell.store.save_call import SaveCall, markers
from stream.shell.store.server import Server
from stream.shell.store.store import DueMove, Outcome, Rebuilt, StoreRefused, Write, check_moment, rev_of
from stream.shell.store.waiting import NO_WAITING, Waiting

_SHARE = 4
"""Entries asked of each bucket, as a multiple of its even share of what is wanted: seldom too few, never many."""


class RedisStore:
    """A `Store` on one Redis server, on the one that Sentinels name, or on a Cluster.

    No wait for a server is longer than `timeout_seconds`, and nothing is tried twice. Ledgers are loaded and saved
    only where as many replicas have them as `waiting` says.
    """

    def __init__(
        self,
        address: RedisAddress,
        namespace: str = "duewatch",
        *,
        timeout_seconds: float = 2.0,
        waiting: Waiting = NO_WAITING,
    ) -> None:
        self._address = address
        self._server = Server(address, timeout_seconds, waiting)
        self._layout = Layout(namespace)
        self._rebuilding = Rebuilding(self._server, self._layout)
        self._seen = [0] * BUCKETS

    async def open(self) -> None:
        """See `Store`."""
        await self._server.open()

    async def close(self) -> None:
        """See `Store`."""
        await self._server.close()

    async def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store`."""
        if not keys:
            return []
        grouped = _grouped(map(bucket_of, keys))

        def command(buckets: Sequence[int]) -> Command:
            return ("MGET", *(self._layout.ledger(bucket, keys[n]) for bucket in buckets for n in grouped[bucket]))

        values: list[bytes | None] = [None] * len(keys)
        for buckets, found in await self._server.by_bucket(grouped, command, replicated=True):
            places = ((bucket, place) for bucket in buckets for place in grouped[bucket])
            for (bucket, place), value in zip(places, found, strict=True):
                if value is not None:
                    values[place] = value
                    self._note(bucket, self._rev_of(keys[place], value))
        return values

    async def save(self, writes: Sequence[Write], registry: bytes = b"") -> list[Outcome]:
        """See `Store`."""
        if not writes:
            return []
        call = SaveCall(self._layout, writes)
        mark = with_token(registry, self.rebuilt.token)

        def command(buckets: Sequence[int]) -> Command:
            return call.command(buckets, self._seen, mark)

        replies = await self._server.by_bucket(call.buckets, command, replicated=True)
        for bucket, marker in markers(replies):
            self._note(bucket, marker)
        outcomes = call.outcomes(replies)
        if Outcome.BEHIND_REGISTRY in outcomes:
            # Perhaps of a rebuild and not of the registry.
            await self._rebuilding.learn()
        return outcomes

    async def due(self, until: int, limit: int) -> list[tuple[str, int]]:
        """See `Store`."""
        if limit < 1:
            return []
        share = min(limit, _SHARE * -(-limit // BUCKETS))
        found = await self._due_of(range(BUCKETS), until, 0, share)
        oldest = _oldest(found.values(), limit)
        bound = oldest[-1][1] if len(oldest) == limit else until + 1
        # Buckets that gave their whole share may hold more that is older than the last of these.
        crowded = [bucket for bucket, due in found.items() if len(due) == share and due[-1][1] < bound]
        if share == limit or not crowded:
            return oldest
        rest = await self._due_of(crowded, min(until, bound), share, limit - share)
        return _oldest([oldest, *rest.values()], limit)

    async def move_due(self, moves: Sequence[DueMove]) -> list[bool]:
        """See `Store`."""
        if not moves:
            return []
        grouped = _grouped(bucket_of(move.key) for move in moves)
        triples = [(move.key, _moment(move.moment_read), _moment(move.next_due)) for move in moves]

        def command(buckets: Sequence[int]) -> Command:
            due_sets = [self._layout.due[bucket] for bucket in buckets for _ in grouped[bucket]]
            places = chain.from_iterable(grouped[bucket] for bucket in buckets)
            return fcall("move_due_v1", due_sets, chain.from_iterable(triples[place] for place in places))

        moved: dict[int, bool] = {}
        for buckets, reply in await self._server.by_bucket(grouped, command):
            places = chain.from_iterable(grouped[bucket] for bucket in buckets)
            moved.update(zip(places, (number == 1 for number in reply), strict=True))
        return [moved[place] for place in range(len(moves))]

    async def debtors(self, institution: str | None, bucket: int, after: str, limit: int) -> list[str]:
        """See `Store`."""
        if institution is not None and "|" in institution:
            return []
        low, high = _page(institution, after)
        members = await self._server.command(
            "ZRANGE", self._layout.index[bucket], low, high, "BYLEX", "LIMIT", 0, limit
        )
        return [member.decode() for member in members]

    async def raise_registry(self, bucket: int, registry: bytes) -> int:
        """See `Store`."""
        keys = [self._layout.registry[bucket], self._layout.marker[bucket]]
        return int(await self._server.command(*fcall("raise_registry_v2", keys, [canonical(registry)])))

    async def whole(self) -> bool:
        """See `Store`."""
        # As it was before asking: saves that come back meanwhile have raised markers that were read before them.
        seen = tuple(self._seen)
        markers = await self._rebuilding.markers()
        if markers is None or any(marker < before for marker, before in zip(markers, seen, strict=True)):
            return False
        for bucket, marker in enumerate(markers):
            self._note(bucket, marker)
        return True

    async def lock_rebuild(self, owner: str, seconds: float) -> bool:
        """See `Store`."""
        return await self._rebuilding.lock(owner, seconds)

    async def unlock_rebuild(self, owner: str) -> None:
        """See `Store`."""
        await self._rebuilding.unlock(owner)

    async def begin_rebuild(self, token: int) -> None:
        """See `Store`."""
        await self._rebuilding.begin(token, self._seen)

    async def end_rebuild(self, rebuilt: Rebuilt, registry: bytes) -> bool:
        """See `Store`."""
        return await self._rebuilding.end(rebuilt, registry)

    @property
    def rebuilt(self) -> Rebuilt:
        """See `Store`."""
        return self._rebuilding.rebuilt

    async def put_rebuilt(self, rebuilt: Rebuilt) -> None:
        """See `Store`."""
        await self._rebuilding.put(rebuilt)

    async def want_rebuild(self, since: int | None) -> None:
        """See `Store`."""
        await self._rebuilding.want(time.time_ns() // 1000, since)

    async def wanted_rebuilds(self) -> Mapping[int, int | None]:
        """See `Store`."""
        return await self._rebuilding.wanted()

    async def drop_wanted(self, asked: Collection[int]) -> None:
        """See `Store`."""
        await self._rebuilding.drop_wanted(asked)

    async def progress_put(self, progress: Mapping[str, str]) -> None:
        """See `Store`."""
        if progress:
            await self._server.command("HSET", self._layout.progress, *chain.from_iterable(progress.items()))

    async def progress_all(self) -> Mapping[str, str]:
        """See `Store`."""
        reply: list[bytes] = await self._server.command("HGETALL", self._layout.progress)
        return {name.decode(): text.decode() for name, text in zip(reply[::2], reply[1::2], strict=True)}

    async def _due_of(
        self, buckets: Sequence[int], until: int, passed_over: int, limit: int
    ) -> dict[int, list[tuple[str, int]]]:
        def command(some: Sequence[int]) -> Command:
            return fcall("due_v1", [self._layout.due[bucket] for bucket in some], (until, passed_over, limit))

        found: dict[int, list[tuple[str, int]]] = {}
        for some, reply in await self._server.by_bucket(buckets, command):
            for bucket, flat in zip(some, reply, strict=True):
                pairs = zip(flat[::2], flat[1::2], strict=True)
                found[bucket] = [(member.decode(), int(float(score))) for member, score in pairs]
        return found

    def _note(self, bucket: int, rev: int) -> None:
        self._seen[bucket] = max(self._seen[bucket], rev)

    def _rev_of(self, key: str, value: bytes) -> int:
        try:
            return rev_of(value)
        except ValueError as error:
            place = self._layout.ledger(bucket_of(key), key).decode()
            raise StoreRefused(
                f"Redis at {self._address} (DUEWATCH_REDIS) holds no ledger at {place}: {error}"
            ) from error


def _grouped(buckets: Iterable[int]) -> dict[int, list[int]]:
    """Return the places, in a batch, of what belongs into each bucket."""
    grouped: dict[int, list[int]] = {}
    for place, bucket in enumerate(buckets):
        grouped.setdefault(bucket, []).append(place)
    return grouped


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
