"""How far somebody had come at which moment, read from outside: from the arrival of what follows from known records."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Position(NamedTuple):
    """Where an input record stands."""

    partition: int
    offset: int


class Mark(NamedTuple):
    """Something that follows from the input record at `position` arrived at the broker `at` (seconds, wall clock)."""

    at: float
    position: Position


class Stretch(NamedTuple):
    """So many input records were done between two moments (seconds, wall clock)."""

    begin: float
    end: float
    records: int

    @property
    def per_second(self) -> float:
        """The rate."""
        return self.records / (self.end - self.begin)


class TooShortError(Exception):
    """Everything arrived at once: nothing can be said of the speed."""


def stretch(marks: Iterable[Mark], records: int, warm_share: float) -> Stretch:
    """The stretch from when `warm_share` of all records had been done to the last mark.

    A mark says that its record and those before it in its partition have been done. What was done before the first
    of the two moments is left out on both sides: in time and in number.
    """
    farthest: defaultdict[int, int] = defaultdict(int)
    done: list[tuple[float, int]] = []
    for mark in sorted(marks):
        farthest[mark.position.partition] = max(farthest[mark.position.partition], mark.position.offset + 1)
        done.append((mark.at, sum(farthest.values())))
    moments = _last_of_each_moment(done)
    warm = next((moment for moment in moments if moment[1] >= warm_share * records), None)
    if warm is None or moments[-1][0] <= warm[0]:
        raise TooShortError("what followed from the records arrived all at once; take more of them")
    return Stretch(warm[0], moments[-1][0], moments[-1][1] - warm[1])


def _last_of_each_moment(done: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    return list(dict(done).items())
