"""The promise: whatever happens on the way, the topics end up saying what `replay` says of the same events."""

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from stream.core.contact import Contact
from stream.core.partition import BUCKETS
from stream.core.registry import Entry
from stream.shell.codec.decode import Decoder
from stream.shell.codec.refusal import Refusal
from stream.shell.ledgers.remembered import decode
from stream.shell.redis_address import parse_redis
from stream.shell.store.redis import RedisStore
from tests.e2e.world import World, newest
from tests.logs import Line, generate, to_line
from tests.parts.kafka import KafkaServer

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 3


def past_log(seed: int, events: int, broken: int = 0) -> tuple[list[Line], datetime, float]:
    """A log that ended yesterday, 21:00 of its last day, and the clock shift that makes this moment *now*.

    Kafka refuses records of the future, so the log lies in the past and the worker's clock is moved back into it.
    """
    today = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=DAYS + 1)
    evening = start + timedelta(days=DAYS - 1, hours=21)
    lines: list[Line] = list(generate(seed, events, start=start, days=DAYS, broken=broken))
    return lines, evening, (evening - datetime.now(UTC)).total_seconds()


def replayed(folder: Path, lines: Iterable[Line], as_of: datetime) -> tuple[Any, Any]:
    """Findings by id and block states by key and channel, as `duewatch replay` gives them."""
    log = folder / "log.ndjson"
    log.write_bytes(b"\n".join(to_line(line).replace(b"\n", b" ") for line in lines))
    command = [sys.executable, "-m", "stream", "replay", str(log), "--out", str(folder), "--as-of", as_of.isoformat()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    findings = [orjson.loads(line) for line in (folder / "findings.ndjson").read_bytes().splitlines()]
    blocks = [orjson.loads(line) for line in (folder / "blocks.ndjson").read_bytes().splitlines()]
    by_key = {f"{b['institution']}|{b['debtor']}|{b['channel']}": b for b in blocks}
    return {finding["finding_id"]: finding for finding in findings}, by_key


async def said(world: World, now: datetime) -> tuple[Any, Any]:
    """The same from the topics: newest records, without what is retracted, over, empty, or about everybody."""
    findings = {
        key.decode(): {name: value for name, value in finding.items() if name not in ("version", "detected_at")}
        for key, finding in newest(await world.read("findings")).items()
        if finding["state"] != "retracted"
    }
    blocks = {}
    for channel in ("dial", "message", "visit"):
        for key, record in newest(await world.read(f"blocks-{channel}")).items():
            if record["debtor"] == "*":
                continue
            live = [b for b in record["blocks"] if b["until"] is None or datetime.fromisoformat(b["until"]) > now]
            if live or record["hours"] is not None:
                kept = {name: value for name, value in record.items() if name not in ("version", "decided_at")}
                blocks[f"{key.decode()}|{channel}"] = kept | {"blocks": live}
    return findings, blocks


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is missing, too much or otherwise, in words."""
    rows = [f"missing: {expected[key]}" for key in sorted(set(expected) - set(found))]
    rows += [f"too much: {found[key]}" for key in sorted(set(found) - set(expected))]
    for key in sorted(set(expected) & set(found)):
        for name in sorted(set(expected[key]) | set(found[key])):
            if expected[key].get(name) != found[key].get(name):
                rows.append(f"{key} {name}: {expected[key].get(name)!r} expected, {found[key].get(name)!r} found")
    return rows


async def settle(world: World, folder: Path, lines: list[Line], shift: float, seconds_max: float = 45) -> list[str]:
    """Compares until nothing differs any more, or the time is over; returns what differs in the end."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds_max
    while True:
        now = datetime.now(UTC) + timedelta(seconds=shift)
        expected, found = replayed(folder, lines, now), await said(world, now)
        rows = [*differences(expected[0], found[0]), *differences(expected[1], found[1])]
        if not rows or loop.time() > end:
            assert expected[0], "a log without findings shows nothing"
            assert expected[1], "a log without blocks shows nothing"
            return rows
        await asyncio.sleep(1)


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
