"""The rounds of the common job: everybody in each of them, one after the other."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import zstandard

from bench.entrants import Entrant
from bench.job.job import Job
from bench.measure.ground import PARTITIONS, Ground
from bench.measure.process import EndedError
from bench.measure.progress import TooShortError
from bench.measure.throughput import Task, WrongError, run
from bench.terminal import Terminal
from stream.core.partition import partition_of
from stream.shell.embedded.child import StartupError

_WARM_DEBTORS = 2_000
_COMPRESSED_AT_ONCE = 200


def rounds(entrants: Sequence[Entrant], job: Job, count: int, ground: Ground, terminal: Terminal) -> dict[str, Any]:
    """Figures by name, and who failed why. Each round begins with somebody else."""
    terminal.say("making the calls of the job")
    task = Task(job, lambda key: partition_of(key, PARTITIONS))
    _warm_up(entrants[0], job, ground, terminal)
    figures: dict[str, list[dict[str, Any]]] = {}
    failed: dict[str, str] = {}
    for number in range(count):
        begin = number * len(entrants) // count
        for entrant in [*entrants[begin:], *entrants[:begin]]:
            with terminal.working(f"round {number + 1} of {count}, {entrant.name}") as working:
                try:
                    speed = run(entrant, task, ground, working)
                except (WrongError, EndedError, TooShortError, StartupError) as error:
                    failed[entrant.name] = str(error)
                    terminal.say(f"round {number + 1}  {entrant.name}  failed: {error}")
                    continue
            figures.setdefault(entrant.name, []).append(asdict(speed))
            terminal.say(
                f"round {number + 1}  {entrant.name:<26}  {speed.events_per_second:>9,.0f} events/s  "
                f"{speed.cpu_seconds_per_100k:6.2f} CPU-s per 100 000"
            )
    note = f"{len(task.records):,} records of {job.debtors:,} debtors; medians of {count} rounds."
    return {"figures": figures, "failed": failed, "note": note, "sizes": _sizes(task)}


def _sizes(task: Task) -> dict[str, float]:
    """How long a record is, by itself and in a compressed batch, and how many of them lead to something."""
    values = [record.value for record in task.records[:_COMPRESSED_AT_ONCE]]
    compressed = zstandard.ZstdCompressor().compress(b"".join(values))
    return {
        "value_bytes": sum(map(len, values)) / len(values),
        "zstd_bytes": len(compressed) / len(values),
        "outputs_share": (len(task.expected.findings) + len(task.expected.blocked)) / len(task.records),
    }


def _warm_up(entrant: Entrant, job: Job, ground: Ground, terminal: Terminal) -> None:
    """A run that does not count: a broker that has only just started is slow."""
    with terminal.working("a run that does not count, to warm up the broker") as working:
        small = Task(replace(job, debtors=_WARM_DEBTORS), lambda key: partition_of(key, PARTITIONS))
        run(entrant, small, ground, working)
