"""The topics as a log to be read from one offset to another."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from stream.shell.consumers import stop_consumer
from stream.shell.kafka.clients import new_consumer
from stream.shell.settings.kafka_access import KafkaAccess

_RECORDS_MAX = 2000
_WAIT_MS = 500
_FETCH_WAIT_MS = 10
"""A fetch that finds nothing holds up the next partition so long: one is always on its way at a partition's end."""
_FETCH_BYTES_MAX = 8 * 1024 * 1024


class Stretch(NamedTuple):
    """Where to begin in a partition, and where to end (exclusive)."""

    begin: int
    end: int


class Log:
    """Partitions to read from, as seen by no group; `partitions` are those of all its topics."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        self._consumer = consumer
        self.partitions = partitions

    async def bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Stretch]:
        """From the oldest record to the end, as they are now."""
        if not partitions:
            return {}
        begins, ends = await self._consumer.beginning_offsets(partitions), await self._consumer.end_offsets(partitions)
        return {tp: Stretch(begins[tp], ends[tp]) for tp in partitions}

    async def since(self, whole: Mapping[TopicPartition, Stretch], instant: int) -> dict[TopicPartition, Stretch]:
        """What of these is left from the first record on that was recorded at the instant or later.

        Brokers that cannot look up times find none at all; then everything is.
        """
        if not whole:
            return {}
        times = dict.fromkeys(whole, max(0, instant // 1000))
        found = await self._consumer.offsets_for_times(times)
        if not any(found.values()):
            return dict(whole)
        return {
            tp: Stretch(place.offset if (place := found.get(tp)) else stretch.end, stretch.end)
            for tp, stretch in whole.items()
        }

    async def read(
        self, stretches: Mapping[TopicPartition, Stretch], records_max: int = _RECORDS_MAX
    ) -> AsyncIterator[tuple[str, list[Any]]]:
        """The records of these partitions, topic by topic as they come."""
        left = {tp: stretch for tp, stretch in stretches.items() if stretch.begin < stretch.end}
        if not left:
            return
        self._consumer.assign(list(left))
        for tp, stretch in left.items():
            self._consumer.seek(tp, stretch.begin)
        while left:
            fetched = await self._consumer.getmany(*left, timeout_ms=_WAIT_MS, max_records=records_max)
            for tp, records in fetched.items():
                yield tp.topic, [record for record in records if record.offset < stretches[tp].end]
            for tp, stretch in list(left.items()):
                # Past control records the position is ahead of the last record.
                if await self._consumer.position(tp) >= stretch.end:
                    del left[tp]


@asynccontextmanager
async def opened_log(kafka: KafkaAccess, topics: Iterable[str]) -> AsyncIterator[Log]:
    """The log of these topics."""
    consumer = new_consumer(
        kafka,
        *topics,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        fetch_max_wait_ms=_FETCH_WAIT_MS,
        max_partition_fetch_bytes=_FETCH_BYTES_MAX,
    )
    await consumer.start()
    try:
        partitions = sorted(consumer.assignment())
        # Nothing is fetched until it is known from where.
        consumer.unsubscribe()
        yield Log(consumer, partitions)
    finally:
        await stop_consumer(consumer)
