"""How long it takes from a call's sending until its debtor's block is read."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from bench.entrants import Entrant
from bench.job.job import SHANGHAI
from bench.job.live import live
from bench.measure.feed import Ear, Feed
from bench.measure.ground import Ground
from bench.measure.process import EndedError, Process

_AWAKENING_PER_SECOND = 100
_AWAKENING_SECONDS_MAX = 60
_WARM_SECONDS = 1
_LATE_SECONDS_MAX = 10


@dataclass(frozen=True)
class Pace:
    """Calls a second, for so many seconds."""

    per_second: int
    seconds: float


@dataclass(frozen=True)
class Latency:
    """Milliseconds, over so many blocks; `missing` had not come ten seconds after the last call."""

    per_second: int
    p50_ms: float
    p99_ms: float
    blocks: int
    missing: int


class SilentError(Exception):
    """A process that runs says nothing."""


def latencies(entrant: Entrant, ground: Ground, paces: Sequence[Pace], say: Callable[[str], None]) -> list[Latency]:
    """One process under each pace in turn.

    Raises:
        EndedError: it has ended.
        SilentError: it has said nothing within a minute.

    """
    prefix, now = f"bench-{secrets.token_hex(4)}", some_noon()
    try:
        entrant.prepare(ground, prefix, now)
        with (
            ground.sender(linger_ms=0) as sender,
            Ear(entrant, ground, entrant.outputs(prefix)) as ear,
            Process(entrant.name, entrant.command(), entrant.environment(ground, prefix, now)) as process,
        ):
            feed = Feed(sender, f"{prefix}-dials", live(now - timedelta(minutes=30), seed=1))
            say("waiting for its first block")
            awaken(feed, ear, process)
            return [_under(pace, feed, ear, process, say) for pace in paces]
    finally:
        ground.clear(prefix)


def some_noon() -> datetime:
    """Noon of the day before yesterday: an hour at which anybody may be called, and not in the future."""
    noon = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon - timedelta(days=2)


def awaken(feed: Feed, ear: Ear, process: Process) -> None:
    """Returns when a process that was just started has said all that it had to."""
    filled: set[str] = set()
    for _ in range(_AWAKENING_SECONDS_MAX):
        filled |= feed.run(_AWAKENING_PER_SECOND, seconds=1)
        process.check()
        if ear.heard and ear.wait_for(filled, seconds=_LATE_SECONDS_MAX):
            return
    raise SilentError(f"it said nothing in {_AWAKENING_SECONDS_MAX} s; its log:\n{process.log[-2000:]}")


def _under(pace: Pace, feed: Feed, ear: Ear, process: Process, say: Callable[[str], None]) -> Latency:
    say(f"{pace.per_second} calls a second")
    feed.run(pace.per_second, _WARM_SECONDS)
    filled = feed.run(pace.per_second, pace.seconds)
    ear.wait_for(filled, _LATE_SECONDS_MAX)
    process.check()
    took = [1000 * (ear.heard[debtor] - feed.sent[debtor]) for debtor in filled if debtor in ear.heard]
    if len(took) < 2:
        raise EndedError(f"no blocks came under {pace.per_second} calls a second; its log:\n{process.log[-2000:]}")
    cuts = quantiles(took, n=100, method="inclusive")
    return Latency(pace.per_second, cuts[49], cuts[98], len(took), len(filled) - len(took))
