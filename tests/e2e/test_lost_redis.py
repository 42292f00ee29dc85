"""Redis is a cache: emptied, replaced by an empty one or restored from an old copy, it is filled again from Kafka."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from stream.shell.embedded.redis_server import EmbeddedRedis
from tests.e2e.last_word import past_log, settle
from tests.e2e.world import World, newest
from tests.parts.kafka import KafkaServer


@pytest.fixture
def own_redis() -> Iterator[str]:
    """A Redis of this test alone: it is going to be emptied."""
    with EmbeddedRedis() as server:
        yield server.url


async def test_redis_emptied_while_two_workers_run(
    kafka: KafkaServer, own_redis: str, topic_prefix: str, tmp_path: Path
) -> None:
    """FLUSHALL in the middle of a log, twice: the workers notice, rebuild and go on, and the topics end up saying what
    `replay` says, with no older record after a newer one and every finding that does not hold taken back.
    """
    lines, recorded, shift = past_log(seed=31, events=1500)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, own_redis, topic_prefix, **clock) as world, redis.Redis.from_url(own_redis) as client:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        world.start("w2")
        await world.produce(lines[:500], recorded)
        await world.caught_up()
        client.flushall()
        await world.produce(lines[500:1000], recorded)
        client.flushall()
        await world.produce(lines[1000:], recorded)
        await world.caught_up()
        await world.rebuilt()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])


async def test_a_fresh_worker_on_an_empty_redis_says_nothing_twice(
    kafka: KafkaServer, own_redis: str, topic_prefix: str, tmp_path: Path
) -> None:
    """All workers stopped, Redis emptied, one started: it rebuilds, and as nothing has changed it says nothing."""
    lines, recorded, shift = past_log(seed=32, events=600)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, own_redis, topic_prefix, **clock) as world, redis.Redis.from_url(own_redis) as client:
        assert world.duewatch("topics").returncode == 0
        await world.produce(lines, recorded)
        world.start("w1")
        await world.caught_up()
        assert not await settle(world, tmp_path, lines, shift)
        assert world.stop("w1") == 0
        said = {short: len(await world.read(short)) for short in ("findings", "blocks-dial", "blocks-visit")}
        client.flushall()
        world.start("w1")
        await world.produce([lines[0]], recorded)
        await world.caught_up()
        assert not await settle(world, tmp_path, lines, shift)
        assert {short: len(await world.read(short)) for short in said} == said


async def test_a_rebuild_that_was_asked_for(
    kafka: KafkaServer, own_redis: str, topic_prefix: str, tmp_path: Path
) -> None:
    """`duewatch rebuild` makes a running worker fill Redis anew, though nothing is lost: what was wrong there is right
    again, nothing is said twice, and events that come meanwhile are judged after it.
    """
    lines, recorded, shift = past_log(seed=33, events=600)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, own_redis, topic_prefix, **clock) as world, redis.Redis.from_url(own_redis) as client:
        assert world.duewatch("topics").returncode == 0
        await world.produce(lines[:500], recorded)
        world.start("w1")
        await world.caught_up()
        said = {short: len(await world.read(short)) for short in ("findings", "blocks-dial", "blocks-visit")}
        gone = next(key for key in client.scan_iter(f"{topic_prefix}:1:*bank-a|*") if b"|*" not in key)
        client.delete(gone)
        told = world.duewatch("rebuild")
        assert (told.returncode, told.stderr) == (0, "")
        assert "asked for a rebuild" in told.stdout
        await world.rebuilt()
        async with asyncio.timeout(60):
            while not client.exists(gone):
                await asyncio.sleep(0.2)
        assert {short: len(await world.read(short)) for short in said} == said
        await world.produce(lines[500:], recorded)
        await world.caught_up()
        assert not await settle(world, tmp_path, lines, shift)


async def test_first_contacts_of_long_ago(kafka: KafkaServer, own_redis: str, topic_prefix: str) -> None:
    """After a loss of Redis it is still known who was contacted first 40 days ago, soon: then the next contact of that
    agency is no first one, and one of another agency is.
    """
    now = datetime.now(UTC)

    def message(contact_id: str, days: float, agency: str, *, disclosed: bool) -> dict[str, Any]:
        at = (now - timedelta(days=days)).isoformat()
        who = {"institution": "bank-a", "debtor": "D1", "agency": agency, "identity_disclosed": disclosed}
        return {"type": "message", "contact_id": contact_id, "started_at": at, **who}

    with World(kafka.address, own_redis, topic_prefix) as world, redis.Redis.from_url(own_redis) as client:
        assert world.duewatch("topics").returncode == 0
        for days, agency in ((40, "ag-1"), (2, "ag-3")):
            old = message(f"c-{days}", days, agency, disclosed=True)
            await world.produce([old], now - timedelta(days=days))
        world.start("w1")
        await world.caught_up()
        client.flushall()
        async with world.within(90):
            while "who was contacted first is known" not in world.log("w1"):
                await asyncio.sleep(0.5)
        new = [message(f"new-{agency}", 0, agency, disclosed=False) for agency in ("ag-1", "ag-2")]
        await world.produce(new, now)
        await world.caught_up()
        async with world.within(60):
            while not (found := newest(await world.read("findings"))):
                await asyncio.sleep(0.5)
        about = {each["contact_id"] for each in found.values() if each["rule"] == "NIFA-11-1-IDENTITY"}
        assert about == {"new-ag-2"}
