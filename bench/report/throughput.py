"""The table of the common job: medians of the rounds, with the range that they came from."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from bench.report.grid import Grid

_DISTURBED_SHARE_MAX = 0.03
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


def throughput_remarks(part: Mapping[str, Any]) -> Iterator[str]:
    """How far the measured core was not left alone."""
    disturbed = [each["disturbed_share"] for rounds in part["figures"].values() for each in rounds]
    if disturbed and max(disturbed) > _DISTURBED_SHARE_MAX:
        yield (
            f"The measured core was not left alone: somebody else used {median(disturbed):.0%} of it in the middle one"
            f" of these runs, and {max(disturbed):.0%} in the worst. Measure again on a machine that does nothing else."
        )


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
