"""Remember, publish, confirm: whatever dies where, the topics end up saying what is true."""

import asyncio
import random
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.registry import Entry
from stream.shell.codec.decode import Record
from stream.shell.delivery.task import Item, Task
from tests import reference
from tests.parts.ground import DiedError, Fate, Ground, records_of
from tests.replay.engine import replayed
from tests.strategies import logs

PARTITIONS = 3


def expected(log: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `replay` says of the whole log."""
    findings, blocks, _ = replayed(log)
    plain = orjson.loads(orjson.dumps([findings, blocks]))
    by_key = {f"{b['institution']}|{b['debtor']}|{b['channel']}": b for b in plain[1]}
    return {finding["finding_id"]: finding for finding in plain[0]}, by_key


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
