"""The demo's clock: it stands still, runs fast to a moment, and stands there."""

import asyncio

from stream.shell.clock import FastClock


class DayClock:
    """A FastClock that is let run from moment to moment, so that what is looked at has a *now* that does not move."""

    def __init__(self, start_microseconds: int, speed: float) -> None:
        self.speed = speed
        self._running = FastClock(start_microseconds, speed)
        self._stops_at = start_microseconds

    def now(self) -> int:
        """Tell the microseconds since 1970-01-01T00:00:00Z, on this clock."""
        return min(self._running.now(), self._stops_at)

    def run_until(self, moment: int) -> None:
        """Go on from where it stands; stop at the moment."""
        self._running = FastClock(self.now(), self.speed)
        self._stops_at = moment

    async def reach(self, moment: int) -> None:
        """Return when it shows the moment, which it has to be running to."""
        while (left := moment - self.now()) > 0:  # noqa: ASYNC110 - no event comes when a clock shows a time
            await asyncio.sleep(left / self.speed / 1e6)
