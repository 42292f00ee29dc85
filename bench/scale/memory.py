"""How many bytes of Redis a debtor takes, with one contact and with many."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from bench.job.bulk import call, key_of, milliseconds, reported
from bench.measure.ground import Ground
from bench.scale.world import Fed, World

_DAYS = 6
_BETWEEN_MS = 600_000


def memory(ground: Ground, contacts: Sequence[int], debtors: int, say: Callable[[str], None]) -> dict[str, Any]:
    """For each number of contacts, spread over six days, the bytes that each of so many debtors takes in Redis."""
    points = []
    for count in contacts:
        say(f"{count} contacts each")
        with World(ground) as world, world.worker() as process:
            world.send(_calls(world, range(1), 1))  # so that what is there once is not counted
            world.settle(process)
            before = _used(ground)
            world.send(_calls(world, range(1, debtors + 1), count))
            world.settle(process)
            points.append({"contacts": count, "bytes": (_used(ground) - before) / debtors, "debtors": debtors})
    return {"figures": points, "failed": {}}


def _used(ground: Ground) -> int:
    # What clients' buffers take comes and goes; the data set is what stays.
    return int(ground.redis.memory_stats()["dataset.bytes"])


def _calls(world: World, debtors: range, count: int) -> Iterator[Fed]:
    """Each debtor's contacts in the order of time, day by day."""
    rng = Random(count)
    morning = milliseconds(world.now - timedelta(days=_DAYS - 1, hours=3))
    for number in range(count):
        day, place = divmod(number * _DAYS, count)
        begun = morning + day * 86_400_000 + place // _DAYS * _BETWEEN_MS
        for debtor in debtors:
            yield Fed(key_of(debtor), call(rng, debtor, begun), reported(begun))
