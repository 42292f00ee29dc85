"""The promise: whatever happens on the way, the topics end up saying what `replay` says of the same events."""

import asyncio
from pathlib import Path

from tests.e2e.last_word import past_log, settle
from tests.e2e.taken_in import newest_revisions, places, remembered
from tests.e2e.world import World
from tests.parts.kafka import KafkaServer


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
        letters = places(await world.read("dead-letters"))
        assert len(letters) == 20
        assert await remembered(redis_clean, topic_prefix) == newest_revisions(lines)
        assert world.running("w1"), world.log("w1")
        assert world.running("w2"), world.log("w2")
        assert world.stop("w1") == 0
        assert world.stop("w2") == 0
