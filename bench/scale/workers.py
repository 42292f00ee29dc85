"""One, two and four workers on twelve partitions, when everybody may use every core."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from bench.entrants import Duewatch
from bench.job.job import Job
from bench.measure.cores import all_cores, other_cores, pin_whole
from bench.measure.ground import PARTITIONS, Ground
from bench.measure.throughput import Crew, Task, run
from stream.core.partition import partition_of


def workers(ground: Ground, counts: Sequence[int], debtors: int, say: Callable[[str], None]) -> dict[str, Any]:
    """For each number of workers, the figures of the common job under all of `nifa-2024`."""
    task = Task(Job.lately(debtors), lambda key: partition_of(key, PARTITIONS))
    points = []
    servers = (ground.kafka_pid, ground.redis_pid)
    try:
        for pid in servers:
            pin_whole(pid, all_cores())
        for count in counts:
            say(f"{count} workers")
            speed = run(Duewatch("workers", "nifa-2024"), task, ground, say, Crew(count, all_cores()))
            points.append({"workers": count, **asdict(speed)})
    finally:
        for pid in servers:
            pin_whole(pid, other_cores())
    return {"figures": points, "failed": {}, "cores": len(all_cores())}
