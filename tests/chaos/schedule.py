"""Which fault happens when: the same for the same seed."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.chaos.faults import FAULTS, Fault, restore_redis


class Planned(NamedTuple):
    """A fault, when it begins, in seconds from the start, and the chance that decides about its details."""

    at_seconds: float
    fault: Fault
    rng: random.Random


def schedule(seed: int, seconds: float, every_seconds: float, snapshot_age_seconds: float) -> Iterator[Planned]:
    """Shuffled rounds through all faults, so that none is left out; about one every so many seconds.

    Nothing is restored from a snapshot before there is one of that age.
    """
    rng = random.Random(seed)
    at_seconds, left = rng.uniform(1, every_seconds), _shuffled(rng)
    while at_seconds < seconds:
        too_early = at_seconds < snapshot_age_seconds + 10
        possible = [fault for fault in left if not (too_early and fault.happen is restore_redis)]
        if not possible:
            left += _shuffled(rng)
            continue
        left.remove(possible[0])
        yield Planned(at_seconds, possible[0], random.Random(rng.random()))
        at_seconds += every_seconds * rng.uniform(0.3, 1.7)


def _shuffled(rng: random.Random) -> list[Fault]:
    faults = list(FAULTS)
    rng.shuffle(faults)
    return faults
