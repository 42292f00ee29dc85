"""Writes a log of so many calls to standard output, for `duewatch replay -`: `python -m bench.scale.log EVENTS`."""

import sys
from random import Random

from bench.job.bulk import call

_CALLS_EACH = 10
_BEGIN_MS = 1_794_000_000_000
_BETWEEN_MS = 60


def main() -> None:
    """About ten calls to each debtor, in the order of time, a million and a half a day."""
    events = int(sys.argv[1])
    rng = Random(events)
    debtors = max(1, events // _CALLS_EACH)
    out = sys.stdout.buffer
    for number in range(events):
        out.write(call(rng, rng.randrange(debtors), _BEGIN_MS + number * _BETWEEN_MS))
        out.write(b"\n")


if __name__ == "__main__":
    main()
