"""Institutions kept apart: what is said of one stands on topics of its own (第十九条（五）)."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import redis
from aiokafka.admin import AIOKafkaAdminClient

from stream.shell.topics.outputs import OF_AN_INSTITUTION
from tests.e2e.last_word import past_evening, past_log, settle
from tests.e2e.world import PARTITIONS, World, newest
from tests.log_parts.matters import INSTITUTIONS
from tests.logs import Line
from tests.parts.calls import call
from tests.parts.inputs import agreement
from tests.parts.kafka import KafkaServer
from tests.parts.records import create_topic

ENDS = {"bank-a": "-bank-a", "bank-b": "-bank-b", "金融-c": "-_e98791e89e8d_-c"}
NEW = "金融-c"
KNOWN = [name for name in INSTITUTIONS if name != NEW]


def ends(institutions: Sequence[str]) -> list[str]:
    return [ENDS[name] for name in institutions]


def of(institutions: Sequence[str], lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if isinstance(line, dict) and line.get("institution") in institutions]


def errors(letters: Sequence[Any]) -> Counter[str]:
    return Counter(dict(letter.headers)["__streams.errors.exception"].decode() for letter in letters)


async def whose(world: World, end: str) -> set[str]:
    """The institutions that the records of one institution's topics name, in key and value."""
    named = set()
    for short in OF_AN_INSTITUTION:
        for record in await world.read(short + end):
            named.add(orjson.loads(record.value)["institution"])
            if short != "findings":
                named.add(record.key.decode().partition("|")[0])
    return named


async def test_each_to_its_own(kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path) -> None:
    """Two institutions of three have topics, and each one's hold what replay says of it and nothing of anybody else's;
    what comes of the third is dead letters, which hold nobody up. A lost Redis is made good from all topics. Once the
    third has topics its records are sent again, and it has everything, too, heartbeats included.
    """
    lines, recorded, shift = past_log(seed=11, events=900, broken=12)
    settings = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}", "DUEWATCH_TOPICS_PER": "institution"}
    with World(kafka.address, redis_clean, topic_prefix, **settings) as world:
        named = [word for name in KNOWN for word in ("--institution", name)]
        assert world.duewatch("topics", *named).returncode == 0
        world.start("w1", DUEWATCH_HEARTBEAT_SECONDS="1")
        await world.produce(lines, recorded)
        await world.caught_up()
        rows = await settle(world, tmp_path, of(KNOWN, lines), shift, ends=ends(KNOWN))
        assert not rows, "\n".join(rows[:20])
        for name in KNOWN:
            assert await whose(world, ENDS[name]) == {name}
        assert errors(await world.read("dead-letters"))["unknown-institution"] == len(of([NEW], lines)) > 100

        with redis.Redis.from_url(redis_clean) as client:
            client.flushall()
        await world.rebuilt()
        rows = await settle(world, tmp_path, of(KNOWN, lines), shift, ends=ends(KNOWN))
        assert not rows, "\n".join(rows[:20])

        assert world.duewatch("topics", "--institution", NEW).returncode == 0
        assert world.duewatch("dead-letters", "replay", "--error", "unknown-institution").returncode == 0
        await world.caught_up()
        rows = await settle(world, tmp_path, of(INSTITUTIONS, lines), shift, ends=ends(INSTITUTIONS))
        assert not rows, "\n".join(rows[:20])
        assert await whose(world, ENDS[NEW]) == {NEW}
        for name in INSTITUTIONS:
            assert await world.heartbeats(f"blocks-dial{ENDS[name]}"), name
        assert not [line for line in world.log("w1").splitlines() if sum(name in line for name in INSTITUTIONS) > 1]
        assert world.stop("w1") == 0


