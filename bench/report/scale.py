"""The curves of `make bench-scale`: a point in each row, with a bar as long as its cost, and what was aimed at."""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.report.grid import Grid

Part = Mapping[str, Any]

_BAR_MAX = 24


def sizes_grid(part: Part) -> Grid:
    """CPU time of one event by the number of debtors."""
    head = ("debtors", "CPU µs per event", "worker", "Redis", "events/s", "worker MiB", "")
    most = _most(part, "microseconds")
    rows = [
        (
            f"{point['debtors']:,}",
            f"{point['microseconds']:.1f}",
            f"{point['worker_microseconds']:.1f}",
            f"{point['redis_microseconds']:.1f}",
            f"{point['events_per_second']:,.0f}",
            f"{point['worker_megabytes']:.0f}",
            _bar(point["microseconds"], most),
        )
        for point in part["figures"]
    ]
    return Grid(head, tuple(rows))


def sizes_remarks(part: Part) -> Iterator[str]:
    """How flat it is."""
    if len(part["figures"]) > 1:
        first, last = part["figures"][0], part["figures"][-1]
        times = last["microseconds"] / first["microseconds"]
        yield _verdict(f"An event among {last['debtors']:,} debtors costs", times, f"{first['debtors']:,} debtors", 1.3)


def runaway_grid(part: Part) -> Grid:
    """CPU time of the n-th call of a debtor in a day."""
    most = _most(part, "microseconds")
    rows = [
        (f"{each['contact']:,}", f"{each['microseconds']:,.0f}", _bar(each["microseconds"], most))
        for each in part["figures"]
    ]
    return Grid(("call of the day", "CPU µs", ""), tuple(rows))


def runaway_remarks(part: Part) -> Iterator[str]:
    """How the later ones compare with the earlier ones."""
    costs = [(each["contact"], each["microseconds"]) for each in part["figures"]]
    for (earlier, less), (later, more), aim in zip(costs, costs[1:], (5, 2), strict=False):
        yield _verdict(f"Call {later:,} costs", more / less, f"call {earlier:,}", aim)


def workers_grid(part: Part) -> Grid:
    """Events a second and cores used by the number of workers."""
    head = ("workers", "events/s", "cores used by workers", "by Redis", "by Kafka", "MiB of all workers", "")
    most = _most(part, "events_per_second")
    rows = [
        (
            f"{point['workers']}",
            f"{point['events_per_second']:,.0f}",
            *(f"{_cores(point, name):.2f}" for name in ("cpu", "redis_cpu", "kafka_cpu")),
            f"{point['peak_megabytes']:.0f}",
            _bar(point["events_per_second"], most),
        )
        for point in part["figures"]
    ]
    return Grid(head, tuple(rows))


def workers_remarks(part: Part) -> Iterator[str]:
    """How much of the second core is used."""
    by_count = {point["workers"]: point for point in part["figures"]}
    if {1, 2} <= by_count.keys():
        times = by_count[2]["events_per_second"] / by_count[1]["events_per_second"]
        yield (
            f"Two workers do {times:.2f} × what one does, on {part['cores']} cores, which they share with the broker,"
            " Redis and the reader of the results."
        )


def memory_grid(part: Part) -> Grid:
    """Bytes in Redis by the number of contacts."""
    most = _most(part, "bytes")
    rows = [(f"{each['contacts']}", f"{each['bytes']:,.0f}", _bar(each["bytes"], most)) for each in part["figures"]]
    return Grid(("contacts of a debtor", "bytes of Redis", ""), tuple(rows))


def memory_remarks(part: Part) -> Iterator[str]:
    """Whether the aim is met."""
    for point in part["figures"]:
        if point["contacts"] == 5:
            met = "met" if point["bytes"] <= 1_500 else "not met"
            yield f"The aim was at most 1,500 bytes at 5 contacts: {met}."


def catch_up_grid(part: Part) -> Grid:
    """From an outage to being up to date."""
    head = ("outage", "events behind", "up to date after, s", "events/s meanwhile")
    rows = [
        (
            f"{point['outage_seconds'] / 60:,.0f} min at {point['per_second']:,} events/s",
            f"{point['backlog']:,}",
            f"{point['seconds']:,.0f}",
            f"{point['events_per_second']:,.0f}",
        )
        for point in part["figures"]
    ]
    return Grid(head, tuple(rows))


def replay_grid(part: Part) -> Grid:
    """Speed and memory of `duewatch replay`."""
    head = ("events", "seconds", "events/s", "peak MiB", "")
    most = _most(part, "megabytes")
    rows = [
        (
            f"{point['events']:,}",
            f"{point['seconds']:,.0f}",
            f"{point['events'] / point['seconds']:,.0f}",
            f"{point['megabytes']:,.0f}",
            _bar(point["megabytes"], most),
        )
        for point in part["figures"]
    ]
    return Grid(head, tuple(rows))


def _most(part: Part, name: str) -> float:
    return max((point[name] for point in part["figures"]), default=1)


def _bar(value: float, most: float) -> str:
    return "█" * max(1, round(_BAR_MAX * value / most))


def _cores(point: Mapping[str, float], name: str) -> float:
    return point[f"{name}_seconds_per_100k"] * point["events_per_second"] / 100_000


def _verdict(what: str, times: float, beside: str, aim: float) -> str:
    met = "met" if times <= aim else "not met"
    return f"{what} {times:.2f} × what it does at {beside}; the aim was at most {aim:g} ×: {met}."
