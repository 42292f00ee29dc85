"""What outlives workers, in memory: ledgers, topics, registry and hour; and workers that die at any step."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from stream.core.registry import Entry, Registry
from stream.core.rulebook import Rulebook
from stream.core.zone import instant_of
from stream.shell.codec.decode import Decoder, Record
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.lease import Lease
from stream.shell.delivery.plan import Planner
from stream.shell.delivery.records import OutRecord
from stream.shell.ledgers.bounds import Bounds
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.store import DueMove, Outcome, Write
from tests.logs import to_line
from tests.parts.topics import MemoryTopics
from tests.replay.engine import RULEBOOK

NO_BOUNDS = Bounds(horizon_days=365, contacts_per_day_max=100)


class DiedError(Exception):
    """The worker is gone; what it had not done stays undone."""


@dataclass
class Fate:
    """When to die: after so many steps, counted over store and topics; every step lets others go first."""

    steps_left: int | None = None
    rng: random.Random = field(default_factory=lambda: random.Random(0))

    async def step(self) -> None:
        for _ in range(self.rng.randrange(3)):
            await asyncio.sleep(0)
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise DiedError


class FatedStore(MemoryStore):
    """The store as a worker that may die at any moment sees it: before a call, or after it and before the answer."""

    def __init__(self, memory: Memory, fate: Fate) -> None:
        super().__init__(memory)
        self._fate = fate

    async def load(self, keys: Sequence[str]) -> list[bytes | None]:
        await self._fate.step()
        return await super().load(keys)

    async def save(self, writes: Sequence[Write], registry: bytes = b"") -> list[Outcome]:
        await self._fate.step()
        outcomes = await super().save(writes, registry)
        await self._fate.step()
        return outcomes

    async def move_due(self, moves: Sequence[DueMove]) -> list[bool]:
        await self._fate.step()
        return await super().move_due(moves)


class FatedTopics:
    """The topics likewise: records land one by one."""

    def __init__(self, topics: MemoryTopics, fate: Fate) -> None:
        self._topics = topics
        self._fate = fate

    async def publish(self, records: Iterable[OutRecord]) -> None:
        for record in records:
            await self._fate.step()
            await self._topics.publish([record])
        await self._fate.step()


class Known:
    """A registry that is known from the beginning."""

    def mark(self) -> bytes:
        return b""

    async def catch_up(self) -> None:
        return


class FixedClock:
    """A clock that stands still."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


class Ground:
    """What outlives workers: the store's memory, the topics, the registry and the hour."""

    def __init__(self, now: datetime, *, rulebook: Rulebook = RULEBOOK, bounds: Bounds = NO_BOUNDS) -> None:
        self.memory = Memory()
        self.topics = MemoryTopics()
        self.registry = Registry()
        self.now = instant_of(now)
        self.rulebook = rulebook
        self.bounds = bounds

    async def worker(self, fate: Fate | None = None, lease: Lease | None = None) -> Delivery:
        fate = fate or Fate()
        store = FatedStore(self.memory, fate)
        await store.open()
        planner = Planner(self.rulebook, self.registry, self.bounds)
        topics, clock = FatedTopics(self.topics, fate), FixedClock(self.now)
        return Delivery(store, topics, planner, Known(), clock, recover=_never, lease=lease)

    def said(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Findings and block states as readers end up with them; the newest record has the highest version."""
        findings, blocks = {}, {}
        for topic, records in self.topics.records.items():
            by_key: dict[bytes | None, list[dict[str, Any]]] = {}
            for _, record in records:
                by_key.setdefault(record.key, []).append(orjson.loads(record.value or b""))
            for values in by_key.values():
                newest = values[-1]
                assert newest["version"] == max(value["version"] for value in values)
                if topic == "findings":
                    if newest["state"] != "retracted":
                        findings[newest["finding_id"]] = _without(newest, "version", "detected_at")
                elif newest["blocks"] or newest["hours"] is not None:
                    key = f"{newest['institution']}|{newest['debtor']}|{newest['channel']}"
                    blocks[key] = _without(newest, "version", "decided_at")
        return findings, blocks


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def records_of(log: Iterable[dict[str, Any]], ground: Ground) -> list[Record]:
    """The contacts and facts of a log; its registry entries are known to the ground at once."""
    decoder = Decoder(ground.rulebook.labels)
    records = [decoder.decode(to_line(line)) for line in log]
    for record in records:
        if isinstance(record.item, Entry):
            ground.registry.put(record.item)
    return [record for record in records if not isinstance(record.item, Entry)]


async def _never() -> None:
    raise AssertionError("nothing was lost here")
