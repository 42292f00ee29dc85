"""Readers of the blocks topics can tell freedom from silence, by heartbeats that are never newer than the truth."""

import asyncio
import json
import signal
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from jsonschema import Draft202012Validator, FormatChecker

from stream.core.partition import partition_of
from stream.shell.topics.schema_folder import schema_folder
from tests.e2e.world import PARTITIONS, World
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer

TOPICS = ("blocks-dial", "blocks-message", "blocks-visit")
EVERY_SECOND = {"DUEWATCH_HEARTBEAT_SECONDS": "1"}
FACTS = 10_000


def judged_until(record: Any) -> datetime:
    return datetime.fromisoformat(orjson.loads(record.value)["judged_until"])


async def until(world: World, short: str, enough: Callable[[dict[int, list[Any]]], bool]) -> dict[int, list[Any]]:
    """The heartbeats of a topic by partition, once there are enough."""
    async with asyncio.timeout(90):
        while True:
            found: dict[int, list[Any]] = defaultdict(list)
            for record in await world.heartbeats(short):
                found[record.partition].append(record)
            if enough(found):
                return found
            await asyncio.sleep(0.5)


def all_after(moment: datetime) -> Callable[[dict[int, list[Any]]], bool]:
    return lambda found: len(found) == PARTITIONS and all(judged_until(f[-1]) > moment for f in found.values())


def all_looked_at(moment: datetime) -> Callable[[dict[int, list[Any]]], bool]:
    def enough(found: dict[int, list[Any]]) -> bool:
        newest = [orjson.loads(records[-1].value)["decided_at"] for records in found.values()]
        return len(newest) == PARTITIONS and all(datetime.fromisoformat(text) > moment for text in newest)

    return enough


async def test_every_partition_of_every_blocks_topic(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """On an installation where nothing happens each partition gets heartbeats of its own, as the schema says, with the
    key `*|partition` and growing versions.
    """
    schema = json.loads(schema_folder().joinpath("blocks.schema.json").read_text("utf-8"))
    valid = Draft202012Validator(schema, format_checker=FormatChecker())
    with World(kafka.address, redis_clean, topic_prefix, **EVERY_SECOND) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        begun = datetime.now(UTC)
        for short in TOPICS:
            found = await until(world, short, all_after(begun))
            for number, records in found.items():
                values = [orjson.loads(record.value) for record in records]
                assert {record.key for record in records} == {b"*|%d" % number}
                assert {value["partition"] for value in values} == {number}
                assert {value["partitions"] for value in values} == {PARTITIONS}
                assert {value["channel"] for value in values} == {short.removeprefix("blocks-")}
                assert [error.message for value in values for error in valid.iter_errors(value)] == []
                versions = [value["version"] for value in values]
                assert versions == sorted(set(versions))
                assert {dict(record.headers)["ce_type"] for record in records} == {b"duewatch.heartbeat.v1"}


async def test_never_newer_than_the_truth(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """With a backlog, and a worker that stands still in between: before a heartbeat that says it judged up to a moment,
    its partition has the block of every debt whose settlement had reached Kafka by then.
    """
    large = {"DUEWATCH_BATCH_RECORDS_MAX": "10000"}  # so that many heartbeats fall into the middle of one
    with World(kafka.address, redis_clean, topic_prefix, **EVERY_SECOND, **large) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        await until(world, "blocks-dial", all_after(datetime.now(UTC)))
        arrived: dict[str, float] = {}
        async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
            for number in range(FACTS):
                if number == FACTS // 2:
                    world.signal("w1", signal.SIGSTOP)
                    await asyncio.sleep(2)
                    world.signal("w1", signal.SIGCONT)
                await settle(producer, f"{topic_prefix}-facts", f"D{number}", arrived)
            await producer.flush()
        await until(world, "blocks-dial", all_after(datetime.now(UTC)))
        blocked = {record.key.decode(): record.offset for record in reversed(await world.read("blocks-dial"))}
        lags = []
        for number, records in (await until(world, "blocks-dial", bool)).items():
            mine = [(at, blocked[key]) for key, at in arrived.items() if partition_of(key, PARTITIONS) == number]
            for record in records:
                moment = judged_until(record).timestamp()
                late = [key for key in mine if key[0] < moment and key[1] > record.offset]
                assert not late, f"{len(late)} settlements were told only after a heartbeat had said they were"
                lags.append(orjson.loads(record.value)["lag"])
        assert max(lags) > 0, "there was no backlog: nothing was tried"


async def settle(producer: AIOKafkaProducer, topic: str, debtor: str, arrived: dict[str, float]) -> None:
    """Sends a settlement; notes when Kafka has acknowledged it."""
    key, now = f"bank-a|{debtor}", datetime.now(UTC).isoformat()
    fact = {"type": "fact", "fact_id": f"f-{debtor}", "kind": "settled", "institution": "bank-a", "debtor": debtor}
    value = orjson.dumps({**fact, "at": now, "recorded_at": now})
    sent = await producer.send(topic, value, key=key.encode(), partition=partition_of(key, PARTITIONS))
    sent.add_done_callback(lambda _: arrived.setdefault(key, time.time()))


async def test_it_stands_still_while_redis_does(kafka: KafkaServer, topic_prefix: str) -> None:
    """While Redis answers nothing no heartbeat says more than was so before, even though no contact waits to be judged:
    what falls due by itself could not be. Then it goes on.
    """
    with DurableRedis() as server, World(kafka.address, server.url, topic_prefix, **EVERY_SECOND) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        await until(world, "blocks-visit", all_after(datetime.now(UTC)))
        server.freeze()
        frozen = datetime.now(UTC)
        found = await until(world, "blocks-visit", all_looked_at(frozen + timedelta(seconds=2)))
        server.thaw()
        assert max(judged_until(record) for records in found.values() for record in records) < frozen
        await until(world, "blocks-visit", all_after(datetime.now(UTC)))
