"""A worker that waits, or works for long, is not taken for one that is stuck."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from stream.core.partition import partition_of
from tests.e2e.world import PARTITIONS, World
from tests.logs import to_line
from tests.parts.calls import call
from tests.parts.kafka import KafkaServer

STALL_SECONDS = 5
DEBTORS = 9
"""A sweep of so many takes as many seconds."""


def entry(entry_id: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """A registry entry about a bank's tools, and its key."""
    at = now.isoformat()
    record = {
        "type": "registry", "kind": "tool", "id": entry_id, "institution": "bank-a", "agency": None,
        "valid_from": at, "valid_until": None, "recorded_at": at,
    }  # fmt: skip
    return f"bank-a|tool|{entry_id}", record


async def test_long_sweeps_after_quiet_hours(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """Registry topics on which nothing came for longer than DUEWATCH_STALL_SECONDS, then entries on several partitions
    whose sweeps take longer than that: the worker goes on, and all is judged.
    """
    settings = {"DUEWATCH_SWEEP_DEBTORS_PER_SECOND": "1", "DUEWATCH_STALL_SECONDS": str(STALL_SECONDS)}
    with World(kafka.address, redis_clean, topic_prefix, **settings) as world:
        assert world.duewatch("topics").returncode == 0
        now = datetime.now(UTC)
        await world.produce([call(f"c-{n}", now, debtor=f"D{n}") for n in range(DEBTORS)], now)
        world.start("w1")
        await world.caught_up()
        await asyncio.sleep(STALL_SECONDS + 2)
        by_partition = {
            partition_of(key, PARTITIONS): (key, record) for key, record in (entry(f"t{n}", now) for n in range(20))
        }
        async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
            for number, (key, record) in by_partition.items():
                await producer.send_and_wait(
                    f"{topic_prefix}-registry", to_line(record), key=key.encode(), partition=number
                )
                await asyncio.sleep(1)
        # Ends with the worker's log when the worker has ended.
        await world.caught_up()
        assert world.running("w1")
