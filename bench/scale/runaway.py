"""What the tenth, the hundredth and the ten thousandth call of one debtor in a day cost: a dialer that has run away."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from bench.job.bulk import call, key_of, milliseconds, reported
from bench.measure.ground import Ground
from bench.scale.world import Cost, Fed, World

_DEBTORS_AT_ONCE = 100
_BETWEEN_MS = 1_000


class Window(NamedTuple):
    """Measured: the calls from the one to the other of `groups` groups of a hundred debtors."""

    first: int
    last: int
    groups: int


WINDOWS = (Window(9, 11, 10), Window(98, 100, 10), Window(9_971, 10_000, 1))
"""Three thousand calls each."""


def runaway(ground: Ground, windows: Sequence[Window], say: Callable[[str], None]) -> dict[str, Any]:
    """For each window, what one of its calls costs. A hundred debtors are called at once, so that batches are alike;
    every call is effective, so that each one after the third is a finding.
    """
    points = []
    with World(ground, {"DUEWATCH_COMMIT_INTERVAL_MS": "10"}) as world, world.worker() as process:
        begin = milliseconds(world.now - timedelta(hours=3, minutes=45))
        reached = 0
        for window in windows:
            groups = range(window.groups)
            say(f"up to call {window.first:,}")
            world.send(_calls(begin, groups, range(reached + 1, window.first)))
            world.settle(process)
            cost = Cost(0, 0, 0, 0)
            for number in range(window.first, window.last + 1):
                say(f"call {number:,}")
                for group in groups:
                    cost += world.cost(process, _calls(begin, [group], [number]))
            reached = window.last
            points.append({"contact": window.last, "microseconds": cost.microseconds_each, "events": cost.events})
    return {"figures": points, "failed": {}}


def _calls(begin_ms: int, groups: Sequence[int], numbers: Sequence[int]) -> Iterator[Fed]:
    for number in numbers:
        begun = begin_ms + number * _BETWEEN_MS
        for group in groups:
            for debtor in range(group * _DEBTORS_AT_ONCE, (group + 1) * _DEBTORS_AT_ONCE):
                rng = Random(debtor * 100_003 + number)
                yield Fed(key_of(debtor), call(rng, debtor, begun, effective=True), reported(begun))
