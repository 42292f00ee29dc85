"""A worker that speaks too late does not have the last word."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from tests.e2e.last_word import past_log
from tests.e2e.world import World, newest
from tests.parts.kafka import KafkaServer

OUTPUTS = ("findings", "blocks-dial", "blocks-message", "blocks-visit")
ZOMBIE = "zombie@0"


async def overwrite(world: World, short: str) -> Mapping[bytes, dict[str, Any]]:
    """Says an older version of every key of a topic, as a zombie would; returns what was the last word before."""
    records = await world.read(short)
    truth = newest(records)
    places = {record.key: (record.topic, record.partition) for record in records}
    async with AIOKafkaProducer(bootstrap_servers=world.kafka) as producer:
        for key, value in truth.items():
            topic, partition = places[key]
            older = value | {"version": value["version"] - 1, "policy": ZOMBIE}
            await producer.send(topic, orjson.dumps(older), key=key, partition=partition)
        await producer.flush()
    return truth


async def unanswered(world: World, short: str) -> Mapping[bytes, Any]:
    """The keys of a topic whose last word is a zombie's, each with it."""
    last = {record.key: orjson.loads(record.value) for record in await world.read(short)}
    return {key: value for key, value in last.items() if value["policy"] == ZOMBIE}


async def test_an_older_record_does_not_stay_the_newest(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str
) -> None:
    """Older records of every finding and of every block state land last on their keys: all are said again."""
    lines, recorded, shift = past_log(seed=41, events=300)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, redis_clean, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        await world.produce(lines, recorded)
        world.start("w1")
        await world.caught_up()
        truth = {short: await overwrite(world, short) for short in OUTPUTS}
        assert {value["channel"] for value in truth["findings"].values()} == {"dial", "message", "visit", "letter"}
        assert all(truth.values())
        try:
            async with asyncio.timeout(60):
                for short in OUTPUTS:
                    while left := await unanswered(world, short):
                        await asyncio.sleep(0.5)
        except TimeoutError:
            raise AssertionError(f"the zombie's word stays on {short}: {left}\n{world.log('w1')}") from None
        for short in OUTPUTS:
            said = newest(await world.read(short))
            assert {key: shape(value) for key, value in said.items()} == {
                key: shape(value) for key, value in truth[short].items()
            }


def shape(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a record says, without when and in which version."""
    return {name: said for name, said in value.items() if name not in ("version", "detected_at", "decided_at")}
