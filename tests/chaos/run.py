"""One seed: a log fed live while everything breaks; in the end the topics say what `replay` says."""

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import orjson
from aiokafka.errors import KafkaError

from stream.shell.embedded.ports import free_port
from stream.shell.topics.declared import declared
from tests.chaos.crew import Crew
from tests.chaos.faults import SETTINGS, MissedError, Stage
from tests.chaos.feed import feed
from tests.chaos.report import Report
from tests.chaos.schedule import Planned, schedule
from tests.e2e.last_word import past_log, settle
from tests.e2e.taken_in import newest_revisions, places, remembered
from tests.e2e.world import BROKEN_KEY, PARTITIONS, World
from tests.parts.durable_redis import DurableRedis
from tests.parts.kafka import KafkaServer
from tests.parts.proxy import Proxy

WORKERS = ("w1", "w2", "w3")
EVENTS_PER_MINUTE = 1500
BROKEN_PER_MINUTE = 12
SNAPSHOT_EVERY_SECONDS = 5
SETTLING_SECONDS_MAX = 600

Say = Callable[[str], None]


class Run:
    """A run of one seed, about one fault every so many seconds. Logs and topics are kept where anything is amiss, or
    where that is asked for.
    """

    def __init__(self, seed: int, minutes: float, say: Say, *, every_seconds: float = 7.0, keep: bool = False) -> None:
        self._seconds = minutes * 60
        self._every_seconds = every_seconds
        self._seed = seed
        self._say = say
        self._keeps = keep
        self._lines, self._recorded, self._shift = past_log(
            seed=seed, events=max(200, round(minutes * EVENTS_PER_MINUTE)), broken=round(minutes * BROKEN_PER_MINUTE)
        )
        self._done: Counter[str] = Counter()
        self._missed: list[Planned] = []
        self._report = Report(seed, minutes, events=len(self._lines))

    async def run(self) -> Report:
        """Feeds, breaks, waits until all has settled, and compares."""
        kafka_proxy = Proxy(free_port())
        with (
            kafka_proxy,
            KafkaServer(proxy=kafka_proxy) as kafka,
            DurableRedis() as redis,
            Proxy(redis.port) as redis_proxy,
        ):
            settings = {
                "DUEWATCH_KAFKA": kafka_proxy.address,
                "DUEWATCH_REDIS": f"redis://{redis_proxy.address}/0",
                "DUEWATCH_CLOCK_SHIFT_SECONDS": f"{self._shift:.0f}",
                **SETTINGS,
            }
            with World(kafka.address, redis.url, f"chaos-{self._seed}", **settings) as world:
                assert world.duewatch("topics").returncode == 0
                crew = Crew(world, random.Random(self._seed))
                age = min(60.0, self._seconds / 4)
                stage = Stage(crew, kafka, kafka_proxy, redis, redis_proxy, snapshot_age_seconds=age)
                await self._break(world, stage)
                await self._compare(world, redis.url)
                await crew.dismiss()
                self._conclude(crew)
                await self._keep(world)
        return self._report

    async def _break(self, world: World, stage: Stage) -> None:
        for name in WORKERS:
            stage.crew.add(name)
        async with asyncio.TaskGroup() as group:
            snapshots = group.create_task(_take_snapshots(stage))
            breaking = group.create_task(self._happen_all(stage))
            # Some faults wait until a worker comes to a step: it must have something to do meanwhile.
            await feed(world, self._lines, self._recorded, self._seconds * 1.3 + 30, breaking.done)
            await breaking
            snapshots.cancel()

    async def _happen_all(self, stage: Stage) -> None:
        """All faults at their times, and then those that others have prevented, in peace."""
        began = time.monotonic()
        missed: list[Planned] = []
        async with asyncio.TaskGroup() as group:
            for planned in schedule(self._seed, self._seconds, self._every_seconds, stage.snapshot_age_seconds):
                group.create_task(self._happen(planned, stage, began, missed))
        for planned in missed:
            await self._happen(planned, stage, began, self._missed)

    async def _happen(self, planned: Planned, stage: Stage, began: float, missed: list[Planned]) -> None:
        await asyncio.sleep(began + planned.at_seconds - time.monotonic())
        name = planned.fault.name
        self._say(f"{time.monotonic() - began:6.1f} s  {name}")
        try:
            await planned.fault.happen(stage, planned.rng)
        except MissedError:
            missed.append(planned)
            self._say(f"{time.monotonic() - began:6.1f} s  {name}: did not come to it")
        else:
            self._done[name] += 1

    async def _compare(self, world: World, redis_url: str) -> None:
        self._say("nothing breaks any more; settling")
        with tempfile.TemporaryDirectory() as folder:
            lag = await _lag(world)
            rows = await settle(world, Path(folder), self._lines, self._shift, seconds_max=SETTLING_SECONDS_MAX / 2)
        held, sent = await remembered(redis_url, world.prefix), newest_revisions(self._lines)
        rows += [f"{lag} records are not committed"] if lag else []
        rows += [
            f"{name} is not in its ledger as sent: {held.get(name)}" for name in sent if held.get(name) != sent[name]
        ]
        rows += await _dead_letters_amiss(world)
        self._report.differences = rows
        self._report.findings = len(await world.read("findings"))
        self._report.blocks = sum(
            [len(await world.read(f"blocks-{channel}")) for channel in ("dial", "message", "visit")]
        )

    def _conclude(self, crew: Crew) -> None:
        self._report.differences += crew.surprises
        self._report.restarts = crew.starts.total() - len(crew.starts)
        self._report.faults = dict(self._done)
        self._report.missed = len(self._missed)

    async def _keep(self, world: World) -> None:
        if self._report.passed and not self._keeps:
            return
        kept = Path(tempfile.mkdtemp(prefix=f"duewatch-chaos-{self._seed}-"))
        shutil.copytree(world.logs, kept, dirs_exist_ok=True)
        for topic in declared(world.prefix, PARTITIONS, 1):
            short = topic.name.removeprefix(f"{world.prefix}-")
            records = await world.read(short)
            (kept / f"{short}.ndjson").write_bytes(b"\n".join(_told(record) for record in records))
        (kept / "differences.txt").write_text("\n".join(self._report.differences))
        self._report.kept = str(kept)


