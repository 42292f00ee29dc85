"""CPU time over a run, as samples that can be asked about any two moments."""

import time
from bisect import bisect_left
from collections.abc import Callable


class Usage:
    """Counters of CPU-seconds, read as often as `sample` is called."""

    def __init__(self, *counters: Callable[[], float]) -> None:
        self._counters = counters
        self._at: list[float] = []
        self._seconds: list[tuple[float, ...]] = []

    def sample(self) -> None:
        """Look now."""
        self._at.append(time.time())
        self._seconds.append(tuple(counter() for counter in self._counters))

    def between(self, begin: float, end: float) -> tuple[float, ...]:
        """CPU-seconds of each counter between two moments (wall clock)."""
        return tuple(late - early for early, late in zip(self._by(begin), self._by(end), strict=True))

    def _by(self, moment: float) -> tuple[float, ...]:
        after = min(max(bisect_left(self._at, moment), 1), len(self._at) - 1)
        before = after - 1
        share = (moment - self._at[before]) / (self._at[after] - self._at[before])
        share = min(max(share, 0.0), 1.0)
        return tuple(
            early + (late - early) * share
            for early, late in zip(self._seconds[before], self._seconds[after], strict=True)
        )
