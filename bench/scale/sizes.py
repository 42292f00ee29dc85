"""What an event costs among ten thousand debtors, and among millions; and how much memory a debtor takes in Redis."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from bench.job.bulk import call, key_of, milliseconds, reported
from bench.measure.ground import Ground
from bench.measure.process import Process, resident_megabytes
from bench.scale.world import Cost, Fed, World

_WORK_DAY_MS = 8 * 3_600_000
_MORNING_MS = 3 * 3_600_000


def sizes(ground: Ground, wanted: Sequence[int], say: Callable[[str], None], *, sample: int = 50_000) -> dict[str, Any]:
    """For each number of debtors, who all have had one call: the cost of the next call of a `sample` of them.

    Nobody is called twice in a sample, and nobody is in two of them, so that only the number of debtors differs.
    A number that is smaller than a sample is measured in several worlds, one after the other.
    """
    points = []
    small = [size for size in wanted if size < sample]
    for size in small:
        cost = Cost(0, 0, 0, 0)
        for number in range(sample // size):
            with World(ground) as world, world.worker() as process:
                say(f"{size:,} debtors, world {number + 1} of {sample // size}")
                _load(world, process, range(size))
                cost += world.cost(process, _second_calls(world, Random(number).sample(range(size), size), number))
                memory = resident_megabytes(process.pid)
        points.append(_point(size, cost, memory))
    with World(ground) as world, world.worker() as process:
        loaded = 0
        for size in (size for size in wanted if size >= sample):
            say(f"loading {size:,} debtors")
            _load(world, process, range(loaded, size))
            say(f"{size:,} debtors")
            called = Random(size).sample(range(loaded, size), sample)
            cost = world.cost(process, _second_calls(world, called, size))
            points.append(_point(size, cost, resident_megabytes(process.pid)))
            loaded = size
    return {"figures": points, "failed": {}}


def _point(size: int, cost: Cost, memory: float) -> dict[str, float]:
    return {
        "debtors": size,
        "microseconds": cost.microseconds_each,
        "worker_microseconds": cost.process_seconds / cost.events * 1e6,
        "redis_microseconds": cost.redis_seconds / cost.events * 1e6,
        "events_per_second": cost.events / cost.wall_seconds,
        "worker_megabytes": memory,
    }


def _load(world: World, process: Process, debtors: range) -> None:
    """One call to each, spread over yesterday."""
    rng = Random(debtors.start)
    begin = milliseconds(world.now - timedelta(hours=26))
    world.send(_calls(rng, debtors, begin, _WORK_DAY_MS))
    world.settle(process)


def _second_calls(world: World, debtors: Sequence[int], seed: int) -> Iterator[Fed]:
    return _calls(Random(-1 - seed), debtors, milliseconds(world.now) - _MORNING_MS, _MORNING_MS // 2)


def _calls(rng: Random, debtors: Sequence[int], begin_ms: int, during_ms: int) -> Iterator[Fed]:
    for place, debtor in enumerate(debtors):
        begun = begin_ms + during_ms * place // len(debtors)
        yield Fed(key_of(debtor), call(rng, debtor, begun), reported(begun))
