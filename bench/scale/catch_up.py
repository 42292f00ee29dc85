"""How long it takes to be up to date again after an outage, while calls go on coming."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from threading import Event, Thread
from typing import Any

from bench.job.bulk import call, key_of, milliseconds, reported
from bench.measure.ground import Ground
from bench.scale.world import Fed, StuckError, World

_DEBTORS = 500_000
_NEARLY_SECONDS = 1.0
_LOOK_SECONDS = 0.5
_CATCHING_UP_SECONDS_MAX = 1_800
_PORTION_SECONDS = 0.1


def catch_up(ground: Ground, per_second: int, outage_seconds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """The topic holds what came during the outage when the worker starts; as many calls a second go on coming.

    It has caught up when no more is left than comes in a second.
    """
    with World(ground) as world:
        calls = _calls(world, per_second)
        say("filling the topic with what came during the outage")
        backlog = world.send(next(calls) for _ in range(per_second * outage_seconds))
        enough = Event()
        feeding = Thread(target=_feed, args=(world, calls, per_second, enough), name="feed")
        try:
            with world.worker() as process:
                began = time.monotonic()
                feeding.start()
                while (behind := world.behind()) > per_second * _NEARLY_SECONDS:
                    process.check()
                    seconds = time.monotonic() - began
                    say(f"{behind:,} behind after {seconds:.0f} s")
                    if seconds > _CATCHING_UP_SECONDS_MAX:
                        raise StuckError(f"{behind:,} calls are left after {seconds:.0f} s")
                    time.sleep(_LOOK_SECONDS)
                seconds = time.monotonic() - began
        finally:
            enough.set()
            feeding.join()
    done = backlog + per_second * seconds
    point = {
        "per_second": per_second,
        "outage_seconds": outage_seconds,
        "backlog": backlog,
        "seconds": seconds,
        "events_per_second": done / seconds,
    }
    return {"figures": [point], "failed": {}}


def _feed(world: World, calls: Iterator[Fed], per_second: int, enough: Event) -> None:
    portion = round(per_second * _PORTION_SECONDS)
    with world.bulk_sender() as send:
        begin = time.monotonic()
        number = 0
        while not enough.wait(max(0.0, begin + number * _PORTION_SECONDS - time.monotonic())):
            for _ in range(portion):
                send(next(calls))
            number += 1


def _calls(world: World, per_second: int) -> Iterator[Fed]:
    """Calls to anybody, as many a second, from four hours ago on."""
    rng = Random(1)
    begin = milliseconds(world.now - timedelta(hours=4))
    number = 0
    while True:
        debtor, begun = rng.randrange(_DEBTORS), begin + number * 1000 // per_second
        yield Fed(key_of(debtor), call(rng, debtor, begun), reported(begun))
        number += 1
