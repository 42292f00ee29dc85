"""Producers that use transactions: what was aborted never was, and their markers are no records left to read."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import orjson
from aiokafka import AIOKafkaProducer

from stream.core.partition import partition_of
from tests.e2e.last_word import past_evening
from tests.e2e.world import PARTITIONS, World, newest
from tests.logs import to_line
from tests.parts.calls import call
from tests.parts.kafka import KafkaServer

NOW = datetime.now(UTC)


async def test_aborted_records_are_not_judged(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """A call at night in a committed transaction is found, one in an aborted transaction is not; afterwards the worker
    says that nothing is left to read.
    """
    evening, shift = past_evening()
    night = evening - timedelta(hours=22)
    with World(kafka.address, redis_clean, topic_prefix, DUEWATCH_CLOCK_SHIFT_SECONDS=f"{shift:.0f}") as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        async with AIOKafkaProducer(bootstrap_servers=kafka.address, transactional_id=topic_prefix) as producer:
            for contact_id, kept in (("kept", True), ("aborted", False), ("kept-2", True)):
                await producer.begin_transaction()
                await producer.send_and_wait(
                    f"{topic_prefix}-dials",
                    to_line(call(contact_id, night)),
                    key=b"bank-a|D1",
                    timestamp_ms=int(evening.timestamp() * 1000),
                )
                await (producer.commit_transaction() if kept else producer.abort_transaction())
        async with asyncio.timeout(60):
            while len(newest(await world.read("findings"))) < 2:
                await asyncio.sleep(0.5)
            while lag(world):
                await asyncio.sleep(0.5)
        found = {finding["contact_id"] for finding in newest(await world.read("findings")).values()}
        assert found == {"kept", "kept-2"}


def lag(world: World) -> float:
    """What the worker's own metric says is left to read."""
    address = re.search(r"listening on (http://[^/]+)/metrics", world.log("w1"))
    assert address
    with urlopen(f"{address[1]}/metrics", timeout=5) as answer:  # noqa: S310 - loopback
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(r"^duewatch_lag_records\{.*\} (\S+)$", text, re.MULTILINE))


async def test_an_open_transaction(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """A call stands behind another producer's transaction, which stays open for longer than DUEWATCH_STALL_SECONDS:
    the worker waits, and does not tell dialers that it has judged so far; when the transaction is over it has.
    """
    settings = {"DUEWATCH_HEARTBEAT_SECONDS": "1", "DUEWATCH_STALL_SECONDS": "5"}
    with World(kafka.address, redis_clean, topic_prefix, **settings) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        partition = partition_of("bank-a|D1", PARTITIONS)
        async with world.within(60):
            while not await judged_until(world, partition):
                await asyncio.sleep(0.5)
        async with AIOKafkaProducer(bootstrap_servers=kafka.address, transactional_id=topic_prefix) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(
                f"{topic_prefix}-dials", to_line(call("open", NOW)), key=b"bank-a|D1", partition=partition
            )
            await world.produce([call("behind", NOW)], NOW)
            stood_behind = datetime.now(UTC)
            await asyncio.sleep(10)
            assert world.running("w1"), world.log("w1")
            assert max(await judged_until(world, partition)) < stood_behind
            await producer.abort_transaction()
        async with world.within(60):
            while max(await judged_until(world, partition)) < stood_behind:
                await asyncio.sleep(0.5)


async def judged_until(world: World, partition: int) -> list[datetime]:
    """What the heartbeats of a partition say."""
    beats = [orjson.loads(r.value) for r in await world.heartbeats("blocks-dial") if r.partition == partition]
    return [datetime.fromisoformat(beat["judged_until"]) for beat in beats]
