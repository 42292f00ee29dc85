"""Plays the day: worker, player and reader on one loop, the checks at its end, and an orderly stop whatever happens."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stream.core.contact import CHANNELS
from stream.shell.cancelling import cancelled
from stream.shell.demo.cast import INSTITUTIONS
from stream.shell.demo.check import Truth, differences, replayed, told
from stream.shell.demo.event import Event
from stream.shell.demo.failure import PartFailedError
from stream.shell.demo.player import Player
from stream.shell.demo.reader import Reader
from stream.shell.demo.scene import Scene
from stream.shell.demo.standing import Change
from stream.shell.demo.waiting import until
from stream.shell.settings.settings import Settings
from stream.shell.topics.declared import declared
from stream.shell.worker.metrics import Metrics
from stream.shell.worker.worker import Worker

_LOG = logging.getLogger(__name__)
_READY_SECONDS_MAX = 30.0
_SETTLE_SECONDS_MAX = 15.0
_STOP_SECONDS_MAX = 1.0
_CANCEL_SECONDS_MAX = 4.0


class Audience(Protocol):
    """Whoever shows the day."""

    def step(self, text: str) -> None:
        """Something about the demo itself, before the day begins."""

    def sent(self, event: Event) -> None:
        """An event is being sent."""

    def told(self, change: Change) -> None:
        """An output topic says something new."""

    async def show(self) -> None:
        """Shows the scene as it moves, until it is cancelled."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The topics compared with `replay` at one moment of the day."""

    moment: int
    expected: Truth
    differences: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a performance came to. `judged`: input records by what became of them; `seconds`: how long the day took."""

    checks: list[Checked]
    judged: Counter[str]
    seconds: float


class Performance:
    """One day from the first record to the last check."""

    def __init__(self, settings: Settings, scene: Scene, events: Sequence[Event], audience: Audience) -> None:
        self._scene = scene
        self._events = events
        self._audience = audience
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        topics = declared(settings.prefix, settings.partitions, settings.replication)
        self._topics = [topic.short for topic in topics]
        outputs = [topic.short for topic in topics if topic.direction == "out"]
        self._player = Player(settings.kafka_access, settings.prefix)
        self._reader = Reader(settings.kafka_access, settings.prefix, outputs, fetch_wait_ms=settings.fetch_wait_ms)
        self._worker = Worker(settings, scene.clock, self._worker_failed)

    async def run(self, *beside: Coroutine[Any, Any, None]) -> Outcome:
        """Play, with more coroutines beside it that do not end by themselves; returns when all is played and checked.

        Raises whatever a part raised, or PartFailedError. Nothing runs on after it.
        """
        try:
            await self._player.start(self._topics)
            await self._reader.start()
            return await self._first(self._play(), self._listen(), self._audience.show(), *beside)
        finally:
            await self._stop()

    async def _first(self, play: Coroutine[Any, Any, Outcome], *beside: Coroutine[Any, Any, None]) -> Outcome:
        playing = asyncio.create_task(play, name="play")
        others = [asyncio.create_task(each) for each in beside]
        ends: set[asyncio.Future[Any]] = {playing, *others, self._failed}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for ended in (self._failed, *others):
                if ended.done():
                    ended.result()
            return await playing
        finally:
            await cancelled([playing, *others], _CANCEL_SECONDS_MAX)

    async def _play(self) -> Outcome:
        clock, day = self._scene.clock, self._scene.day
        known = [event for event in self._events if event.at <= clock.now()]
        self.step(f"filing {len(known)} registry entries: agencies, tools, templates, operators, payees")
        await self._player.play(known, clock, self._sent)
        self.step("the worker joins its consumer group, which takes some seconds")
        await self._worker.start()
        await until(self._quiet_hours_told, _READY_SECONDS_MAX)
        begun = time.monotonic()
        clock.run_until(day.last_look)
        await self._player.play(self._events[len(known) :], clock, self._sent)
        await clock.reach(day.last_look)
        checks = [await self._check(f"just before midnight {self._held()} blocks hold")]
        clock.run_until(day.ends)
        await clock.reach(day.ends)
        checks.append(await self._check(f"midnight is past, and without another record {self._held()} blocks hold on"))
        return Outcome(checks, _judged(self._worker.metrics), time.monotonic() - begun)

    async def _check(self, what: str) -> Checked:
        """Compares while the clock stands still; what is under way is given time to arrive."""
        moment = self._scene.clock.now()
        self.step(f"{what}: the topics are compared with replay")
        expected = replayed(self._scene.rulebook, self._events, moment)
        found: list[str] = []

        def same() -> bool:
            found[:] = differences(expected, told(self._scene.standing, moment))
            return not found

        with contextlib.suppress(PartFailedError):
            await until(same, _SETTLE_SECONDS_MAX)
        return Checked(moment, expected, found)

    def _held(self) -> int:
        return len(self._scene.standing.blocks(self._scene.clock.now()))

    def step(self, text: str) -> None:
        """Tells something about the demo itself."""
        self._scene.step(text)
        self._audience.step(text)

    def _quiet_hours_told(self) -> bool:
        return len(self._scene.standing.quiet) == len(INSTITUTIONS) * len(CHANNELS)

    def _sent(self, event: Event, at: float) -> None:
        self._scene.send(event, at)
        self._audience.sent(event)

    async def _listen(self) -> None:
        while True:
            for heard in await self._reader.read():
                for change in self._scene.hear(heard):
                    self._audience.told(change)

    def _worker_failed(self, error: BaseException) -> None:
        _LOG.critical("the worker must not go on", exc_info=error)
        if not self._failed.done():
            failure = PartFailedError(f"the worker ended: {type(error).__name__}: {error}")
            self._failed.set_exception(failure)

    async def _stop(self) -> None:
        """Lets go of everything in bounded time: nothing may keep a terminal waiting."""
        self._failed.cancel()  # whatever fails now fails because it is stopped
        stops = {asyncio.create_task(part.stop()): part for part in (self._worker, self._reader, self._player)}
        done, left = await asyncio.wait(stops, timeout=_STOP_SECONDS_MAX)
        for stop in left:
            _LOG.warning("%s did not stop in %.1f s", type(stops[stop]).__name__, _STOP_SECONDS_MAX)
        for stop in done:
            if not stop.cancelled() and (error := stop.exception()) is not None:
                _LOG.warning("%s did not stop in good order", type(stops[stop]).__name__, exc_info=error)


def _judged(metrics: Metrics) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for metric in metrics.registry.collect():
        for sample in metric.samples:
            if sample.name == "duewatch_events_total":
                outcomes[sample.labels["outcome"]] += int(sample.value)
    return outcomes
