"""Plays the day: worker, player and reader on one loop, the checks at its end, and an orderly stop whatever happens."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stream.core.contact import CHANNELS
from stream.shell.demo.cast import INSTITUTIONS
from stream.shell.demo.check import Truth, differences, replayed, told
from stream.shell.demo.clock import DayClock
from stream.shell.demo.day import AFTER_MIDNIGHT, BEFORE_MIDNIGHT
from stream.shell.demo.event import Event
from stream.shell.demo.player import Player
from stream.shell.demo.reader import Reader
from stream.shell.demo.scene import Scene
from stream.shell.demo.standing import Change
from stream.shell.settings import Settings
from stream.shell.topics import declared
from stream.shell.worker.worker import Worker

_LOG = logging.getLogger(__name__)
_READY_SECONDS_MAX = 30.0
_SETTLE_SECONDS_MAX = 15.0
_STOP_SECONDS_MAX = 1.5


class PartFailedError(Exception):
    """A part of the demo failed while it played."""


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
        self._player = Player(settings.kafka, settings.prefix)
        self._reader = Reader(settings.kafka, settings.prefix, outputs, fetch_wait_ms=settings.fetch_wait_ms)
        self.worker = Worker(settings, scene.clock, self._worker_failed)

    async def run(self) -> list[Checked]:
        """Play; returns what the checks found. Raises whatever a part raised, or PartFailedError."""
        try:
            await self._player.start(self._topics)
            await self._reader.start()
            return await self._first(self._play(), self._listen(), self._audience.show())
        finally:
            await self._stop()

    async def _first(self, play: Coroutine[Any, Any, list[Checked]], *beside: Coroutine[Any, Any, None]) -> list[Checked]:
        """Runs all; returns when the play ends, and raises what the first of the others ends with."""
        playing = asyncio.create_task(play, name="play")
        others = [asyncio.create_task(each) for each in beside]
        try:
            await asyncio.wait({playing, *others, self._failed}, return_when=asyncio.FIRST_COMPLETED)
            for ended in (self._failed, *others, playing):
                if ended.done():
                    return await ended  # type: ignore[return-value] # only the play ends without raising
            raise AssertionError("nothing has ended")
        finally:
            await _cancelled(playing, *others)

    async def _play(self) -> list[Checked]:
        clock, day = self._scene.clock, self._scene.day
        begin = clock.now()
        known = [event for event in self._events if event.at <= begin]
        self._audience.step(f"filing {len(known)} registry entries")
        await self._player.play(known, clock, self._sent)
        self._audience.step("a worker joins its consumer group")
        await self.worker.start()
        await self._until(self._quiet_hours_told, _READY_SECONDS_MAX, "the worker has judged nothing yet")
        clock.run_until(day.at(BEFORE_MIDNIGHT))
        await self._player.play(self._events[len(known) :], clock, self._sent)
        checks = [await self._check(day.at(BEFORE_MIDNIGHT))]
        clock.run_until(day.at(AFTER_MIDNIGHT))
        return [*checks, await self._check(day.at(AFTER_MIDNIGHT))]

    async def _check(self, moment: int) -> Checked:
        """Compares when the clock stands at the moment; what is under way is given time to arrive."""
        await self._scene.clock.reach(moment)
        expected = replayed(self._scene.rulebook, self._events, moment)
        found: list[str] = []

        def same() -> bool:
            found[:] = differences(expected, told(self._scene.standing, moment))
            return not found

        with contextlib.suppress(PartFailedError):
            await self._until(same, _SETTLE_SECONDS_MAX, "")
        return Checked(moment, expected, found)

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

    @staticmethod
    async def _until(true: Any, seconds_max: float, otherwise: str) -> None:
        try:
            async with asyncio.timeout(seconds_max):
                while not true():
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise PartFailedError(f"{otherwise} after {seconds_max:g} s") from error

    def _worker_failed(self, error: BaseException) -> None:
        _LOG.critical("the worker must not go on", exc_info=error)
        if not self._failed.done():
            failure = PartFailedError(f"the worker ended: {type(error).__name__}: {error}")
            self._failed.set_exception(failure)

    async def _stop(self) -> None:
        """Lets go of everything, each for a bounded time: none may keep a terminal waiting."""
        for part in (self.worker, self._reader, self._player):
            stopping = asyncio.ensure_future(part.stop())
            done, _ = await asyncio.wait({stopping}, timeout=_STOP_SECONDS_MAX)
            if not done:
                _LOG.warning("%s did not stop in %.1f s", type(part).__name__, _STOP_SECONDS_MAX)
            elif (error := stopping.exception()) is not None:
                _LOG.warning("%s did not stop in good order", type(part).__name__, exc_info=error)


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def new_clock(day_begins: int, day_ends: int, seconds: float) -> DayClock:
    """A clock that takes so many seconds of the wall for the day."""
    return DayClock(day_begins, (day_ends - day_begins) / 1e6 / seconds)
