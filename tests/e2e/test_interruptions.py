"""A running worker: what it serves, how it stops, and what a Redis that stands still or restarts does to it."""

import asyncio
import re
import socket
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from stream.shell.worker.metrics import TABLE
from tests.e2e.last_word import past_log, settle
from tests.e2e.world import World
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer

STOP_SECONDS_MAX = 10
START_SECONDS_MAX = 45
SERVED = ("/metrics", "/healthz", "/readyz")
NOT_SERVED = ("/", "/metrics/", "/healthz/x", "/debug", "/favicon.ico", "/..", "/metrics%2f", "/graph")


def fetched(url: str, method: str = "GET") -> tuple[int, str]:
    """Give status and text of what is served there."""
    try:
        with urlopen(Request(url, method=method), timeout=5) as answer:  # noqa: S310 - http on loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


async def listening(world: World, name: str) -> str:
    """Give the address that the worker has logged, once it has."""
    async with asyncio.timeout(START_SECONDS_MAX):
        while not (found := re.search(r"listening on (http://127\.0\.0\.1:[1-9][0-9]*)/metrics", world.log(name))):
            assert world.running(name), world.log(name)
            await asyncio.sleep(0.1)
    return found[1]


async def ready(url: str) -> None:
    """Return when the worker says that it judges."""
    async with asyncio.timeout(START_SECONDS_MAX):
        while (await asyncio.to_thread(fetched, f"{url}/readyz"))[0] != 200:
            await asyncio.sleep(0.2)


async def test_what_is_served_and_how_it_ends(kafka: KafkaServer, redis_clean: str, topic_prefix: str) -> None:
    """Port 0 is a free one that the log names; three paths are served and no other; SIGTERM ends it with 0, soon."""
    with World(kafka.address, redis_clean, topic_prefix) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        url = await listening(world, "w1")
        await ready(url)
        metrics = fetched(f"{url}/metrics")[1]
        assert [metric.name for metric in TABLE if f"# HELP {metric.name} " not in metrics] == []
        assert fetched(f"{url}/healthz") == (200, "ok")
        assert {path: fetched(url + path)[0] for path in NOT_SERVED} == dict.fromkeys(NOT_SERVED, 404)
        assert {fetched(url + path, "POST")[0] for path in SERVED} == {405}
        begun = time.monotonic()
        assert world.stop("w1") == 0, world.log("w1")
        assert time.monotonic() - begun < STOP_SECONDS_MAX
        assert "Traceback" not in world.log("w1")
        with pytest.raises(URLError):
            fetched(f"{url}/healthz")


async def test_stopping_while_starting(kafka: KafkaServer, topic_prefix: str) -> None:
    """SIGTERM ends a worker that still waits for a Redis that does not answer, too."""
    with socket.socket() as silent:
        silent.setblocking(False)
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        redis_url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with World(kafka.address, redis_url, topic_prefix) as world:
            assert world.duewatch("topics").returncode == 0
            world.start("w1")
            async with asyncio.timeout(START_SECONDS_MAX):
                connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            assert world.stop("w1") == 0, world.log("w1")
            connection.close()
            assert "Traceback" not in world.log("w1")


async def test_redis_stands_still_and_restarts(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    """Redis is paused and then restarted in the middle of a log: the worker goes on, or ends with 70 and is started
    again; the topics end up saying what `replay` says.
    """
    lines, recorded, shift = past_log(seed=41, events=600)
    clock = {"DUEWATCH_CLOCK_SHIFT_SECONDS": f"{shift:.0f}"}
    with DurableRedis() as own, World(kafka.address, own.url, topic_prefix, **clock) as world:
        assert world.duewatch("topics").returncode == 0
        world.start("w1")
        await ready(await listening(world, "w1"))
        for part, interrupt in ((lines[:300], own.pause), (lines[300:], own.restart)):
            interrupted = asyncio.create_task(asyncio.to_thread(interrupt, 4))
            await world.produce(part, recorded)
            await interrupted
            await world.caught_up(supervised=True)
        rows = await settle(world, tmp_path, lines, shift)
        assert not rows, world.log("w1") + "\n".join(rows[:20])
        assert world.stop("w1") == 0
