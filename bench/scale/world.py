"""One installation of Duewatch under all of `nifa-2024`, fed by the million, and watched through what it commits."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

from confluent_kafka import Consumer, TopicPartition

from bench.entrants import Duewatch
from bench.measure.ground import PARTITIONS, Ground
from bench.measure.latency import some_noon
from bench.measure.process import Process, cpu_seconds

_LOOK_SECONDS = 0.02
_STILL_SECONDS_MAX = 120


class StuckError(Exception):
    """The worker runs and commits nothing more, though there is more to read."""


class Fed(NamedTuple):
    """A record to be sent in bulk."""

    key: str
    value: bytes
    reported: datetime


class Cost(NamedTuple):
    """What a number of events has cost, in CPU-seconds and by the wall clock."""

    events: int
    process_seconds: float
    redis_seconds: float
    wall_seconds: float

    def __add__(self, other: "Cost") -> "Cost":  # type: ignore[override] # costs add up, they are not joined as tuples
        return Cost(
            self.events + other.events,
            self.process_seconds + other.process_seconds,
            self.redis_seconds + other.redis_seconds,
            self.wall_seconds + other.wall_seconds,
        )

    @property
    def microseconds_each(self) -> float:
        """CPU time of worker and Redis for one event."""
        return (self.process_seconds + self.redis_seconds) / self.events * 1e6


class World:
    """Topics and Redis keys of its own, gone at the end of the with block. Its workers' present is `now`."""

    def __init__(self, ground: Ground, settings: Mapping[str, str] | None = None) -> None:
        self.ground = ground
        self.now = some_noon()
        self.prefix = f"bench-{secrets.token_hex(4)}"
        self._duewatch = Duewatch("worker", "nifa-2024", {"DUEWATCH_COMMIT_INTERVAL_MS": "50", **(settings or {})})
        self._sent = 0

    def __enter__(self) -> Self:
        self._duewatch.prepare(self.ground, self.prefix, self.now)
        self._offsets = Consumer({"bootstrap.servers": self.ground.kafka, "group.id": self.prefix, "log_level": 0})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._offsets.close()
        self.ground.clear(self.prefix)

    def worker(self, name: str = "w1") -> Process:
        """A worker on the measured core."""
        environment = self._duewatch.environment(self.ground, self.prefix, self.now)
        return Process(name, self._duewatch.command(), {**environment, "DUEWATCH_WORKER": name})

    def send(self, records: Iterable[Fed]) -> int:
        """Send calls; returns how many, when Kafka has all of them."""
        count = 0
        with self.bulk_sender() as send:
            for record in records:
                send(record)
                count += 1
        return count

    @contextmanager
    def bulk_sender(self) -> Iterator[Callable[[Fed], None]]:
        """Sends calls; on leaving the with block Kafka has all of them."""
        topic = f"{self.prefix}-dials"
        with self.ground.sender(partitioner="murmur2_random") as sender:

            def send(record: Fed) -> None:
                sender.send_unplaced(topic, *record)
                self._sent += 1

            yield send

    def behind(self) -> int:
        """How many calls have been sent and not been committed."""
        topic = f"{self.prefix}-dials"
        committed = self._offsets.committed([TopicPartition(topic, number) for number in range(PARTITIONS)], timeout=10)
        return self._sent - sum(max(0, each.offset) for each in committed)

    def settle(self, process: Process) -> None:
        """Returns when all calls that were sent have been committed.

        Raises:
            EndedError: the worker has ended.
            StuckError: it commits nothing more.

        """
        moved_at, before = time.monotonic(), -1
        while behind := self.behind():
            process.check()
            if behind != before:
                moved_at, before = time.monotonic(), behind
            if time.monotonic() - moved_at > _STILL_SECONDS_MAX:
                raise StuckError(f"{behind} calls are left, and nothing is committed; its log:\n{process.log[-2000:]}")
            time.sleep(_LOOK_SECONDS)

    def cost(self, process: Process, records: Iterable[Fed]) -> Cost:
        """What it costs to send these calls and wait until they are done; the sender's own time is not in it."""
        began, process_began, redis_began = self._spent(process)
        count = self.send(records)
        self.settle(process)
        ended, process_ended, redis_ended = self._spent(process)
        return Cost(count, process_ended - process_began, redis_ended - redis_began, ended - began)

    def _spent(self, process: Process) -> tuple[float, float, float]:
        return time.monotonic(), cpu_seconds(process.pid), cpu_seconds(self.ground.redis_pid)
