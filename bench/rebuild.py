"""`python -m bench.rebuild`: how long an emptied Redis takes to be filled again from Kafka.

A worker judges a log of dials, Redis is emptied, and a fresh worker starts on it.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Awaitable, Callable
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
    events = parser.parse_args().events
    with Ground() as ground:
        settings = {"DUEWATCH_PARTITIONS": str(PARTITIONS)}
        with World(ground.kafka, ground.redis_url, _PREFIX, **settings) as world:
            world.duewatch("topics").check_returncode()
            asyncio.run(_measure(ground, world, events))


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


async def _measure(ground: Ground, world: World, events: int) -> None:
    began = time.monotonic()
    _write(ground, events)
    events = _standing(ground)
    _say("written", events, began)
    began = time.monotonic()
    world.start("first")
    await _until(lambda: _all_committed(ground, events))
    _say("judged for the first time", events, began)
    world.stop("first")
    print(f"{ground.redis.info('memory')['used_memory'] >> 20} MiB of ledgers in Redis")
    ground.redis.flushall()
    began, moment = time.monotonic(), datetime.now(UTC)
    world.start("second")
    await _until(lambda: _said(world, "rebuilt from"))
    _say("rebuilt, with the start of the worker", events, began)
    print(re.findall("rebuilt from [1-9].*", world.log("second"))[0], f"with at most {_peak(world.pid('second'))}")
    print(f"{cpu_seconds(world.pid('second')):.1f} CPU-seconds of the worker, its start included")
    await _until(lambda: _judged_after(world, moment))
    _say("everybody judged again, too", events, began)


def _standing(ground: Ground) -> int:
    asking = Consumer({"bootstrap.servers": ground.kafka, "group.id": f"{_PREFIX}-bench", "log_level": 0})
    places = [TopicPartition(f"{_PREFIX}-dials", number) for number in range(PARTITIONS)]
    try:
        return sum(asking.get_watermark_offsets(place, timeout=30)[1] for place in places)
    finally:
        asking.close()


async def _all_committed(ground: Ground, events: int) -> bool:
    asking = Consumer({"bootstrap.servers": ground.kafka, "group.id": _PREFIX, "log_level": 0})
    places = [TopicPartition(f"{_PREFIX}-dials", number) for number in range(PARTITIONS)]
    try:
        return sum(max(0, place.offset) for place in asking.committed(places, timeout=30)) == events
    except KafkaException:
        return False  # the group is only being made
    finally:
        asking.close()


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
