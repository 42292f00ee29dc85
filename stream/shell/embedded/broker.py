"""A Kafka broker inside this process, for as long as a with block."""

from types import TracebackType
from typing import Self

from confluent_kafka import Producer

_STARTUP_SECONDS = 10


class EmbeddedBroker:
    """librdkafka's mock cluster of one broker, on loopback: up in milliseconds, and gone after the with block.

    Idempotent producers, groups and commits work. Topics appear when they are asked for and have four partitions;
    creating and describing them, lookups by time and transactions do not work.
    """

    address: str
    """`host:port`, inside the with block."""

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            confluent_kafka.KafkaException: it does not answer.

        """
        self._owner = Producer({"test.mock.num.brokers": 1, "log_level": 3})
        (broker,) = self._owner.list_topics(timeout=_STARTUP_SECONDS).brokers.values()
        self.address = f"{broker.host}:{broker.port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it: the cluster lives as long as the producer that owns it."""
        del self._owner