def _told(record: object) -> bytes:
    names = ("partition", "offset", "timestamp", "key", "value")
    shown = {name: getattr(record, name) for name in names}
    return orjson.dumps(shown, default=lambda raw: raw.decode("utf-8", "replace"))


async def _take_snapshots(stage: Stage) -> None:
    while True:
        async with stage.redis_alone:
            stage.redis.snapshot()
        await asyncio.sleep(SNAPSHOT_EVERY_SECONDS)


async def _lag(world: World) -> int:
    """Waits until every input record is committed; how many are not in the end."""
    left, end = -1, time.monotonic() + SETTLING_SECONDS_MAX
    while left and time.monotonic() < end:
        with suppress(KafkaError):
            left = sum((await world.committed()).values())
        await asyncio.sleep(1)
    return left


async def _dead_letters_amiss(world: World) -> list[str]:
    """Every line that is no record, as often as it stands on the topic, and nothing else, is a dead letter."""
    found = places(await world.read("dead-letters"))
    broken = {
        (record.topic, record.partition, record.offset)
        for record in await world.read("dials")
        if record.key == BROKEN_KEY.encode()
    }
    rows = [f"no dead letter of {place}" for place in sorted(broken - found)]
    return rows + [f"a dead letter of {place}" for place in sorted(found - broken)]


async def chaos(seed: int, minutes: float, say: Say, *, every_seconds: float = 7.0) -> Report:
    """Runs one seed."""
    return await Run(seed, minutes, say, every_seconds=every_seconds).run()
