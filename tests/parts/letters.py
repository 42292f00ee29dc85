"""Dead letters on a topic of their own, as workers write them, and what is on any topic."""

from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream.shell.codec.refusal import Refusal
from stream.shell.delivery.records import OutRecord, dead_letter_record

Place = tuple[str, int, int]


def letter(
    place: Place,
    word: str = "bad-value",
    value: bytes = b"{}",
    key: bytes | None = b"bank-a|D1",
    headers: Iterable[tuple[str, Any]] = (),
    *,
    message: str = "$.mode is not one of the allowed words",
    timestamp_ms: int = 1_763_877_911_000,
) -> OutRecord:
    """A dead letter of a record that stood at a place."""
    return dead_letter_record(value, key, list(headers), Refusal(word, message), place, timestamp_ms)


async def publish(address: str, topic: str, letters: Iterable[OutRecord], partition: int = 0) -> list[int]:
    """Writes letters to one partition; returns their offsets."""
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all") as producer:
        return [
            (
                await producer.send_and_wait(
                    topic, each.value, key=each.key, partition=partition, headers=list(each.headers)
                )
            ).offset
            for each in letters
        ]


async def everything(address: str, topic: str, partitions: int) -> list[Any]:
    """All records of a topic."""
    async with AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest") as consumer:
        named = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(named)
        ends = await consumer.end_offsets(named)
        records: list[Any] = []
        while len(records) < sum(ends.values()):
            for fetched in (await consumer.getmany(timeout_ms=500)).values():
                records += fetched
        return records
