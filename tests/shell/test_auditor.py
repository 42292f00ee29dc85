"""The auditor: an older record that lands after a newer one of its key does not stay the last word."""

import asyncio
from datetime import datetime
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer

from stream.shell.delivery.records import OutRecord
from stream.shell.settings.settings import read
from stream.shell.topics.admin import connect, create_missing
from stream.shell.topics.declared import declared
from stream.shell.worker.auditor import Auditor
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.output_checks import outputs_of
from tests.parts.calls import KEY, call, deliver
from tests.parts.ground import Ground
from tests.parts.kafka import KafkaServer

NOON = datetime.fromisoformat("2026-11-20T12:00:00+08:00")
SECONDS_MAX = 60


async def blocked() -> Ground:
    """A ground on which three calls have been made, and the state that blocks a fourth was said."""
    ground = Ground(NOON)
    await deliver(ground, *(call(f"c-{number}", NOON.replace(hour=8 + number)) for number in range(3)))
    return ground


def states(ground: Ground) -> list[OutRecord]:
    """What was said of the debtor's dials."""
    return [record for _, record in ground.topics.records["blocks-dial"] if record.key == KEY.encode()]


async def overwrite(kafka: KafkaServer, prefix: str, newest: OutRecord) -> None:
    """Makes topics on which an older record of a zombie stands behind the newest."""
    async with connect(kafka.access, 20) as client:
        await create_missing(client, declared(prefix, 1, 1), {})
    older: dict[str, Any] = orjson.loads(newest.value or b"")
    older["version"] -= 1
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        for value in (newest.value, orjson.dumps(older)):
            await producer.send_and_wait(f"{prefix}-blocks-dial", value, key=newest.key)


class Hands:
    """Whose a debtor is: nobody's at the first looks, as in a rebalance, then this worker's."""

    def __init__(self, looks_of_nobody: int) -> None:
        self._looks_left = looks_of_nobody

    def mine(self, key: str) -> bool:
        assert key == KEY
        self._looks_left -= 1
        return self._looks_left < 0


async def said_again(kafka: KafkaServer, prefix: str, looks_of_nobody: int) -> bool:
    """Whether the auditor has the state said again behind an older record that was read while it was nobody's."""
    ground = await blocked()
    await overwrite(kafka, prefix, states(ground)[-1])
    outputs = outputs_of(read({"DUEWATCH_KAFKA": kafka.address, "DUEWATCH_PREFIX": prefix}))
    hands = Hands(looks_of_nobody)
    auditor = Auditor(kafka.access, outputs, await ground.worker(), hands.mine, Metrics())
    before = len(states(ground))
    running = asyncio.create_task(auditor.run())
    try:
        async with asyncio.timeout(SECONDS_MAX):
            while len(states(ground)) == before:
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    first, *_, last = states(ground)
    return first.value is not None and orjson.loads(last.value or b"")["blocks"] == orjson.loads(first.value)["blocks"]


async def test_the_newest_is_said_again(kafka: KafkaServer, topic_prefix: str) -> None:
    """An older record behind a newer one: whoever has the debtor says his newest state again."""
    assert await said_again(kafka, topic_prefix, looks_of_nobody=0)


async def test_what_was_nobodys_is_said_again_later(kafka: KafkaServer, topic_prefix: str) -> None:
    """An older record that is read during a rebalance, when no worker has the debtor, is not forgotten after it."""
    assert await said_again(kafka, topic_prefix, looks_of_nobody=2)


async def test_what_is_to_be_said_again_is_said_with_what_is_new() -> None:
    """A ledger that changes in the same moment: what the auditor wants said again is said, too."""
    ground = await blocked()
    before = len(states(ground))
    await deliver(ground, call("c-4", NOON.replace(hour=11)))
    assert len(states(ground)) == before, "a fourth call makes a finding, and no other state"
    await deliver(ground, call("c-5", NOON.replace(hour=11, minute=30)), owed={"dial"})
    assert len(states(ground)) == before + 1
