"""A worker that speaks too late does not have the last word."""

import asyncio
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from tests.e2e.last_word import past_log
from tests.e2e.world import World, newest
from tests.parts.kafka import KafkaServer


async def say(world: World, record: Any, value: dict[str, Any]) -> None:
    """Publishes on a record's topic, partition and key, as a zombie would."""
    producer = AIOKafkaProducer(bootstrap_servers=world.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(record.topic, orjson.dumps(value), key=record.key, partition=record.partition)
    finally:
        await producer.stop()


async def test_an_older_record_does_not_stay_the_newest(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str
) -> None:
    """Older records of a finding and of a block state land last on their keys: the auditor has both said again."""
    lines, recorded, shift = past_log(seed=41, events=300)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, redis_clean, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        await world.produce(lines, recorded)
        world.start("w1")
        await world.caught_up()
        truth = {}
        for short in ("findings", "blocks-dial"):
            record = next(r for r in await world.read(short) if b'"quiet_hours"' not in r.value)
            truth[short] = newest(await world.read(short))[record.key]
            await say(world, record, truth[short] | {"version": truth[short]["version"] - 1, "policy": "zombie@0"})
        async with asyncio.timeout(30):
            for short, expected in truth.items():
                while not await last_is(world, short, expected):
                    await asyncio.sleep(0.5)


async def last_is(world: World, short: str, expected: dict[str, Any]) -> bool:
    """Whether the last record of the key says what was said before the zombie spoke."""
    key = expected.get("finding_id") or f"{expected['institution']}|{expected['debtor']}"
    last = orjson.loads([r.value for r in await world.read(short) if r.key == key.encode()][-1])
    return bool(last["version"] == expected["version"] and last["policy"] == expected["policy"])
