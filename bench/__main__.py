"""`make bench`: everybody does one job on the same events, the same broker and the same Redis; the tables say how."""

import argparse
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.entrants import ENTRANTS
from bench.job.job import Job
from bench.measure.ground import Ground
from bench.measure.latency import Pace
from bench.parts.paces import paces
from bench.parts.rounds import rounds
from bench.parts.starts import starts
from bench.session import session
from bench.terminal import Terminal

_PARTS = ("throughput", "latency", "startup")
_QUICK_DEBTORS, _DEBTORS = 2_000, 20_000
_QUICK_PACES = (Pace(300, 3), Pace(3_000, 2))
_PACES = (Pace(300, 6), Pace(3_000, 3))


def main() -> int:
    """Runs it; see `session` for the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of few events, to see whether all works")
    parser.add_argument("--part", action="append", choices=_PARTS, help="only this part; may be given more than once")
    parser.add_argument("--only", action="append", metavar="WORD", help="only those with this word in their names")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--note", default="", help="what a reader of these figures has to know")
    given = parser.parse_args()
    return session("make bench", partial(_measured, given), write=not given.quick and not given.only, note=given.note)


def _measured(given: argparse.Namespace, ground: Ground, terminal: Terminal) -> Iterator[tuple[str, dict[str, Any]]]:
    parts = given.part or _PARTS
    count = 1 if given.quick else given.rounds
    entrants = [each for each in ENTRANTS if not given.only or any(word in each.name for word in given.only)]
    if "throughput" in parts:
        job = Job.lately(_QUICK_DEBTORS if given.quick else _DEBTORS)
        yield "throughput", rounds(entrants, job, count, ground, terminal)
    if "latency" in parts:
        yield "latency", paces(entrants, _QUICK_PACES if given.quick else _PACES, ground, terminal)
    if "startup" in parts:
        yield "startup", starts(count, ground, terminal)


if __name__ == "__main__":
    sys.exit(main())
