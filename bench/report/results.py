"""RESULTS.md, made of the figures that are kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.report.figures import Figures
from bench.report.grid import Grid
from bench.report.latency import latency_grid
from bench.report.startup import startup_grid
from bench.report.throughput import throughput_grid

FILE = Path(__file__).parents[1] / "RESULTS.md"

TABLES: dict[str, tuple[str, Callable[[dict[str, Any]], Grid]]] = {
    "throughput": ("The common job", throughput_grid),
    "latency": ("From an event to its block", latency_grid),
    "startup": ("Start-up", startup_grid),
}
"""Part of the figures → the title and the table that are made of it."""


def write(figures: Figures, file: Path = FILE) -> None:
    """Write the page."""
    file.write_text("\n".join(_page(figures)))


def _page(figures: Figures) -> Iterator[str]:
    yield "# Results of the benchmark\n"
    yield "Written by `make bench` and `make bench-scale`; how it is measured stands in [README.md](README.md).\n"
    for name, (title, grid_of) in TABLES.items():
        if part := figures.get(name):
            yield f"## {title}\n"
            yield f"{_where(part)}\n"
            yield grid_of(part).markdown()
            yield from (f"{who} failed: {why}\n" for who, why in part["failed"].items())


def _where(part: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in part["versions"].items())
    notes = f" {part['note']}" if "note" in part else ""
    return f"`{part['command']}`, {part['date']}, commit {part['commit']}; {part['machine']}; {versions}.{notes}"
