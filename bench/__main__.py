"""`make bench`: everybody does one job on the same events, the same broker and the same Redis; the table says how."""

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Any

from bench.entrants import ENTRANTS
from bench.job.job import Job
from bench.measure.cores import TooFewCoresError, move_aside
from bench.measure.ground import Ground, NoRedisError
from bench.measure.latency import Pace
from bench.parts.paces import paces
from bench.parts.rounds import rounds
from bench.parts.starts import starts
from bench.report import results
from bench.report.figures import keep
from bench.report.machine import where
from bench.terminal import Terminal
from stream.shell.embedded.child import StartupError

_PARTS = ("throughput", "latency", "startup")
_QUICK_DEBTORS, _DEBTORS = 2_000, 20_000
_QUICK_PACES = (Pace(300, 3), Pace(3_000, 2))
_PACES = (Pace(300, 10), Pace(3_000, 5))


def main() -> int:
    """Exit code 0 where everybody has figures, 1 where somebody has none, 2 where nothing can be measured here."""
    given = _arguments()
    terminal = Terminal()
    began = time.monotonic()
    failed = False
    try:
        move_aside()
        with Ground() as ground:
            for name, part in _measured(given, ground, terminal):
                title, grid_of = results.TABLES[name]
                grid_of(part).show(terminal.console, title)
                failed = failed or bool(part["failed"])
                if not given.quick and not given.only:
                    results.write(keep({name: part | where("make bench", ground.versions)}))
                    terminal.say("written to bench/RESULTS.md\n")
    except KeyboardInterrupt:
        terminal.say("interrupted: everything that was started has been ended; unfinished parts are not written")
        return 130
    except (TooFewCoresError, NoRedisError, StartupError) as error:
        print(f"nothing can be measured here: {error}", file=sys.stderr)
        return 2
    terminal.say(f"took {(time.monotonic() - began) / 60:.1f} minutes")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of few events, to see whether all works")
    parser.add_argument("--part", action="append", choices=_PARTS, help="only this part; may be given more than once")
    parser.add_argument("--only", action="append", metavar="WORD", help="only those with this word in their names")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


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
