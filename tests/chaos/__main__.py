"""`make chaos SEED=n MINUTES=m`: a log fed live while everything breaks; in the end the topics say what replay says.

Prints what was done. The seed repeats the schedule of faults and the log; what the faults hit is up to the machine.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aiokafka.errors import KafkaError

from tests.chaos.crew import Crew
from tests.chaos.faults import FAULTS, Stage
from tests.e2e.last_word import past_log, settle
from tests.e2e.world import World
from tests.logs import Line
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer

WORKERS = {"w1", "w2", "w3"}
EVENTS_PER_MINUTE = 600
SETTLING_SECONDS_MAX = 240


def main() -> int:
    """Runs one seed; exit code 1 where anything differs in the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1.0)
    given = parser.parse_args()
    rows = asyncio.run(chaos(given.seed, given.minutes, lambda text: print(text, flush=True)))
    return 1 if rows else 0


async def chaos(seed: int, minutes: float, say: Callable[[str], None]) -> list[str]:
    """Feeds and breaks for so many minutes; returns what differs from `replay` when all has settled."""
    lines, recorded, shift = past_log(seed=seed, events=max(200, round(minutes * EVENTS_PER_MINUTE)))
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with (
        KafkaServer() as kafka,
        DurableRedis() as redis,
        World(kafka.address, redis.url, f"chaos-{seed}", **clock) as world,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert world.duewatch("topics").returncode == 0
        crew = Crew(world, WORKERS)
        stage = Stage(crew, kafka, redis, random.Random(seed))
        supervising = asyncio.create_task(crew.supervise())
        done = await _break_and_feed(stage, world, lines, recorded, minutes * 60, say)
        say(f"settling; started again: {crew.restarts}")
        await _caught_up(world)
        rows = await settle(world, Path(folder), lines, shift, seconds_max=60)
        supervising.cancel()
        findings, blocks = len(await world.read("findings")), len(await world.read("blocks-dial"))
        say(f"faults {dict(done)}; {len(lines)} events; {findings} finding and {blocks} dial-block records")
        for row in rows[:20]:
            say(f"DIFFERS {row}")
        say(f"seed {seed}: {len(rows)} differences")
        if rows:
            kept = Path(tempfile.mkdtemp(prefix=f"duewatch-chaos-{seed}-"))
            for log in world.logs.iterdir():
                (kept / log.name).write_bytes(log.read_bytes())
            say(f"the workers' logs are in {kept}")
        return rows


async def _break_and_feed(
    stage: Stage, world: World, lines: list[Line], recorded: datetime, seconds: float, say: Callable[[str], None]
) -> Counter[str]:
    feeding = asyncio.create_task(_feed(world, lines, recorded, seconds))
    done: Counter[str] = Counter()
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        await asyncio.sleep(stage.rng.uniform(1, 6))
        fault = stage.rng.choice(FAULTS)
        say(f"{time.monotonic() - began:6.1f} s  {fault.__name__}")
        await fault(stage)
        done[fault.__name__] += 1
    await feeding
    return done


async def _feed(world: World, lines: list[Line], recorded: datetime, seconds: float) -> None:
    portion = max(1, len(lines) // max(1, round(seconds * 2)))
    for begin in range(0, len(lines), portion):
        while True:
            try:
                async with asyncio.timeout(20):
                    await world.produce(lines[begin : begin + portion], recorded)
                break
            except (KafkaError, TimeoutError):
                await asyncio.sleep(0.5)
        await asyncio.sleep(0.4)


async def _caught_up(world: World) -> None:
    async with asyncio.timeout(SETTLING_SECONDS_MAX):
        while True:
            try:
                if not any((await world.committed()).values()):
                    return
            except KafkaError:
                pass
            await asyncio.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
