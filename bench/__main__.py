"""`make bench`: everybody does one job on the same events, the same broker and the same Redis; the table says how."""

import argparse
import sys
import time
from typing import Any

from bench.entrants import ENTRANTS, Entrant
from bench.job.job import Job
from bench.measure.cores import TooFewCoresError, move_aside
from bench.measure.ground import Ground, NoRedisError
from bench.report import results
from bench.report.figures import keep
from bench.report.machine import commit, machine, today, versions
from bench.report.throughput import throughput_grid
from bench.rounds import rounds
from bench.terminal import Terminal
from stream.shell.embedded.child import StartupError

_QUICK_DEBTORS = 2_000


def main() -> int:
    """Exit code 0 where everybody has figures, 1 where somebody has none, 2 where nothing can be measured here."""
    given = _arguments()
    entrants = [each for each in ENTRANTS if not given.only or any(word in each.name for word in given.only)]
    terminal = Terminal()
    began = time.monotonic()
    try:
        move_aside()
        with Ground() as ground:
            part = _measured(given, entrants, ground, terminal)
    except KeyboardInterrupt:
        terminal.say("interrupted: everything that was started has been ended, nothing is written")
        return 130
    except (TooFewCoresError, NoRedisError, StartupError) as error:
        print(f"nothing can be measured here: {error}", file=sys.stderr)
        return 2
    throughput_grid(part["figures"], part["failed"]).show(terminal.console, "The common job, medians")
    if not given.quick and not given.only:
        results.write(keep({"throughput": part}))
        terminal.say("written to bench/RESULTS.md")
    terminal.say(f"took {(time.monotonic() - began) / 60:.1f} minutes")
    return 1 if part["failed"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of few events, to see whether all works")
    parser.add_argument("--only", action="append", metavar="WORD", help="only those with this word in their names")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--debtors", type=int, default=20_000)
    return parser.parse_args()


def _measured(given: argparse.Namespace, entrants: list[Entrant], ground: Ground, terminal: Terminal) -> dict[str, Any]:
    job = Job.lately(_QUICK_DEBTORS if given.quick else given.debtors)
    part = rounds(entrants, job, 1 if given.quick else given.rounds, ground, terminal)
    where = {"command": "make bench", "date": today(), "commit": commit(), "machine": machine()}
    return part | where | {"versions": ground.versions | versions()}


if __name__ == "__main__":
    sys.exit(main())
