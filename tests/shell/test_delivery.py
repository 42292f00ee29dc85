"""Remember, publish, confirm: whatever dies where, the topics end up saying what is true."""

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.registry import Entry, Registry
from stream.core.zone import instant_of
from stream.shell.codec.decode import Decoder, Record
from stream.shell.delivery.delivery import Delivery
from stream.shell.delivery.plan import Planner
from stream.shell.delivery.records import OutRecord
from stream.shell.delivery.task import Item, Task
from stream.shell.ledgers.ingest import Bounds
from stream.shell.store.memory import Memory, MemoryStore
from stream.shell.store.store import DueMove, Outcome, Write
from tests import reference
from tests.logs import to_line
from tests.parts.topics import MemoryTopics
from tests.replay.engine import RULEBOOK, replayed
from tests.strategies import logs

BOUNDS = Bounds(horizon_days=365, contacts_per_day_max=100)
PARTITIONS = 3


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

    async def publish(self, records: Sequence[OutRecord]) -> None:
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

    def __init__(self, now: datetime) -> None:
        self.memory = Memory()
        self.topics = MemoryTopics()
        self.registry = Registry()
        self.now = instant_of(now)

    async def worker(self, fate: Fate) -> Delivery:
        store = FatedStore(self.memory, fate)
        await store.open()
        planner = Planner(RULEBOOK, self.registry, BOUNDS)
        return Delivery(store, FatedTopics(self.topics, fate), planner, Known(), FixedClock(self.now))

    def said(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Findings and block states as readers end up with them; the newest record has the highest version."""
        findings, blocks = {}, {}
        for topic, records in self.topics.records.items():
            by_key: dict[bytes | None, list[dict[str, Any]]] = {}
            for _, record in records:
                by_key.setdefault(record.key, []).append(orjson.loads(record.value))
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


def expected(log: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `replay` says of the whole log."""
    findings, blocks, _ = replayed(log)
    plain = orjson.loads(orjson.dumps([findings, blocks]))
    by_key = {f"{b['institution']}|{b['debtor']}|{b['channel']}": b for b in plain[1]}
    return {finding["finding_id"]: finding for finding in plain[0]}, by_key


def records_of(log: Iterable[dict[str, Any]], ground: Ground) -> list[Record]:
    """The contacts and facts of a log; its registry entries are known to the ground at once."""
    decoder = Decoder(RULEBOOK.labels)
    records = [decoder.decode(to_line(line)) for line in log]
    for record in records:
        if isinstance(record.item, Entry):
            ground.registry.put(record.item)
    return [record for record in records if not isinstance(record.item, Entry)]


def batches_of(records: list[Record], rng: random.Random, now: int) -> list[list[list[Task]]]:
    """Per partition, batches of tasks; the records of one debtor may be spread over partitions, as on topics."""
    partitions: list[list[Record]] = [[] for _ in range(PARTITIONS)]
    for record in records:
        partitions[rng.randrange(PARTITIONS)].append(record)
    return [_batches(own, f"dials-{number}", rng, now) for number, own in enumerate(partitions)]


def _batches(records: list[Record], source: str, rng: random.Random, now: int) -> list[list[Task]]:
    batches, left = [], list(records)
    while left:
        size = rng.randrange(1, len(left) + 1)
        tasks: dict[str, Task] = {}
        for record in left[:size]:
            task = tasks.setdefault(record.key, Task(record.key, {source}))
            assert not isinstance(record.item, Entry)
            task.items.append(Item(record.item, now))
        batches.append(list(tasks.values()))
        left = left[size:]
    return batches


def again(tasks: list[Task]) -> list[Task]:
    """The same batch as it is read again after a crash."""
    items = [[Item(entry.item, entry.recorded) for entry in task.items] for task in tasks]
    return [Task(task.key, set(task.sources), fresh) for task, fresh in zip(tasks, items, strict=True)]


async def partition_reader(ground: Ground, batches: list[list[Task]], rng: random.Random, deaths: int) -> None:
    """One partition's reader: dies up to `deaths` times, and each time its unfinished batch is read again."""
    for batch in batches:
        while True:
            fate = Fate(rng.randrange(12) if deaths else None, rng)
            deaths -= bool(deaths)
            try:
                await (await ground.worker(fate)).deliver(again(batch))
                break
            except DiedError:
                continue


@settings(max_examples=500)
@given(logs(), st.integers(0, 2**32), st.integers(0, 6))
def test_step_by_step_with_crashes_equals_all_at_once(log: list[dict[str, Any]], seed: int, deaths: int) -> None:
    """Events in batches over three partitions with workers side by side that die at any step, read again after each
    death: the topics end up saying exactly what judging all events at once says.
    """
    as_of = reference.judge_log(log).as_of
    if as_of is None:
        return
    rng = random.Random(seed)
    ground = Ground(as_of)
    readers = batches_of(records_of(log, ground), rng, ground.now)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            for batches in readers:
                group.create_task(partition_reader(ground, batches, random.Random(rng.random()), deaths))

    asyncio.run(run())
    assert ground.said() == expected(log)
