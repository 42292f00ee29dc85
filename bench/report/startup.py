"""The table of start-up times, beside what was aimed at."""

from collections.abc import Mapping
from typing import Any

from bench.report.grid import Grid

_ROWS = (
    ("help_seconds", "`duewatch --help`", "0.3"),
    ("ready_seconds", "a new worker on an idle cluster is ready", "3"),
    ("back_after_term_seconds", "a worker ended with TERM says its first block again, from its start", "5"),
    ("back_after_kill_seconds", "the same after kill -9", "5"),
)


def startup_grid(part: Mapping[str, Any]) -> Grid:
    """Seconds."""
    figures = part["figures"]
    rows = [(what, f"{figures[name]:.2f}" if name in figures else "failed", aim) for name, what, aim in _ROWS]
    return Grid(("start-up", "seconds", "aim, under"), tuple(rows))
