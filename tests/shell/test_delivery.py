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


def spread(records: list[Record], rng: random.Random) -> list[list[Record]]:
    """The records of each partition; those of one debtor may be spread over partitions, as on topics."""
    partitions: list[list[Record]] = [[] for _ in range(PARTITIONS)]
    for record in records:
        partitions[rng.randrange(PARTITIONS)].append(record)
    return partitions


def tasks_of(records: list[Record], source: str, recorded: int) -> list[Task]:
    """A batch as it is fetched from one partition."""
    tasks: dict[str, Task] = {}
    for record in records:
        assert not isinstance(record.item, Entry)
        tasks.setdefault(record.key, Task(record.key, {source})).items.append(Item(record.item, recorded))
    return list(tasks.values())


async def partition_reader(ground: Ground, records: list[Record], source: str, rng: random.Random, deaths: int) -> None:
    """One partition's reader: dies up to `deaths` times, and then another one goes on where it had committed.

    That one fetches batches of other sizes: what was in one batch comes again in several, or together with more.
    """
    committed = 0
    worker = await ground.worker(Fate(rng.randrange(24) if deaths else None, rng))
    while committed < len(records):
        end = rng.randrange(committed + 1, len(records) + 1)
        try:
            await worker.deliver(tasks_of(records[committed:end], source, ground.now))
            committed = end
        except DiedError:
            deaths -= 1
            worker = await ground.worker(Fate(rng.randrange(24) if deaths else None, rng))


async def read_all(ground: Ground, records: list[Record], rng: random.Random, deaths: int) -> None:
    """All partitions side by side; their readers die up to `deaths` times each."""
    async with asyncio.TaskGroup() as group:
        for number, own in enumerate(spread(records, rng)):
            chance = random.Random(rng.random())
            group.create_task(partition_reader(ground, own, f"dials-{number}", chance, deaths))


@settings(max_examples=500)
@given(logs(), st.integers(0, 2**32), st.integers(0, 6))
def test_step_by_step_with_crashes_equals_all_at_once(log: list[dict[str, Any]], seed: int, deaths: int) -> None:
    """Events in batches over three partitions with workers side by side that die at any step, read again after each
    death in other batches: the topics end up saying exactly what judging all events at once says.
    """
    as_of = reference.judge_log(log).as_of
    if as_of is None:
        return
    rng = random.Random(seed)
    ground = Ground(as_of)
    asyncio.run(read_all(ground, records_of(log, ground), rng, deaths))
    assert ground.said() == expected(log)
