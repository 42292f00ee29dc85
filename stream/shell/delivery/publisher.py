"""Publishes records and waits until Kafka has acknowledged every one of them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from stream.core.partition import partition_of
from stream.shell.delivery.portions import portions, size_of_record
from stream.shell.delivery.records import OutRecord
from stream.shell.kafka.clients import new_producer
from stream.shell.settings.kafka_access import KafkaAccess
from stream.shell.topics.outputs import Outputs

_BATCH_BYTES_MAX = 256 * 1024


class PublishError(Exception):
    """Records were not acknowledged in time. They may land later all the same: the process has to end unconfirmed."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """How many records, and bytes of them, are waited for at a time: Kafka has to acknowledge so much within the
    time-out of a request.
    """

    records_max: int = 1000
    bytes_max: int = 8 * 1024 * 1024


class Publisher(Protocol):
    """Where output records go."""

    async def publish(self, records: Iterable[OutRecord]) -> None:
        """Returns when all are acknowledged; raises PublishError otherwise."""


class KafkaPublisher:
    """An idempotent producer with acks=all; records of one key keep their order."""

    def __init__(
        self, kafka: KafkaAccess, outputs: Outputs, *, timeout_seconds: float, in_flight: InFlight | None = None
    ) -> None:
        self._kafka = kafka
        self._outputs = outputs
        self._timeout_seconds = timeout_seconds
        self._in_flight = in_flight or InFlight()
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}

    async def start(self) -> None:
        """Connects; raises PublishError where no broker answers."""
        producer = new_producer(
            self._kafka,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            # A producer has one request per partition under way: with small ones a large batch takes a long time.
            max_batch_size=_BATCH_BYTES_MAX,
            max_request_size=4 * _BATCH_BYTES_MAX,
            request_timeout_ms=int(self._timeout_seconds * 1000),
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise PublishError(f"no broker answers at {self._kafka} (DUEWATCH_KAFKA): {error}") from error
        self._producer = producer

    async def stop(self) -> None:
        """Ends the connection; what was published is acknowledged already."""
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, records: Iterable[OutRecord]) -> None:
        """Sends all in order and waits for every acknowledgement."""
        most = self._in_flight
        for some in portions(records, size_of_record, most.records_max, most.bytes_max):
            await self._publish_some(some)

    async def _publish_some(self, records: Sequence[OutRecord]) -> None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await asyncio.gather(*[await self._send(record) for record in records])
        except TimeoutError as error:
            late = f"{len(records)} records were not acknowledged in {self._timeout_seconds:g} s"
            raise PublishError(f"{late}, to {self._names(records)}") from error
        except KafkaError as error:
            raise PublishError(f"Kafka refused a record to {self._names(records)}: {error}") from error

    def _names(self, records: Sequence[OutRecord]) -> str:
        # One of them: where institutions have topics of their own, no line of a log says of two.
        first, *more = sorted({self._outputs.name(record) for record in records})
        others = f" or one of {len(more)} other topics" if more else ""
        return f"{first}{others} (is it there, may this user write to it?)"

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has, by its whole name."""
        if topic not in self._partitions:
            assert self._producer is not None  # noqa: S101 - started before anything is published
            self._partitions[topic] = len(await self._producer.partitions_for(topic))
        return self._partitions[topic]

    async def _send(self, record: OutRecord) -> asyncio.Future[object]:
        assert self._producer is not None  # noqa: S101 - as above
        topic, partition = self._outputs.name(record), record.partition
        if record.partitioned_by is not None:
            partition = partition_of(record.partitioned_by, await self.partitions(topic))
        sent: asyncio.Future[object] = await self._producer.send(
            topic,
            value=record.value,
            key=record.key,
            partition=partition,
            headers=list(record.headers),
        )
        return sent
