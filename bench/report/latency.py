"""The table of latencies."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.report.grid import Grid


def latency_grid(part: Mapping[str, Any]) -> Grid:
    """Median and 99th percentile in milliseconds under each pace, the shortest first; who falls behind says so."""
    paces = [pace["per_second"] for pace in part["paces"]]
    head = ("event → block, ms", *(f"{name} at {pace:,}/s" for pace in paces for name in ("p50", "p99")))
    figures: Mapping[str, Sequence[Mapping[str, float]]] = part["figures"]
    shortest_first = sorted(figures, key=lambda name: figures[name][0]["p50_ms"])
    rows = [(name, *(cell for each in figures[name] for cell in _cells(each))) for name in shortest_first]
    rows += [(name, *["failed"] * (len(head) - 1)) for name in part["failed"]]
    return Grid(head, tuple(rows))


def _cells(figures: Mapping[str, float]) -> tuple[str, str]:
    if figures["missing"]:
        return "falls behind", f"{figures['missing']:.0f} of {figures['blocks'] + figures['missing']:.0f} missing"
    return f"{figures['p50_ms']:,.1f}", f"{figures['p99_ms']:,.1f}"
