"""Reads the output topics as their users do: every partition, from the start, in no consumer group."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from stream.shell.delivery.records import is_heartbeat
from stream.shell.kafka.clients import new_consumer
from stream.shell.settings.kafka_access import KafkaAccess

_WAIT_MS = 200


@dataclass(frozen=True, slots=True)
class Heard:
    """One output record. `topic` without prefix; `value` is None where it is no JSON (a dead letter).

    `read_at`: `time.monotonic()` when the reader had it.
    """

    topic: str
    key: str
    raw: bytes
    value: Any
    headers: dict[str, str]
    read_at: float


class Reader:
    """Reads on for ever. Raises KafkaError."""

    def __init__(self, kafka: KafkaAccess, prefix: str, topics: Iterable[str], *, fetch_wait_ms: int) -> None:
        self._prefix = prefix
        self._consumer = new_consumer(
            kafka,
            *(f"{prefix}-{topic}" for topic in topics),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=fetch_wait_ms,
        )

    async def start(self) -> None:
        """Connect and take all partitions of the topics, which have to exist."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def read(self) -> list[Heard]:
        """What has come since the last call, in order within a partition; waits a little where nothing has.

        Heartbeats are left out: they are for machines.
        """
        fetched = await self._consumer.getmany(timeout_ms=_WAIT_MS)
        read_at = time.monotonic()
        told = (record for records in fetched.values() for record in records if not is_heartbeat(record.key))
        return [self._heard(record, read_at) for record in told]

    async def caught_up(self) -> bool:
        """Whether everything that stands on the topics now has been read."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        return all([await self._consumer.position(tp) >= end for tp, end in ends.items()])

    def _heard(self, record: Any, read_at: float) -> Heard:
        topic = record.topic.removeprefix(f"{self._prefix}-")
        headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
        value = None if topic == "dead-letters" else orjson.loads(record.value)
        key = (record.key or b"").decode("utf-8", "replace")
        return Heard(topic, key, record.value, value, headers, read_at)
