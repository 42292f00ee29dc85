"""The store in this process's memory, for tests and trials: the contract of the Redis one, and nothing outlives it."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice

from stream.core.partition import BUCKETS, bucket_of
from stream.shell.store.rebuilding import CLOSED_PARTITION, closed
from stream.shell.store.registry_mark import is_behind, merged, parse_mark, with_token
from stream.shell.store.store import DueMove, Outcome, Rebuilt, Write, check_moment, new_revs, rev_of


@dataclass
class Bucket:
    """What one bucket holds; the keys of `ledgers` are its index."""

    ledgers: dict[str, bytes] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    marker: int = 0
    registry: dict[int, int] = field(default_factory=dict)


class Memory:
    """What a Redis server is to the other store: shared by the stores opened on it, and able to lose its data."""

    def __init__(self) -> None:
        self.buckets = [Bucket() for _ in range(BUCKETS)]
        self.progress: dict[str, str] = {}
        self.wanted: dict[int, int | None] = {}
        self.rebuilt: Rebuilt | None = None
        self.complete = False
        self.rebuilder = ""

    def forget(self) -> None:
        """Lose everything, as FLUSHALL does."""
        self.buckets[:] = [Bucket() for _ in range(BUCKETS)]
        self.progress.clear()
        self.wanted.clear()
        self.rebuilt = None
        self.complete = False


class MemoryStore:
    """A `Store` on a `Memory`."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()
        self._seen = [0] * BUCKETS
        self._rebuilt = Rebuilt()

    async def open(self) -> None:
        """See `Store`; there is nothing to connect to."""

    async def close(self) -> None:
        """See `Store`."""

    async def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """See `Store`."""
        values = [self._memory.buckets[bucket_of(key)].ledgers.get(key) for key in keys]
        for key, value in zip(keys, values, strict=True):
            if value is not None:
                self._note(bucket_of(key), rev_of(value))
        return values

    async def save(self, writes: Sequence[Write], registry: bytes = b"") -> list[Outcome]:
        """See `Store`."""
        revs = new_revs(writes)
        parse_mark(registry)
        for write in writes:
            self._note(bucket_of(write.key), write.rev_read)
        mark = with_token(registry, self._rebuilt.token)
        outcomes = [self._save_one(write, rev, mark) for write, rev in zip(writes, revs, strict=True)]
        if Outcome.BEHIND_REGISTRY in outcomes:
            self._learn_rebuilt()
        return outcomes

    async def due(self, until: int, limit: int) -> list[tuple[str, int]]:
        """See `Store`."""
        entries = (entry for bucket in self._memory.buckets for entry in bucket.due.items() if entry[1] <= until)
        return nsmallest(max(limit, 0), entries, key=lambda entry: (entry[1], entry[0]))

    async def move_due(self, moves: Sequence[DueMove]) -> list[bool]:
        """See `Store`."""
        for move in moves:
            if move.next_due is not None:
                check_moment(move.next_due)
        return [self._move_one(move) for move in moves]

    async def debtors(self, institution: str | None, bucket: int, after: str, limit: int) -> list[str]:
        """See `Store`."""
        wanted = (
            key
            for key in sorted(self._memory.buckets[bucket].ledgers)
            if key > after and (institution is None or key.partition("|")[0] == institution)
        )
        return list(islice(wanted, limit))

    async def raise_registry(self, bucket: int, registry: bytes) -> int:
        """See `Store`."""
        state = self._memory.buckets[bucket]
        state.registry = merged(state.registry, parse_mark(registry))
        return state.marker

    async def whole(self) -> bool:
        """See `Store`."""
        buckets = self._memory.buckets
        if not self._memory.complete or self._memory.wanted:
            return False
        self._learn_rebuilt()
        if any(b.marker < seen for b, seen in zip(buckets, self._seen, strict=True)):
            return False
        self._seen = [bucket.marker for bucket in buckets]
        return True

    async def lock_rebuild(self, owner: str, seconds: float) -> bool:  # noqa: ARG002 - nobody is waited for here
        """See `Store`."""
        if self._memory.rebuilder in ("", owner):
            self._memory.rebuilder = owner
        return self._memory.rebuilder == owner

    async def unlock_rebuild(self, owner: str) -> None:
        """See `Store`."""
        if self._memory.rebuilder == owner:
            self._memory.rebuilder = ""

    async def begin_rebuild(self, token: int) -> None:
        """See `Store`."""
        wanted = dict(self._memory.wanted)
        self._memory.forget()
        self._memory.wanted = wanted
        marker = max(time.time_ns() // 1000, *self._seen)
        for bucket in self._memory.buckets:
            bucket.marker, bucket.registry = marker, parse_mark(closed(token))

    async def end_rebuild(self, rebuilt: Rebuilt, registry: bytes) -> bool:
        """See `Store`."""
        if any(bucket.registry.get(CLOSED_PARTITION) != rebuilt.token for bucket in self._memory.buckets):
            return False
        for bucket in self._memory.buckets:
            del bucket.registry[CLOSED_PARTITION]
            mark = with_token(registry or b"{}", rebuilt.token)
            bucket.registry = merged(bucket.registry, parse_mark(mark))
        self._memory.rebuilt = self._rebuilt = rebuilt
        self._memory.complete = True
        return True

    @property
    def rebuilt(self) -> Rebuilt:
        """See `Store`."""
        return self._rebuilt

    async def put_rebuilt(self, rebuilt: Rebuilt) -> None:
        """See `Store`."""
        self._memory.rebuilt = self._rebuilt = rebuilt
        for bucket in self._memory.buckets:
            bucket.registry = merged(bucket.registry, parse_mark(with_token(b"{}", rebuilt.token)))

    async def want_rebuild(self, since: int | None) -> None:
        """See `Store`."""
        self._memory.wanted[time.time_ns() // 1000] = since

    async def wanted_rebuilds(self) -> Mapping[int, int | None]:
        """See `Store`."""
        return dict(self._memory.wanted)

    async def drop_wanted(self, asked: Collection[int]) -> None:
        """See `Store`."""
        for each in asked:
            self._memory.wanted.pop(each, None)

    async def progress_put(self, progress: Mapping[str, str]) -> None:
        """See `Store`."""
        self._memory.progress.update(progress)

    async def progress_all(self) -> Mapping[str, str]:
        """See `Store`."""
        return dict(self._memory.progress)

    def _learn_rebuilt(self) -> None:
        self._rebuilt = self._memory.rebuilt or self._rebuilt

    def _note(self, bucket: int, rev: int) -> None:
        self._seen[bucket] = max(self._seen[bucket], rev)

    def _save_one(self, write: Write, rev: int, registry: bytes) -> Outcome:
        number = bucket_of(write.key)
        bucket = self._memory.buckets[number]
        if bucket.marker < self._seen[number]:
            return Outcome.FORGOTTEN
        self._note(number, bucket.marker)
        if is_behind(registry, bucket.registry):
            return Outcome.BEHIND_REGISTRY
        stored = bucket.ledgers.get(write.key)
        if write.rev_read != (0 if stored is None else rev_of(stored)):
            return Outcome.CONFLICT
        bucket.ledgers[write.key] = write.value
        bucket.marker = max(bucket.marker, rev)
        self._note(number, bucket.marker)
        _set_due(bucket, write.key, write.due)
        return Outcome.SAVED

    def _move_one(self, move: DueMove) -> bool:
        bucket = self._memory.buckets[bucket_of(move.key)]
        if bucket.due.get(move.key) != move.moment_read:
            return False
        _set_due(bucket, move.key, move.next_due)
        return True


def _set_due(bucket: Bucket, key: str, moment: int | None) -> None:
    if moment is None:
        bucket.due.pop(key, None)
    else:
        bucket.due[key] = moment
