"""Workers under a supervisor that starts again whoever has ended, as operators have one."""

import asyncio
import random
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stream.cli.worker import FAILED
from tests.e2e.world import World

UNASKED = frozenset({69, FAILED, -signal.SIGKILL})
"""How a worker may end by itself: Kafka or Redis is not to be had, it must not go on, or it was killed."""
ASKED = frozenset({0, -signal.SIGTERM, *UNASKED})
"""How it may end after SIGTERM, which may come before it has a handler for it, or while nothing answers."""

_PAUSES_SECONDS = (0.2, 0.2, 1.0, 6.0)
"""How long until it is started again: at once, or so late that others have got its partitions."""
_LOOK_SECONDS = 0.1
_COMING_SECONDS_MAX = 60
_TOLD = "as DUEWATCH_FAULT_POINT says"


class Crew:
    """Some workers of one world. `surprises` tells of ends that no fault may cause."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self._world = world
        self._rng = rng
        self.names: set[str] = set()
        self.starts: Counter[str] = Counter()
        self.surprises: list[str] = []
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._fault_points: dict[str, str] = {}
        self._asked: set[str] = set()
        self._busy: set[str] = set()

    def add(self, name: str) -> None:
        """One more worker, from now on."""
        self.names.add(name)
        self._keepers[name] = asyncio.create_task(self._keep(name), name=f"keeper of {name}")

    async def _keep(self, name: str) -> None:
        while name in self.names:
            self._world.start(name, DUEWATCH_FAULT_POINT=self._fault_points.get(name, "none"))
            self.starts[name] += 1
            while (code := self._world.exit_code(name)) is None:
                await asyncio.sleep(_LOOK_SECONDS)
            if code not in (ASKED if name in self._asked else UNASKED):
                self.surprises.append(f"{name} has ended with {code}")
            self._asked.discard(name)
            await asyncio.sleep(self._rng.choice(_PAUSES_SECONDS) if name in self.names else 0)

    @asynccontextmanager
    async def somebody(self, rng: random.Random) -> AsyncIterator[str]:
        """One of the workers, which has nothing else happen to it meanwhile but kill -9."""
        while not (idle := sorted(self.names - self._busy)):
            await asyncio.sleep(_LOOK_SECONDS)
        name = rng.choice(idle)
        self._busy.add(name)
        try:
            yield name
        finally:
            self._busy.discard(name)

    def kill(self, name: str) -> None:
        """Kill -9."""
        self._world.kill(name)

    async def terminate(self, name: str) -> None:
        """SIGTERM, and waits until it has ended."""
        self._asked.add(name)
        try:
            await asyncio.to_thread(self._world.stop, name)
        except subprocess.TimeoutExpired:
            self.surprises.append(f"{name} does not end after SIGTERM")

    async def remove(self, name: str) -> None:
        """One fewer, by SIGTERM."""
        self.names.discard(name)
        await self.terminate(name)
        await self._keepers.pop(name)

    async def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so long."""
        self._world.signal(name, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._world.signal(name, signal.SIGCONT)

    async def come_to(self, name: str, fault_point: str, still_seconds: float = 0) -> bool:
        """Kills a worker and has it started with a fault point; whether it has come there.

        One that stops there goes on after so many seconds.
        """
        before = self._times_come(name)
        self._fault_points[name] = fault_point  # also for its next starts, if other faults end it before
        self._world.kill(name)
        for _ in range(round(_COMING_SECONDS_MAX / _LOOK_SECONDS)):
            if self._times_come(name) > before:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        del self._fault_points[name]
        if self._times_come(name) == before:
            # It would stop there later, and nobody would have it go on.
            self._world.kill(name)
        await asyncio.sleep(still_seconds)
        self._world.signal(name, signal.SIGCONT)
        return self._times_come(name) > before

    async def dismiss(self) -> None:
        """Ends all in good order; raises what a keeper has raised."""
        for name in sorted(self.names):
            await self.remove(name)

    def _times_come(self, name: str) -> int:
        return self._world.log(name).count(_TOLD)
