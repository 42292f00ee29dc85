"""RESULTS.md, made of the figures that are kept."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.report import scale
from bench.report.figures import Figures
from bench.report.grid import Grid
from bench.report.latency import latency_grid
from bench.report.startup import startup_grid
from bench.report.throughput import throughput_grid, throughput_remarks
from bench.terminal import Terminal

FILE = Path(__file__).parents[1] / "RESULTS.md"


def _nothing(_: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


class Section(NamedTuple):
    """A part of the page: its title, its table, and what is to be said of that."""

    title: str
    grid: Callable[[Mapping[str, Any]], Grid]
    remarks: Callable[[Mapping[str, Any]], Iterator[str]] = _nothing


SECTIONS: dict[str, Section] = {
    "throughput": Section("The common job", throughput_grid, throughput_remarks),
    "latency": Section("From an event to its block", latency_grid),
    "startup": Section("Start-up", startup_grid),
    "sizes": Section("Cost of an event by the number of debtors", scale.sizes_grid, scale.sizes_remarks),
    "runaway": Section("One debtor, called all day long", scale.runaway_grid, scale.runaway_remarks),
    "workers": Section("Workers", scale.workers_grid, scale.workers_remarks),
    "memory": Section("Redis memory of a debtor", scale.memory_grid, scale.memory_remarks),
    "catch_up": Section("After an outage", scale.catch_up_grid),
    "replay": Section("Replay of a log", scale.replay_grid),
}
"""By the name of the part of the figures."""


def show(name: str, part: Mapping[str, Any], terminal: Terminal) -> None:
    """Print a section."""
    section = SECTIONS[name]
    section.grid(part).show(terminal.console, section.title)
    for text in _said(section, part):
        terminal.say(text)


def write(figures: Figures, file: Path = FILE) -> None:
    """Write the page."""
    file.write_text("\n".join(_page(figures)))


def _page(figures: Figures) -> Iterator[str]:
    yield "# Results of the benchmark\n"
    yield "Written by `make bench` and `make bench-scale`; how it is measured stands in [README.md](README.md).\n"
    for name, section in SECTIONS.items():
        if part := figures.get(name):
            yield f"## {section.title}\n"
            yield f"{_where(part)}\n"
            yield section.grid(part).markdown()
            yield from (f"{text}\n" for text in _said(section, part))


def _said(section: Section, part: Mapping[str, Any]) -> Iterator[str]:
    yield from section.remarks(part)
    yield from (f"{who} failed: {why}" for who, why in part["failed"].items())


def _where(part: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in part["versions"].items())
    notes = f" {part['note']}" if part.get("note") else ""
    return f"`{part['command']}`, {part['date']}, commit {part['commit']}; {part['machine']}; {versions}.{notes}"
