"""The promise: whatever happens on the way, the topics end up saying what `replay` says of the same events."""

import asyncio
from pathlib import Path
from typing import Any

from stream.core.contact import Contact
from stream.core.partition import BUCKETS
from stream.core.registry import Entry
from stream.shell.codec.decode import Decoder
from stream.shell.codec.refusal import Refusal
from stream.shell.ledgers.remembered import decode
from stream.shell.settings.redis_address import parse_redis
from stream.shell.store.redis import RedisStore
from tests.e2e.last_word import past_log, settle
from tests.e2e.world import World
from tests.logs import Line, to_line
from tests.parts.kafka import KafkaServer


def _place(letter: Any) -> tuple[bytes, ...]:
    """Where a dead letter's record stood: the same however often it was read."""
    headers = dict(letter.headers)
    return tuple(headers[f"__streams.errors.{name}"] for name in ("topic", "partition", "offset"))


async def remembered(redis_url: str, group: str) -> dict[tuple[str, str], int]:
    """Every contact and fact in the ledgers, with its revision."""
    store = RedisStore(parse_redis(redis_url), group)
    await store.open()
    held: dict[tuple[str, str], int] = {}
    for bucket in range(BUCKETS):
        keys = await store.debtors(None, bucket, "", 10_000)
        for key, value in zip(keys, await store.load(keys), strict=True):
            institution, ledger = key.partition("|")[0], decode(value)
            held |= {(institution, contact.contact_id): contact.revision for contact in ledger.contacts}
            held |= {(institution, fact.fact_id): fact.revision for fact in ledger.facts}
    await store.close()
    return held


def newest_revisions(lines: list[Line]) -> dict[tuple[str, str], int]:
    """Every contact and fact that can be read in a log, with its highest revision."""
    newest: dict[tuple[str, str], int] = {}
    for line in lines:
        try:
            record = Decoder(frozenset()).decode(to_line(line))
        except Refusal:
            continue
        if not isinstance(record.item, Entry):
            name = record.item.contact_id if isinstance(record.item, Contact) else record.item.fact_id
            key = (record.institution, name)
            newest[key] = max(record.item.revision, newest.get(key, 0))
    return newest


async def test_a_killed_worker_changes_nothing(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path
) -> None:
    """2 000 shuffled events with duplicates, corrections and late facts, two workers, one killed with -9 in the middle
    and started again: the newest record of every finding and block equals `duewatch replay` of the same events, and
    every event was judged, a duplicate, or a dead letter.
    """
    lines, recorded, shift = past_log(seed=7, events=2000, broken=20)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, redis_clean, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        world.start("w2")
        await world.produce(lines[:1000], recorded)
        await asyncio.sleep(1.5)
        world.kill("w1")
        await world.produce(lines[1000:], recorded)
        world.start("w1")
        await world.caught_up()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        letters = {_place(letter) for letter in await world.read("dead-letters")}
        assert len(letters) == 20
        assert await remembered(redis_clean, topic_prefix) == newest_revisions(lines)
        assert world.running("w1"), world.log("w1")
        assert world.running("w2"), world.log("w2")
        assert world.stop("w1") == 0
        assert world.stop("w2") == 0
