"""Workers under a supervisor that starts again whoever has ended, as operators have one."""

import asyncio
import signal

from tests.e2e.world import World


class Crew:
    """Some workers of one world. `restarts` counts how often each was started again."""

    def __init__(self, world: World, names: set[str]) -> None:
        self._world = world
        self.names = set(names)
        self.restarts = dict.fromkeys(names, 0)
        for name in sorted(names):
            world.start(name)

    async def supervise(self) -> None:
        """Starts again who has ended; runs until it is cancelled."""
        while True:
            for name in sorted(self.names):
                if not self._world.running(name):
                    self.restarts[name] = self.restarts.get(name, 0) + 1
                    self._world.start(name)
            await asyncio.sleep(0.3)

    def kill(self, name: str) -> None:
        """Kill -9."""
        self._world.kill(name)

    def terminate(self, name: str) -> None:
        """SIGTERM, and waits until it has ended."""
        self._world.stop(name)

    async def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so long."""
        self._world.signal(name, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self._world.signal(name, signal.SIGCONT)

    def add(self, name: str) -> None:
        """One more."""
        self.names.add(name)
        self._world.start(name)

    def remove(self, name: str) -> None:
        """One fewer, by SIGTERM."""
        self.names.discard(name)
        if self._world.running(name):
            self._world.stop(name)
