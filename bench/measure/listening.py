"""Reads what somebody says while it is said, as readers of these topics do: all partitions, without a group."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import NamedTuple, Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, TopicPartition

from bench.measure.ground import PARTITIONS

_RECORDS_AT_ONCE = 2000


class Output(NamedTuple):
    """A record of an output topic; `arrived` as the broker stamped it (seconds, wall clock)."""

    topic: str
    value: bytes
    arrived: float


class Listener(AbstractContextManager["Listener"]):
    """A reader of some topics, for as long as a with block."""

    def __init__(self, kafka: str, topics: Sequence[str], offset: int = OFFSET_BEGINNING) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": kafka,
                "group.id": "bench-listener",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
                "fetch.queue.backoff.ms": 1,
                "log_level": 0,
            }
        )
        self._consumer.assign(
            [TopicPartition(topic, partition, offset) for topic in topics for partition in range(PARTITIONS)]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def next(self, seconds: float) -> Iterator[Output]:
        """The next record at once when it comes, or nothing after so long."""
        message = self._consumer.poll(seconds)
        if message is not None:
            yield _output(message)

    def heard(self, seconds: float) -> Iterator[Output]:
        """What has come, waiting at most so long for it."""
        for message in self._consumer.consume(_RECORDS_AT_ONCE, seconds):
            yield _output(message)


def _output(message: Message) -> Output:
    error = message.error()
    if error is not None:
        raise KafkaException(error)
    return Output(str(message.topic()), message.value() or b"", message.timestamp()[1] / 1000)
