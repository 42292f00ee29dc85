"""The table of the common job: medians of the rounds, with the range that they came from."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.report.grid import Grid

_HEAD = (
    "",
    "events/s",
    "lowest to highest",
    "CPU-s per 100 000",
    "Redis CPU-s per 100 000",
    "Kafka CPU-s per 100 000",
    "peak MiB",
    "other findings",
)


def throughput_grid(part: Mapping[str, Any]) -> Grid:
    """Of each name's rounds, the fastest name first; who has failed has no figures."""
    rounds: Mapping[str, Sequence[Mapping[str, float]]] = part["figures"]
    fastest_first = sorted(rounds, key=lambda name: -_median(rounds[name], "events_per_second"))
    rows = [_row(name, rounds[name]) for name in fastest_first]
    rows += [(name, "failed", *[""] * (len(_HEAD) - 2)) for name in part["failed"] if name not in rounds]
    return Grid(_HEAD, tuple(rows))


def _row(name: str, rounds: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    speeds = sorted(each["events_per_second"] for each in rounds)
    others = _median(rounds, "others")
    return (
        name,
        f"{median(speeds):,.0f}",
        f"{speeds[0]:,.0f} to {speeds[-1]:,.0f}",
        f"{_median(rounds, 'cpu_seconds_per_100k'):.2f}",
        f"{_median(rounds, 'redis_cpu_seconds_per_100k'):.2f}",
        f"{_median(rounds, 'kafka_cpu_seconds_per_100k'):.2f}",
        f"{_median(rounds, 'peak_megabytes'):.0f}",
        f"{others:,.0f}" if others else "",
    )


def _median(rounds: Sequence[Mapping[str, float]], name: str) -> float:
    return median(each[name] for each in rounds)
