"""`make bench-scale`: how the cost of Duewatch grows. Takes up to an hour."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench.measure.ground import Ground
from bench.measure.process import EndedError
from bench.measure.progress import TooShortError
from bench.measure.throughput import WrongError
from bench.scale.catch_up import catch_up
from bench.scale.memory import memory
from bench.scale.replay import replay
from bench.scale.runaway import WINDOWS, Window, runaway
from bench.scale.sizes import sizes
from bench.scale.workers import workers
from bench.scale.world import StuckError
from bench.session import session
from bench.terminal import Terminal
from stream.shell.embedded.child import StartupError

Say = Callable[[str], None]
Part = Callable[[Ground, Say], dict[str, Any]]

_PARTS: dict[str, Part] = {
    "memory": lambda ground, say: memory(ground, (1, 5, 50), 5_000, say),
    "runaway": lambda ground, say: runaway(ground, WINDOWS, say),
    "workers": lambda ground, say: workers(ground, (1, 2, 4), 20_000, say),
    "sizes": lambda ground, say: sizes(ground, (10_000, 100_000, 500_000, 2_000_000), say),
    "catch_up": lambda ground, say: catch_up(ground, 1_000, 600, say),
    "replay": lambda _, say: replay((100_000, 1_000_000, 10_000_000), say),
}
_QUICK: dict[str, Part] = {
    "memory": lambda ground, say: memory(ground, (1, 5), 1_000, say),
    "runaway": lambda ground, say: runaway(ground, (Window(9, 11, 2), Window(99, 100, 2)), say),
    "workers": lambda ground, say: workers(ground, (1, 2), 2_000, say),
    "sizes": lambda ground, say: sizes(ground, (10_000, 50_000), say, sample=5_000),
    "catch_up": lambda ground, say: catch_up(ground, 200, 60, say),
    "replay": lambda _, say: replay((5_000, 50_000), say),
}
_FAILURES = (EndedError, StartupError, StuckError, TooShortError, WrongError)


def main() -> int:
    """Runs it; see `session` for the exit code."""
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few events, to see whether all works")
    parser.add_argument("--part", action="append", choices=_PARTS, help="only this part; may be given more than once")
    parser.add_argument("--note", default="", help="what a reader of these figures has to know")
    given = parser.parse_args()
    return session("make bench-scale", partial(_measured, given), write=not given.quick, note=given.note)


def _measured(given: argparse.Namespace, ground: Ground, terminal: Terminal) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in (_QUICK if given.quick else _PARTS).items():
        if not given.part or name in given.part:
            with terminal.working(name) as working:
                try:
                    figures = part(ground, working)
                except _FAILURES as error:
                    figures = {"figures": [], "failed": {name: str(error)}, "cores": 0}
            yield name, figures


if __name__ == "__main__":
    sys.exit(main())
