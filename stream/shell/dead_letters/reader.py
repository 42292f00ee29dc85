"""Reads the dead-letter topic from its start, in no group, as far as it reaches now."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.shell.consumers import stop_consumer
from stream.shell.dead_letters.letter import DeadLetter, Place, letter_of
from stream.shell.delivery.records import DEAD_LETTERS
from stream.shell.kafka.clients import new_consumer
from stream.shell.settings.settings import Settings
from stream.shell.topics.admin import TopicsError, connect, partition_counts, unavailable
from stream.shell.topics.declared import declared
from stream.shell.topics.outputs import home_of

_FETCH_MS = 500
_RECORDS_MAX = 2000


class Reader:
    """Reads dead letters. `inputs` says how many partitions each input topic has."""

    def __init__(
        self, consumer: AIOKafkaConsumer, topic: str, partitions: int, inputs: dict[str, int], settings: Settings
    ) -> None:
        self.inputs = inputs
        self._consumer = consumer
        self._partitions = [TopicPartition(topic, number) for number in range(partitions)]
        self._kafka = settings.kafka_access
        self._timeout_seconds = settings.request_timeout_seconds

    async def letters(self) -> AsyncIterator[DeadLetter]:
        """All that stand on the topic now, partition by partition in order; what was said twice comes once.

        A worker that dies between publishing and committing says the same again when it is back.
        """
        seen: set[int] = set()
        async for record in self._records(self._partitions):
            letter = letter_of(record)
            if letter.origin is not None:
                # The time too: a topic that was deleted and made again has the same offsets for other records.
                name = hash((letter.origin, letter.recorded_ms))
                if name in seen:
                    continue
                seen.add(name)
            yield letter

    async def at(self, place: Place) -> DeadLetter | None:
        """The one at a place; None where there is none."""
        wanted = [tp for tp in self._partitions if tp.partition == place.partition]
        async for record in self._records(wanted, place.offset):
            return letter_of(record) if record.offset == place.offset else None
        return None

    async def _records(self, partitions: Sequence[TopicPartition], begin: int = 0) -> AsyncIterator[Any]:
        if not partitions:
            return
        consumer = self._consumer
        consumer.assign(partitions)
        starts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        for tp in partitions:
            consumer.seek(tp, max(begin, starts[tp]))
        left = [tp for tp in partitions if max(begin, starts[tp]) < ends[tp]]
        while left:
            for tp, records in (await self._fetched(left)).items():
                for record in records:
                    if record.offset < ends[tp]:
                        yield record
            left = [tp for tp in left if await consumer.position(tp) < ends[tp]]

    async def _fetched(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, list[Any]]:
        """What comes next; a broker that is gone says nothing, aiokafka only goes on asking."""
        before = [await self._consumer.position(tp) for tp in partitions]
        try:
            async with asyncio.timeout(self._timeout_seconds):
                while True:
                    fetched: dict[TopicPartition, list[Any]] = await self._consumer.getmany(
                        *partitions, timeout_ms=_FETCH_MS, max_records=_RECORDS_MAX
                    )
                    # Past the markers of a transaction the position moves without a record.
                    if fetched or before != [await self._consumer.position(tp) for tp in partitions]:
                        return fetched
        except TimeoutError as error:
            raise unavailable(self._kafka, str(error)) from error


@asynccontextmanager
async def opened(settings: Settings, institution: str | None = None) -> AsyncIterator[Reader]:
    """A reader of the dead letters of all, or of one institution's own, for the length of a `with`.

    Raises KafkaUnavailableError whatever fails between here and Kafka, and TopicsError where the topic is missing.
    """
    async with connect(settings.kafka_access, settings.request_timeout_seconds) as client:
        found = await partition_counts(client)
    topic, creates = f"{settings.prefix}-{DEAD_LETTERS}", "duewatch topics"
    if institution is not None:
        topic, creates = f"{topic}-{home_of(institution, settings.prefix)}", f"{creates} --institution …"
    if topic not in found:
        raise TopicsError(f"the topic {topic} does not exist; `{creates}` creates it")
    topics = declared(settings.prefix, settings.partitions, settings.replication)
    inputs = {each.name: found[each.name] for each in topics if each.direction == "in" and each.name in found}
    consumer = new_consumer(
        settings.kafka_access,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=settings.request_timeout_seconds * 1000,
    )
    try:
        await consumer.start()
        yield Reader(consumer, topic, found[topic], inputs, settings)
    except KafkaError as error:
        raise unavailable(settings.kafka_access, str(error)) from error
    finally:
        await stop_consumer(consumer)
