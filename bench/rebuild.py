"""`python -m bench.rebuild`: how long an emptied Redis takes to be filled again from Kafka.

A worker starts on an empty Redis and a log of dials that its group has committed to the end: it has to make all ledgers
anew, and then judges everybody. With `--judge` another worker judges the log first, which takes many times as long as
the rebuild, and what it has published is read back, too.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
from confluent_kafka import Consumer, KafkaException, TopicPartition

from bench.job.dial import Debtor, dial, written
from bench.measure.ground import PARTITIONS, Ground
from bench.measure.process import cpu_seconds
from tests.e2e.world import World

_PREFIX = "rebuild"
_DAYS = 10
_CALLS_A_DAY = 4
_EFFECTIVE_SHARE = 0.35
_LOOK_SECONDS = 0.5
_SECONDS_MAX = 3600


def main() -> None:
    """Prints one line for each step, with its events a second."""
    parser = argparse.ArgumentParser(prog="python -m bench.rebuild", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--judge", action="store_true", help="have the log judged, not only committed")
    chosen = parser.parse_args()
    with Ground() as ground:
        settings = {"DUEWATCH_PARTITIONS": str(PARTITIONS)}
        with World(ground.kafka, ground.redis_url, _PREFIX, **settings) as world:
            world.duewatch("topics").check_returncode()
            asyncio.run(_measure(ground, world, chosen.events, judge=chosen.judge))


def _write(ground: Ground, events: int) -> None:
    """Calls of ten days to the same debtors, `_CALLS_A_DAY` each, a third of them effective."""
    rng = Random(1)
    debtors = [Debtor(rng) for _ in range(events // _DAYS // _CALLS_A_DAY)]
    morning = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=_DAYS + 1)
    with ground.sender() as sender:
        for day in range(_DAYS):
            for hour in range(_CALLS_A_DAY):
                for number, debtor in enumerate(debtors):
                    begun = morning + timedelta(days=day, hours=hour, seconds=number * 3000 / len(debtors))
                    event, ended = dial(rng, debtor, begun, effective=rng.random() < _EFFECTIVE_SHARE)
                    sender.send(f"{_PREFIX}-dials", debtor.key, written(event), ended + timedelta(seconds=2))


async def _measure(ground: Ground, world: World, events: int, *, judge: bool) -> None:
    began = time.monotonic()
    _write(ground, events)
    ends = _ends(ground)
    events = sum(place.offset for place in ends)
    _say("written", events, began)
    if judge:
        await _judge(ground, world, events)
    else:
        _commit(ground, ends)
    began, moment = time.monotonic(), datetime.now(UTC)
    world.start("second")
    await _until(lambda: _said(world, "rebuilt from"))
    _say("rebuilt, with the start of the worker", events, began)
    print(re.findall("rebuilt from [1-9].*", world.log("second"))[0], f"with at most {_peak(world.pid('second'))}")
    print(f"{cpu_seconds(world.pid('second')):.1f} CPU-seconds of the worker, its start included")
    await _until(lambda: _judged_after(world, moment))
    _say("everybody judged, too", events, began)
    print(f"{ground.redis.info('memory')['used_memory'] >> 20} MiB of ledgers in Redis")


async def _judge(ground: Ground, world: World, events: int) -> None:
    began = time.monotonic()
    world.start("first")
    await _until(lambda: _all_committed(ground, events))
    _say("judged for the first time", events, began)
    world.stop("first")
    ground.redis.flushall()


@contextmanager
def _group(ground: Ground) -> Iterator[Consumer]:
    group = Consumer({"bootstrap.servers": ground.kafka, "group.id": _PREFIX, "log_level": 0})
    try:
        yield group
    finally:
        group.close()


def _dials() -> list[TopicPartition]:
    return [TopicPartition(f"{_PREFIX}-dials", number) for number in range(PARTITIONS)]


def _ends(ground: Ground) -> list[TopicPartition]:
    with _group(ground) as group:
        ends = [group.get_watermark_offsets(place, timeout=30)[1] for place in _dials()]
    return [TopicPartition(place.topic, place.partition, end) for place, end in zip(_dials(), ends, strict=True)]


def _commit(ground: Ground, ends: list[TopicPartition]) -> None:
    with ground.sender() as sender:
        # Where nothing was ever said, a rebuild leaves everything to be judged as it comes.
        sender.send(f"{_PREFIX}-blocks-dial", "*|0", b"{}", datetime.now(UTC))
    with _group(ground) as group:
        group.commit(offsets=ends, asynchronous=False)


async def _all_committed(ground: Ground, events: int) -> bool:
    with _group(ground) as group:
        try:
            return sum(max(0, place.offset) for place in group.committed(_dials(), timeout=30)) == events
        except KafkaException:
            return False  # the group is only being made


async def _said(world: World, text: str) -> bool:
    return text in world.log("second")


async def _judged_after(world: World, moment: datetime) -> bool:
    heartbeats = [orjson.loads(record.value) for record in await world.heartbeats("blocks-dial")]
    return any(datetime.fromisoformat(beat["judged_until"]) > moment for beat in heartbeats)


async def _until(so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_SECONDS_MAX):
        while not await so():  # noqa: ASYNC110 - what happens in another process can only be asked for again
            await asyncio.sleep(_LOOK_SECONDS)


def _peak(pid: int) -> str:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return f"{int(found[1]) >> 10} MiB of memory" if found else "unknown memory"


def _say(what: str, events: int, began: float) -> None:
    seconds = time.monotonic() - began
    print(f"{what}: {events} events in {seconds:.1f} s, {events / seconds:.0f} a second", flush=True)


if __name__ == "__main__":
    main()
