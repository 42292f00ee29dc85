"""SIGTERM: the batch in flight is finished, confirmed and committed, the group is left at once; a second one ends."""

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from stream.cli.worker import FAILED
from tests.e2e.last_word import past_log, settle
from tests.e2e.test_interruptions import listening, ready
from tests.e2e.world import World
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer

STOPS = 3
SETTINGS = {"DUEWATCH_BATCH_RECORDS_MAX": "50", "DUEWATCH_DEAD_LETTERS_RUN_MAX": "0"}


def origins(letters: list[Any]) -> Counter[tuple[bytes, ...]]:
    """Where the records of dead letters stood."""
    names = [f"__streams.errors.{name}" for name in ("topic", "partition", "offset")]
    return Counter(tuple(dict(letter.headers)[name] for name in names) for letter in letters)


async def test_stops_in_the_middle_of_a_log(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path
) -> None:
    """Workers that are stopped one after the other in the middle of a log end with 0; the next one goes on where the
    group was left: no record is taken twice, and the topics end up saying what `replay` says.
    """
    lines, recorded, shift = past_log(seed=61, events=1500, broken=300)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with World(kafka.address, redis_clean, topic_prefix, **clock, **SETTINGS) as world:
        assert world.duewatch("topics").returncode == 0
        # Each worker finds records of its own: a fast one would leave the next nothing of a whole log.
        share = -(-len(lines) // (STOPS + 1))
        for number in range(STOPS):
            await world.produce(lines[number * share : (number + 1) * share], recorded)
            before = sum((await world.committed()).values())
            world.start(f"w{number}")
            async with asyncio.timeout(60):
                while sum((await world.committed()).values()) == before:
                    assert world.running(f"w{number}"), world.log(f"w{number}")
                    await asyncio.sleep(0.05)
            world.signal(f"w{number}", signal.SIGTERM)
            assert await world.ended(f"w{number}") == 0, world.log(f"w{number}")
            assert "Traceback" not in world.log(f"w{number}")
        await world.produce(lines[STOPS * share :], recorded)
        world.start("last")
        await world.caught_up()
        found = origins(await world.read("dead-letters"))
        assert len(found) >= 300
        assert set(found.values()) == {1}, "what a stopped worker had done was done again"
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])


async def stuck(world: World, own: DurableRedis, recorded: Any, lines: Any) -> None:
    """Begin a batch that cannot be finished, as Redis stands still."""
    assert world.duewatch("topics").returncode == 0
    world.start("w1")
    await ready(await listening(world, "w1"))
    own.freeze()
    await world.produce(lines, recorded)
    # The batch is read at once; what becomes of it nobody can see from outside.
    await asyncio.sleep(2)
    world.signal("w1", signal.SIGTERM)
    async with asyncio.timeout(60):
        while "a second signal ends at once" not in world.log("w1"):
            await asyncio.sleep(0.05)


async def test_a_second_signal_ends_at_once(kafka: KafkaServer, topic_prefix: str) -> None:
    """Where a batch cannot be finished, a second signal ends the worker without it; nothing of it is committed."""
    lines, recorded, shift = past_log(seed=62, events=200)
    patient = {"DUEWATCH_STOP_SECONDS_MAX": "600", "DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with DurableRedis() as own, World(kafka.address, own.url, topic_prefix, **patient) as world:
        await stuck(world, own, recorded, lines)
        world.signal("w1", signal.SIGTERM)
        assert await world.ended("w1", seconds_max=60) == FAILED
        assert "ended without finishing" in world.log("w1")
        assert sum((await world.committed()).values()) == len(lines)
        own.thaw()


async def test_a_stop_takes_no_longer_than_it_may(kafka: KafkaServer, topic_prefix: str) -> None:
    """Where a batch cannot be finished, the worker gives it up and ends by itself, as soon as the setting says."""
    lines, recorded, shift = past_log(seed=63, events=200)
    hasty = {"DUEWATCH_STOP_SECONDS_MAX": "2", "DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with DurableRedis() as own, World(kafka.address, own.url, topic_prefix, **hasty) as world:
        await stuck(world, own, recorded, lines)
        begun = time.monotonic()
        assert await world.ended("w1", seconds_max=60) in (0, FAILED)
        # Far less than a stuck request to Redis, its retries, or a session would take.
        assert time.monotonic() - begun < 30
        assert sum((await world.committed()).values()) == len(lines)
        own.thaw()


def test_a_signal_that_comes_while_it_is_loaded() -> None:
    """SIGTERM before anything has begun ends the process wherever it comes, in a finalizer, too."""
    program = """
import os, signal
from stream.cli import worker
class Loaded:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
worker.read = lambda _: print("goes on", Loaded() and "", flush=True)
worker.worker([], standalone_mode=False)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
