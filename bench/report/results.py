"""RESULTS.md, made of the figures that are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.report.figures import Figures
from bench.report.throughput import throughput_grid

FILE = Path(__file__).parents[1] / "RESULTS.md"


def write(figures: Figures, file: Path = FILE) -> None:
    """Write the page."""
    file.write_text("\n".join(_page(figures)))


def _page(figures: Figures) -> Iterator[str]:
    yield "# Results of the benchmark\n"
    yield "Written by `make bench` and `make bench-scale`; how it is measured stands in [README.md](README.md).\n"
    if job := figures.get("throughput"):
        yield "## The common job\n"
        yield _where(job)
        yield f"{job['records']:,} records of {job['debtors']:,} debtors; {job['rounds']} rounds, medians.\n"
        yield throughput_grid(job["figures"], job["failed"]).markdown()
        yield from _failures(job)


def _where(part: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in part["versions"].items())
    return f"`{part['command']}` on {part['date']}, commit {part['commit']}: {part['machine']}. {versions}.\n"


def _failures(part: dict[str, Any]) -> Iterator[str]:
    for name, why in part["failed"].items():
        yield f"{name} failed: {why}\n"
