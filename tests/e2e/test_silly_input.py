"""However much comes, and however long: it is judged or refused, what is said fits into Kafka, the worker goes on."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from stream.core.partition import partition_of
from tests.e2e.last_word import past_evening, settle
from tests.e2e.silly_input import Flood
from tests.e2e.world import PARTITIONS, World, newest
from tests.logs import Line, to_line
from tests.parts.kafka import KafkaServer
from tests.parts.raw_records import HeaderName, builder_of

RUNAWAY = 1500
LARGE = 40
SETTINGS = {"DUEWATCH_DEAD_LETTERS_RUN_MAX": "0", "DUEWATCH_DEAD_LETTERS_RATIO_MAX": "1"}


async def send_oddly(world: World, odd: dict[str, Any], recorded: datetime) -> None:
    """Send a record with a header that is no text, and records that are a thousand times as large as they look."""
    key = f"{odd['institution']}|{odd['debtor']}".encode()
    topic, place = f"{world.prefix}-dials", partition_of(key.decode(), PARTITIONS)
    async with AIOKafkaProducer(bootstrap_servers=world.kafka, acks="all", compression_type="gzip") as producer:
        batch = producer.create_batch()
        header = (HeaderName("\xff\xfe"), b"\xff")
        recorded_ms = round(recorded.timestamp() * 1000)
        batch._builder = builder_of([(key, to_line(odd), [header])], recorded_ms)  # noqa: SLF001 - no client writes so
        batch._relative_offset = 1  # noqa: SLF001 - as above
        await (await producer.send_batch(batch, topic, partition=place))
        for number in range(LARGE):
            await producer.send(topic, b"%d" % number + b"0" * 1_000_000, key=key, partition=place)
        await producer.flush()


def words(letters: list[Any]) -> Counter[tuple[str, str]]:
    """Error and topic of dead letters."""
    return Counter(
        (said["__streams.errors.exception"].decode(), said["__streams.errors.topic"].decode().rpartition("-")[2])
        for said in (dict(letter.headers) for letter in letters)
    )


@pytest.mark.parametrize("policy", ["nifa-2024", "reg-f-2021"])
async def test_a_flood(kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path, policy: str) -> None:
    """Long ids, thousands of facts and debts, a runaway dialer, huge records and a header that is no text: the worker
    is still the same one afterwards, and its topics say what `replay` says; nothing of it is too large for a reader.
    """
    moment, shift = past_evening()
    flood = Flood(moment)
    lines: list[Line] = [*flood.lines()]
    odd = flood.call("D-odd", 0)
    settings = {"DUEWATCH_POLICY": policy, "DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"} | SETTINGS
    with World(kafka.address, redis_clean, topic_prefix, **settings) as world:
        assert world.duewatch("topics").returncode == 0
        await world.produce([*lines[:-4], *flood.runaway(RUNAWAY)], moment)
        await send_oddly(world, odd, moment)
        await world.produce(lines[-4:], moment)
        world.start("w1")
        await world.caught_up()
        letters = words(await world.read("dead-letters"))
        facts = letters.pop(("too-many", "facts"))
        assert 100 < facts < 700
        assert letters == {("bad-value", "facts"): 20, ("too-large", "dials"): LARGE}
        # Beyond the cap of a day live and replay need not agree, so they never do, and all is said already.
        found = await settle(world, tmp_path, [*lines, odd], shift, policy=policy, seconds_max=1)
        rows = [row for row in found if "D-run" not in row]
        assert not rows, "\n".join(row[:500] for row in rows[:10])
        refused = [json.loads(line)["error"] for line in (tmp_path / "dead-letters.ndjson").read_text().splitlines()]
        assert Counter(refused) == {"bad-value": 20, "too-many": facts}
        assert "Traceback" not in world.log("w1")
        await check_blocks(world, policy)
        assert world.stop("w1") == 0


async def check_blocks(world: World, policy: str) -> None:
    """What a dialer reads of the flood's debtors."""
    states = newest(await world.read("blocks-dial"))
    assert max(len(json.dumps(state)) for state in states.values()) < 1_000_000
    if policy == "reg-f-2021":
        (block,) = states[b"bank-a|D-debts"]["blocks"]
        assert "debt" not in block, "ten thousand blocks are told as one"
    else:
        assert [block["rule"] for block in states[b"bank-a|D-plain"]["blocks"]] == ["NIFA-16-2-CALLS"]
        assert 200 < len(states[b"bank-a|D-facts"]["blocks"]) < 600
