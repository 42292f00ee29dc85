"""Where a peer works: read from its environment once."""

import os
from typing import NamedTuple


class Place(NamedTuple):
    """Kafka's and Redis's addresses, the consumer group, and the names of the topics."""

    kafka: str
    redis: str
    group: str
    dials: str
    blocks: str
    findings: str


def place() -> Place:
    """The place that the benchmark has named in BENCH_* variables."""
    prefix = os.environ["BENCH_PREFIX"]
    return Place(
        os.environ["BENCH_KAFKA"],
        os.environ["BENCH_REDIS"],
        prefix,
        f"{prefix}-dials",
        f"{prefix}-blocks",
        f"{prefix}-findings",
    )
