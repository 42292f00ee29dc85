"""A wrong release does not go unseen, and what it left among the dead letters is made good by sending it again."""

import asyncio
import contextlib
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from stream.core.partition import partition_of
from stream.shell.codec.decode import Decoder
from stream.shell.codec.refusal import Refusal
from tests.e2e.last_word import past_log, settle
from tests.e2e.older_release import is_unknown
from tests.e2e.world import PARTITIONS, World
from tests.logs import Line, to_line
from tests.parts.kafka import KafkaServer


def offsets(letters: list[Any]) -> Counter[int]:
    """At which offsets the records of dead letters stood, and how often each was said."""
    return Counter(int(dict(letter.headers)["__streams.errors.offset"]) for letter in letters)


async def why_not_alive(world: World, name: str) -> str:
    """What /healthz says as soon as it does not say that the worker is well."""
    async with asyncio.timeout(60):
        while True:
            await asyncio.sleep(0.1)
            if not (address := re.findall(r"listening on (http://[\d.:]+)/metrics", world.log(name))):
                continue
            try:
                await asyncio.to_thread(urlopen, f"{address[-1]}/healthz", timeout=5)
            except HTTPError as error:
                return error.read().decode()
            except URLError:
                assert world.running(name), world.log(name)


async def test_a_wrong_release_stops_the_worker(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path
) -> None:
    """2 000 broken records in a row: after 1 000 dead letters the worker stops with exit code 70 and says why, in its
    log and to who asks. Another one that takes over stops at the same record, and says no dead letter twice; with a
    higher limit it goes on, no record is lost, and the others are judged as if nothing had been.
    """
    lines, recorded, shift = past_log(seed=51, events=300)
    broken: list[Line] = [f"no record {number}" for number in range(2000)]
    with World(kafka.address, redis_clean, topic_prefix, DUEWATCH_CLOCK_SHIFT_SECONDS=f"{shift:.0f}") as world:
        assert world.duewatch("topics").returncode == 0
        await world.produce([*lines[:100], *broken, *lines[100:]], recorded)
        said = set()
        for name in ("w1", "w2"):
            world.start(name)
            said.add(await why_not_alive(world, name))
            assert await world.ended(name) == 70
            assert "Traceback" not in world.log(name)
        stopped = offsets(await world.read("dead-letters"))
        first = min(stopped)
        assert stopped == Counter(range(first, first + 1000))
        (reason,) = said
        place = f"{topic_prefix}-dials, partition {partition_of('?|?', PARTITIONS)}"
        assert f"1000 in a row, offsets {first} to {first + 999} of {place}, most of them not-json" in reason
        assert f"the next is offset {first + 1000} of {place}" in reason
        assert "DUEWATCH_DEAD_LETTERS_RUN_MAX" in reason
        assert reason.removeprefix("the worker has failed: ") in world.log("w2")
        world.start("w1", DUEWATCH_DEAD_LETTERS_RUN_MAX="2000")
        await world.caught_up()
        assert offsets(await world.read("dead-letters")) == Counter(range(first, first + 2000))
        rows = await settle(world, tmp_path, [*lines, *broken], shift)
        assert not rows, "\n".join(rows[:20])
        assert world.stop("w1") == 0


async def test_what_is_sent_again_after_a_fix_ends_as_if_it_had_been_right_at_first(
    kafka: KafkaServer, redis_clean: str, topic_prefix: str, tmp_path: Path
) -> None:
    """An older release refuses 5G messages. With the next one they are sent again, twice: the topics end up saying what
    `replay` says of all records, and nothing is late, though by the clock it would be.
    """
    lines, recorded, shift = past_log(seed=52, events=800, broken=10)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}", "DUEWATCH_HORIZON_DAYS": "3"}
    with World(kafka.address, redis_clean, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1", program="tests.e2e.older_release")
        await world.produce(lines, recorded)
        await world.caught_up()
        assert world.stop("w1") == 0
        refused = len(await world.read("dead-letters")) - 10
        assert refused == unknown(lines) > 10
        chosen = ("--error", "bad-value", "--topic", "messages")
        listed = world.duewatch("dead-letters", "list", *chosen, "--limit", "1").stdout.splitlines()
        kind, place, *_, message = listed[-1].split("\t")
        assert (kind, message) == ("letter", "$.medium: is not one of the allowed words")
        assert '"medium": "rcs"' in world.duewatch("dead-letters", "show", place).stdout
        world.start("w1")
        for _ in range(2):
            done = world.duewatch("dead-letters", "replay", *chosen)
            assert (done.returncode, done.stderr) == (0, "")
            await world.caught_up()
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, "\n".join(rows[:20])
        assert len(await world.read("dead-letters")) == refused + 10
        assert world.stop("w1") == 0


def unknown(lines: list[Line]) -> int:
    """How many lines are records that the older release refuses."""
    count = 0
    for line in lines:
        with contextlib.suppress(Refusal):
            count += is_unknown(Decoder(frozenset()).decode(to_line(line)))
    return count
