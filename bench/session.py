"""What `make bench` and `make bench-scale` have in common: parts that are measured, shown and written one by one."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.measure.cores import TooFewCoresError, move_aside
from bench.measure.ground import Ground, NoRedisError
from bench.report import capacity, results
from bench.report.figures import keep
from bench.report.machine import where
from bench.terminal import Terminal
from stream.shell.embedded.child import StartupError

Parts = Callable[[Ground, Terminal], Iterator[tuple[str, dict[str, Any]]]]
"""Measures one part after the other, each as its name and its figures."""


def session(command: str, parts: Parts, *, write: bool, note: str = "") -> int:
    """Exit code 0 where all has figures, 1 where something has none, 2 where nothing can be measured here.

    `note` is written beside the figures. A part is written as soon as it is measured, so that an interruption loses
    only the one under way.
    """
    terminal = Terminal()
    began = time.monotonic()
    failed = False
    load = os.getloadavg()[0]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        move_aside()
        with Ground() as ground:
            for name, part in parts(ground, terminal):
                results.show(name, part, terminal)
                failed = failed or bool(part["failed"])
                if write:
                    told = " ".join(filter(None, (part.get("note"), note)))
                    figures = keep({name: part | where(command, ground.versions, load) | {"note": told}})
                    results.write(figures)
                    capacity.write(figures)
                terminal.say("")
    except KeyboardInterrupt:
        terminal.say("interrupted: everything that was started has been ended, the part under way is not written")
        return 130
    except (TooFewCoresError, NoRedisError, StartupError) as error:
        print(f"nothing can be measured here: {error}", file=sys.stderr)
        return 2
    written = ", written to bench/RESULTS.md and bench/CAPACITY.md" if write else ""
    terminal.say(f"took {(time.monotonic() - began) / 60:.1f} minutes{written}")
    return 1 if failed else 0
