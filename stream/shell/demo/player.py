"""Sends the day's events when the demo's clock shows their time, as their producers would."""

import time
from collections import Counter
from collections.abc import Callable, Iterable

from stream.core.partition import partition_of
from stream.shell.demo.clock import DayClock
from stream.shell.demo.event import Event
from stream.shell.kafka.clients import new_producer
from stream.shell.settings.kafka_access import KafkaAccess

Sent = Callable[[Event, float], None]


class Player:
    """A producer that keys, partitions and stamps records as contract §1 wants them. Raises KafkaError."""

    def __init__(self, kafka: KafkaAccess, prefix: str) -> None:
        self._producer = new_producer(kafka, acks="all", enable_idempotence=True)
        self._prefix = prefix
        self._partitions: dict[str, int] = {}
        self.sent: Counter[str] = Counter()
        """Records by topic, without prefix."""

    async def start(self, topics: Iterable[str]) -> None:
        """Connect and ask for every topic (names without prefix): an embedded broker's come to be by that."""
        await self._producer.start()
        for topic in topics:
            self._partitions[topic] = len(await self._producer.partitions_for(f"{self._prefix}-{topic}"))

    async def stop(self) -> None:
        """Disconnect; what is not acknowledged yet is let go."""
        await self._producer.stop()

    async def play(self, events: Iterable[Event], clock: DayClock, tell: Sent) -> None:
        """Send each at its time, in order; `tell` hears of each, with `time.monotonic()` of just before. Returns when
        all are acknowledged.
        """
        for event in events:
            await clock.reach(event.at)
            tell(event, time.monotonic())
            await self._send(event)
        await self._producer.flush()

    async def _send(self, event: Event) -> None:
        await self._producer.send(
            f"{self._prefix}-{event.topic}",
            event.value,
            key=event.key.encode(),
            partition=partition_of(event.key, self._partitions[event.topic]),
            timestamp_ms=event.at // 1000,
        )
        self.sent[event.topic] += 1
