"""There is one clock, and it can be moved and sped up."""

import time

import pytest

from stream.shell.clock import Clock, FastClock, WallClock

SECOND = 1_000_000


def test_wall_clock() -> None:
    """Unshifted, the clock is the machine's."""
    before = time.time_ns() // 1_000
    clock: Clock = WallClock()
    assert before <= clock.now() <= time.time_ns() // 1_000


@pytest.mark.parametrize("shift_seconds", [0, 86_400, -0.5])
def test_shifted_clock(shift_seconds: float) -> None:
    """A shift moves the clock by that many seconds, ahead or back."""
    clock = WallClock(shift_seconds, wall_ns=lambda: 1_763_000_000_123_456_789)
    assert clock.now() == 1_763_000_000_123_456 + shift_seconds * SECOND


def test_fast_clock() -> None:
    """The demo's clock starts at its own moment and runs at its speed."""
    ticks = iter([5_000_000_000, 5_000_000_000, 6_500_000_000])
    clock: Clock = FastClock(1_000 * SECOND, 60, monotonic_ns=lambda: next(ticks))
    assert clock.now() == 1_000 * SECOND
    assert clock.now() == 1_090 * SECOND


@pytest.mark.parametrize("speed", [0, -1])
def test_clock_that_does_not_run(speed: float) -> None:
    """A clock that stands still or runs back is refused."""
    with pytest.raises(ValueError, match="above 0"):
        FastClock(0, speed)