async def test_dead_letters_of_one(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """A record that cannot be read is on its institution's own topic where value and key say whose it is, and on the
    common one otherwise, after a restart, too; `duewatch dead-letters` shows the one or the other.
    """
    bad = {"type": "dial", "institution": "bank-a", "debtor": "D1"}
    with World(kafka.address, redis_clean, topic_prefix, DUEWATCH_TOPICS_PER="institution") as world:
        assert world.duewatch("topics", "--institution", "bank-a", "--institution", "bank-b").returncode == 0
        world.start("w1")
        moment, _ = past_evening()
        await world.produce([bad, "no JSON", bad | {"institution": "bank-z"}], moment)
        await world.caught_up()
        assert errors(await world.read("dead-letters-bank-a")) == {"missing-field": 1}
        assert await world.read("dead-letters-bank-b") == []
        assert errors(await world.read("dead-letters")) == {"not-json": 1, "missing-field": 1}
        assert world.stop("w1") == 0
        world.start("w1")
        await world.produce([bad | {"debtor": "D2"}], moment)
        await world.caught_up()
        assert errors(await world.read("dead-letters-bank-a")) == {"missing-field": 2}
        own = world.duewatch("dead-letters", "list", "--institution", "bank-a")
        assert re.search(r"count\t\S+-dials\tmissing-field\t2\t", own.stdout)
        assert "not-json" in world.duewatch("dead-letters", "list").stdout
        absent = world.duewatch("dead-letters", "list", "--institution", "bank-z")
        assert absent.returncode == 78
        assert "`duewatch topics --institution …` creates it" in absent.stderr


async def test_topics_that_are_missing(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """A worker does not start where an institution has only some of its topics; nor where the group's outputs stood on
    other topics so far: both are told with what to do.
    """
    per = {"DUEWATCH_TOPICS_PER": "institution"}
    with World(kafka.address, redis_clean, topic_prefix) as world:
        assert world.duewatch("topics").returncode == 0
        refused = world.duewatch("topics", "--institution", "bank-a")
        assert refused.returncode == 78
        assert "DUEWATCH_TOPICS_PER" in refused.stderr
        world.start("w1")
        async with asyncio.timeout(60):
            while "working as" not in world.log("w1"):
                await asyncio.sleep(0.2)
        assert world.stop("w1") == 0
        other = world.duewatch("worker", **per)
        assert other.returncode == 78
        assert f"stands on topics of {topic_prefix}, all" in other.stderr
        assert "choose a new DUEWATCH_GROUP" in other.stderr
        await create_topic(kafka.address, f"{topic_prefix}-findings-bank-a", PARTITIONS)
        partly = world.duewatch("worker", **per)
        assert partly.returncode == 78
        assert f"{topic_prefix}-blocks-dial-bank-a: missing" in partly.stderr
        assert "`duewatch topics`" in partly.stderr


async def test_topics_that_are_gone(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """The topics of an institution are deleted, and then something falls due for one of its debtors: at most one start
    of the worker ends by that, the others' debtors are judged on, and all is said when the topics are back and
    `duewatch rebuild` was called.
    """
    now = datetime.now(UTC)
    ends_at = now + timedelta(seconds=30)
    hours = agreement(
        debtor="D1",
        at=now.isoformat(),
        recorded_at=now.isoformat(),
        until=ends_at.isoformat(),
        hours=[["09:00", "10:00"]],
    )
    seconds = {"SESSION_TIMEOUT": 3, "GROUP_HEARTBEAT": 1, "REBALANCE_TIMEOUT": 3, "REQUEST_TIMEOUT": 3}
    quick = {f"DUEWATCH_{name}_SECONDS": str(value) for name, value in seconds.items()}
    quick["DUEWATCH_TOPICS_PER"] = "institution"
    with World(kafka.address, redis_clean, topic_prefix, **quick) as world:
        named = ("--institution", "bank-a", "--institution", "bank-b")
        assert world.duewatch("topics", *named).returncode == 0
        world.start("w1")
        settled = agreement(fact_id="f-2", kind="settled", at=now.isoformat(), recorded_at=now.isoformat())
        await world.produce([hours, settled], now)
        async with world.within(30):
            while (await said_of_dials(world)) != [(1, [["09:00", "10:00"]])]:
                await asyncio.sleep(0.2)
        await delete(kafka, [f"{topic_prefix}-{short}-bank-a" for short in OF_AN_INSTITUTION])
        await asyncio.sleep(max(0.0, (ends_at - datetime.now(UTC)).total_seconds()) + 1)
        await world.produce([call("c-1", now - timedelta(days=1), institution="bank-b", answered_by=None)], now)
        for _ in range(12):
            world.supervise()
            await asyncio.sleep(1)
        await world.caught_up()
        assert world.log("w1").count("working as w1") <= 2
        assert world.duewatch("topics", *named).returncode == 0
        assert world.duewatch("rebuild").returncode == 0
        async with world.within(60):
            while (await said_of_dials(world)) != [(1, None)]:
                await asyncio.sleep(0.5)


async def said_of_dials(world: World) -> list[tuple[int, Any]]:
    """How many blocks the debtor has, and which hours, as the newest record says; nothing where there is none."""
    said = newest(await world.read("blocks-dial-bank-a"))
    return [(len(state["blocks"]), state["hours"]) for key, state in said.items() if key == b"bank-a|D1"]


async def delete(kafka: KafkaServer, topics: list[str]) -> None:
    """Takes topics away."""
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await client.start()
    try:
        await client.delete_topics(topics)
    finally:
        await client.close()
