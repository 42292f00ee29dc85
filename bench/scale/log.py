"""Writes a log of so many calls to standard output, for `duewatch replay`: `python -m bench.scale.log EVENTS`."""

import sys
from random import Random

from bench.job.bulk import call

_CALLS_EACH = 10
_DAYS = 3
_DAY_MS = 86_400_000
_BEGIN_MS = 1_793_923_200_000  # 08:00 of a day in Shanghai; nobody calls before that, or after 21:00
_OPEN_MS = 13 * 3_600_000


def main() -> None:
    """About ten calls to each debtor over three days, in the order of time: few of them break a rule."""
    events = int(sys.argv[1])
    rng = Random(events)
    debtors = max(1, events // _CALLS_EACH)
    out = sys.stdout.buffer
    for number in range(events):
        day, since_opening_ms = divmod(number * _DAYS * _OPEN_MS // events, _OPEN_MS)
        begun_ms = _BEGIN_MS + day * _DAY_MS + since_opening_ms
        out.write(call(rng, rng.randrange(debtors), begun_ms))
        out.write(b"\n")


if __name__ == "__main__":
    main()
