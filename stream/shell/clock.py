import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """The one source of *now*; whatever depends on the time of day is given one."""

    def now(self) -> int:
        """Tell the microseconds since 1970-01-01T00:00:00Z."""
        ...


class WallClock:
    """The machine's clock, moved ahead by `shift_seconds` (DUEWATCH_CLOCK_SHIFT_SECONDS; below 0 moves it back)."""

    def __init__(self, shift_seconds: float = 0.0, *, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self._shift_microseconds = round(shift_seconds * 1_000_000)
        self._wall_ns = wall_ns

    def now(self) -> int:
        """Tell the microseconds since 1970-01-01T00:00:00Z, shift included."""
        return self._wall_ns() // 1_000 + self._shift_microseconds


class FastClock:
    """A clock for the demo: begins at a moment of its own and runs `speed` times as fast as the wall.

    It rests on the monotonic clock, so that it never goes back.
    """

    def __init__(
        self, start_microseconds: int, speed: float, *, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        if speed <= 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self._start_microseconds = start_microseconds
        self._speed = speed
        self._monotonic_ns = monotonic_ns
        self._begun_ns = monotonic_ns()

    def now(self) -> int:
        """Tell the microseconds since 1970-01-01T00:00:00Z, on this clock."""
        return self._start_microseconds + int((self._monotonic_ns() - self._begun_ns) * self._speed) // 1_000
